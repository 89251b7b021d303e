using System.Text;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Training.Evaluation;
using XanesMl.Training.Networks;
using static TorchSharp.torch;

namespace XanesMl.Training.Runs;

/// <summary>From trials that have ended to a verified model folder: ranking on validation rows, calibration, ONNX, evaluation on test rows.
/// Training in one process and choosing among trials of many come here with the same records and leave the same bytes.</summary>
internal static class EnsembleModel
{
    /// <summary>End of the name of the copy of a model that is checked before it goes into place.</summary>
    public const string CheckedSuffix = ".checking";

    /// <summary>Writes model/, metrics.json, losses.csv and trials.csv, and completes run.json.</summary>
    /// <param name="plan">Table, split, options.</param>
    /// <param name="run">The run's record.</param>
    /// <param name="records">How every trial ended, in their order, <see cref="CollapsedTrials.Marked"/>; at least one has no failure.</param>
    /// <param name="folders">Where the files of a trial are.</param>
    public static TrainingResult Build(RunPlan plan, RunRecord run, IReadOnlyList<TrialRecord> records, Func<TrialRecord, TrialFolder> folders)
    {
        var options = plan.Options;
        TrialRecord[] good = [.. records.Where(r => r.Failure is null)];
        var ranking = TrialRanking.Rank([.. good.Select(r => r.ToScores())]);
        Candidate[] members = [.. ranking.Take(options.TopTrials).Select(r => good.Single(g => g.Trial == r.Trial))
            .Select(r => new Candidate(r.Seed, TrialWeights.Load(folders(r).Weights, r.WeightsSha256), plan.Train, plan.Validation))];
        var calibrations = ModelBuilder.Calibrate(members, options.Calibration);
        var report = Evaluate(members, calibrations, plan.Train, plan.Validation, plan.Split.Test.Length > 0 ? plan.Table.Select(plan.Split.Test) : null, run.Provenance(members));

        var metadata = run.Metadata(members, calibrations, report);
        var files = ModelBuilder.WriteOnnx([.. members.Select(m => m.Weights)], calibrations, metadata, ModelBuilder.MeanSpectrum(plan.Train));
        files[ModelFolder.SplitFile] = new ModelSplit(options.Split, options.SplitSeed, options.SplitFractions, plan.DataHash, plan.Split.Train, plan.Split.Validation, plan.Split.Test).ToJson();
        files[ModelFolder.CardFile] = Encoding.UTF8.GetBytes(ModelCard.Write(metadata, report, members.Length, good.Length));
        string modelFolder = Path.Combine(plan.Folder, TrainingRun.ModelFolderName);
        double difference = CheckedDifference(modelFolder, metadata, files, members[0].Weights, plan.Validation);
        ModelFolder.Write(modelFolder, metadata, files);
        MetricsJson.Write(Path.Combine(plan.Folder, "metrics.json"), report);
        var outcomes = Outcomes(records, ranking, options.TopTrials);
        run.Finish(outcomes, difference, [.. records.Select(folders)]);
        return new TrainingResult { ModelFolder = modelFolder, Report = report, Trials = outcomes, Split = plan.Split, OnnxDifference = difference };
    }

    /// <summary>Outcomes of trials, with their places where they are ranked.</summary>
    /// <param name="records">In the order of the trials.</param>
    /// <param name="ranking">Of those with weights; empty for none.</param>
    /// <param name="top">The first of the ranking that are the ensemble.</param>
    public static TrialOutcome[] Outcomes(IReadOnlyList<TrialRecord> records, IReadOnlyList<RankedTrial> ranking, int top)
    {
        var places = ranking.Select((r, i) => (r, i)).ToDictionary(p => p.r.Trial, p => (p.r.Score, Place: p.i + 1));
        return
        [
            .. records.Select(r =>
            {
                var (score, place) = places.TryGetValue(r.Trial, out var known) ? known : (double.NaN, 0);
                return new TrialOutcome(r.Trial, r.Seed, r.Epochs, r.BestEpoch, r.BestMetric, r.Failure, score, place)
                {
                    Scores = r.Scores,
                    InEnsemble = place > 0 && place <= top,
                    Retry = r.Transient,
                };
            }),
        ];
    }

    /// <summary>Scores of the ensemble on test rows, or on validation rows when the split has no test rows, beside baselines.</summary>
    private static EvaluationReport Evaluate(Candidate[] members, IReadOnlyList<IReadOnlyList<Calibration>> calibrations,
        SpectraTable train, SpectraTable validation, SpectraTable? test, IReadOnlyDictionary<string, string> provenance)
    {
        var rows = test ?? validation;
        var answers = members.Select(m =>
        {
            using var runner = new AutoencoderRunner(m.Weights);
            return runner.Answer(rows);
        }).ToArray();
        int n = rows.RowCount, k = rows.DescriptorNames.Count;
        var predictions = new float[n * k];
        var spreads = new float[n * k];
        for (int d = 0; d < k; d++)
        {
            double[][] values = [.. answers.Select((a, i) => Array.ConvertAll(a.Style(d), calibrations[i][d].Evaluate))];
            for (int r = 0; r < n; r++)
            {
                double mean = values.Average(v => v[r]);
                predictions[(r * k) + d] = (float)mean;
                spreads[(r * k) + d] = (float)Math.Sqrt(values.Average(v => (v[r] - mean) * (v[r] - mean)));
            }
        }

        var report = ModelEvaluator.Evaluate(new EvaluationInput
        {
            Split = test is null ? "validation" : "test",
            PointCount = rows.PointCount,
            StyleCount = members[0].Weights.Encoder.Outputs,
            Spectra = rows.Spectra,
            Reconstruction = answers[0].Reconstruction,
            Styles = answers[0].Styles,
            Descriptors = [.. rows.DescriptorNames.Select(d => DescriptorCatalog.Describe(d, double.NaN, double.NaN))],
            Values = rows.Descriptors,
            Predictions = predictions,
            Spreads = spreads,
            HalfWidths = [.. calibrations[0].Select(c => c.HalfWidth90)],
            Thresholds = members[0].Thresholds,
            Provenance = provenance,
        });
        var none = train.Select([]);
        return Baselines.Score(train, test is null ? none : validation, rows, members[0].Weights.Encoder.Outputs).AddTo(report);
    }

    /// <summary>Compares a trial copy of the model, so that a wrong one never stands where the old one stood.</summary>
    private static double CheckedDifference(string modelFolder, ModelMetadata metadata, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, AutoencoderWeights weights, SpectraTable table)
    {
        string copy = modelFolder + CheckedSuffix;
        try
        {
            ModelFolder.Write(copy, metadata, files);
            return OnnxDifference(copy, weights, table);
        }
        finally
        {
            if (Directory.Exists(copy))
                Directory.Delete(copy, recursive: true);
        }
    }

    /// <summary>Compares ONNX Runtime with TorchSharp, in float64, on real spectra, noisy spectra and spectra decoded from random styles.</summary>
    private static double OnnxDifference(string modelFolder, AutoencoderWeights weights, SpectraTable table)
    {
        int rows = Math.Min(table.RowCount, 256), p = table.PointCount, s = weights.Encoder.Outputs;
        using var model = SpectrumModel.Open(modelFolder);
        var random = new Noise.VectorRandom(1);
        var noise = new float[rows * p];
        random.FillNormal(noise, 0.02f);
        var styles = new float[rows * s];
        random.FillNormal(styles);
        float[] input = [.. table.Spectra.Span[..(rows * p)], .. table.Spectra.Span[..(rows * p)], .. model.DecodeStyles(styles, rows)];
        for (int i = 0; i < noise.Length; i++)
            input[noise.Length + i] += noise[i];
        var batch = model.Predict(input, 3 * rows);
        var truth = Forward(weights, ScalarType.Float64, input, 3 * rows);
        double difference = Largest(truth, (batch.Styles, batch.Reconstruction));
        if (difference <= TrainingRun.OnnxTolerance)
            return difference;
        // A network that amplifies rounding does so in any program: then ONNX Runtime must be as near to the truth as TorchSharp's own float32.
        double float32 = Largest(truth, Forward(weights, ScalarType.Float32, input, 3 * rows));
        return difference <= 1.5 * float32 ? difference
            : throw new XanesDataException(FormattableString.Invariant($"ONNX Runtime differs from TorchSharp by {difference:g3}, more than {TrainingRun.OnnxTolerance:g} and more than float32 explains ({float32:g3})"), modelFolder,
                remedy: "Do not use this model; please report it with run.json.");
    }

    private static (float[] Styles, float[] Reconstruction) Forward(AutoencoderWeights weights, ScalarType type, float[] input, int rows)
    {
        var styles = new float[rows * weights.Encoder.Outputs];
        var reconstruction = new float[rows * weights.Decoder.Outputs];
        using var runner = new AutoencoderRunner(weights, type);
        runner.Run(input, rows, styles, reconstruction);
        return (styles, reconstruction);
    }

    private static double Largest((float[] Styles, float[] Reconstruction) a, (float[] Styles, float[] Reconstruction) b) =>
        Math.Max(Largest(a.Styles, b.Styles), Largest(a.Reconstruction, b.Reconstruction));

    private static double Largest(float[] a, float[] b)
    {
        double largest = 0;
        for (int i = 0; i < a.Length; i++)
            largest = Math.Max(largest, Math.Abs((double)a[i] - b[i]));
        return largest;
    }
}
