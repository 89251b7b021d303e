using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Splitting;
using XanesMl.Training.Configuration;
using XanesMl.Training.Evaluation;
using XanesMl.Training.Networks;
using XanesMl.Training.Trials;

namespace XanesMl.Training.Runs;

/// <summary>From a table to a verified model folder: split, trials, ranking on validation rows, calibration, ONNX, evaluation on test rows.</summary>
public static class TrainingRun
{
    /// <summary>Largest difference that ONNX Runtime may show to TorchSharp.</summary>
    public const double OnnxTolerance = 1e-5;

    /// <summary>Name of the model folder within a run folder.</summary>
    public const string ModelFolderName = "model";

    /// <summary>Name of the folder of trials within a run folder.</summary>
    public const string TrialsFolderName = "trials";

    /// <summary>Runs all of it and blocks until done.</summary>
    /// <param name="request">What to train and where to put it.</param>
    /// <param name="progress">Receives reports, from several threads.</param>
    /// <param name="cancel">Ends the run after the current epochs; everything is saved and can be resumed.</param>
    /// <exception cref="XanesDataException">Input that cannot be trained on (nothing has been written then), every trial failed, or the disk refused.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; saved.</exception>
    public static TrainingResult Execute(TrainingRequest request, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(request);
        var options = request.Options.Validated();
        var table = request.Table;
        RunChecks.RequireTrainable(table, options);
        var split = CreateSplit(table, options);
        RunChecks.RequireRows(split, options);
        string dataHash = DataHash.Of(table);
        using var data = TrialData.Create(table, split.Train, split.Validation, RunChecks.ChooseDevice(options), torch.float32);
        var record = new RunRecord(request, options, split, dataHash);
        var runner = new TrialRunner(data, options, Path.Combine(request.OutputFolder, TrialsFolderName), Identity(options, dataHash, split), progress);
        if (request.Resume)
            runner.RequireOwnCheckpoints();
        record.Begin();
        var trained = runner.Run(request.Resume, request.Parallelism, cancel);
        var good = trained.Where(t => t.Weights is not null).ToArray();
        if (good.Length == 0)
        {
            if (!request.Resume)
                record.Abandon();
            throw new XanesDataException("every trial failed: " + trained[0].Failure!.TrimEnd('.'), request.OutputFolder, remedy: "A smaller lr_base often helps a diverging trial.");
        }

        SpectraTable train = table.Select(split.Train), validation = table.Select(split.Validation);
        var candidates = good.Select(t => new Candidate(t.Index, t.Seed, t.Weights!, train, validation)).ToArray();
        var ranking = TrialRanking.Rank([.. candidates.Select(c => TrialScores.From(c.Index, c.Report))]);
        Candidate[] members = [.. ranking.Take(options.TopTrials).Select(r => candidates.Single(c => c.Index == r.Trial))];
        var calibrations = ModelBuilder.Calibrate(members, options.Calibration);
        var report = Evaluate(members, calibrations, train, validation, split.Test.Length > 0 ? table.Select(split.Test) : null, record.Provenance(members));

        var metadata = record.Metadata(members, calibrations, report);
        var files = ModelBuilder.WriteOnnx([.. members.Select(m => m.Weights)], calibrations, metadata, ModelBuilder.MeanSpectrum(train));
        files[ModelFolder.SplitFile] = new ModelSplit(options.Split, options.SplitSeed, options.SplitFractions, dataHash, split.Train, split.Validation, split.Test).ToJson();
        files[ModelFolder.CardFile] = Encoding.UTF8.GetBytes(ModelCard.Write(metadata, report, members.Length, good.Length));
        string modelFolder = Path.Combine(request.OutputFolder, ModelFolderName);
        double difference = CheckedDifference(modelFolder, metadata, files, members[0].Weights, validation);
        ModelFolder.Write(modelFolder, metadata, files);
        MetricsJson.Write(Path.Combine(request.OutputFolder, "metrics.json"), report);
        var outcomes = Outcomes(trained, ranking);
        record.Finish(outcomes, difference);
        return new TrainingResult { ModelFolder = modelFolder, Report = report, Trials = outcomes, Split = split, OnnxDifference = difference };
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

    private static DataSplit CreateSplit(SpectraTable table, TrainingOptions options)
    {
        var kind = options.Split switch { "grouped" => SplitKind.Grouped, "positional" => SplitKind.Positional, _ => SplitKind.Random };
        return Splitter.Create(table, kind, (ulong)options.SplitSeed, new SplitFractions(options.SplitFractions[0], options.SplitFractions[1], options.SplitFractions[2]));
    }

    /// <summary>Hash over everything that a trial's numbers depend on; keys that only choose what happens around them are left out.</summary>
    private static string Identity(TrainingOptions options, string dataHash, DataSplit split)
    {
        var own = options with
        {
            DataFile = null, DataNotice = null, Name = null, Trials = 1, TopTrials = 1, Seed = 1, Verbose = false, CheckpointInterval = 1, TimeoutHours = 0,
            KeepWeights = KeptWeights.Best, Calibration = CalibrationKind.Isotonic,
        };
        string text = dataHash + "\n" + string.Join(',', split.Train) + "\n" + string.Join(',', split.Validation) + "\n" + ConfigurationFile.Write(own);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Compares a trial copy of the model, so that a wrong one never stands where the old one stood.</summary>
    private static double CheckedDifference(string modelFolder, ModelMetadata metadata, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, AutoencoderWeights weights, SpectraTable table)
    {
        string copy = modelFolder + ".checking";
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
        var truth = new float[3 * rows * s];
        var reconstruction = new float[3 * rows * p];
        using var runner = new AutoencoderRunner(weights);
        runner.Run(input, 3 * rows, truth, reconstruction);
        var batch = model.Predict(input, 3 * rows);
        double difference = Math.Max(Largest(truth, batch.Styles), Largest(reconstruction, batch.Reconstruction));
        return difference <= OnnxTolerance ? difference
            : throw new XanesDataException(FormattableString.Invariant($"ONNX Runtime differs from TorchSharp by {difference:g3}, more than {OnnxTolerance:g}"), modelFolder,
                remedy: "Do not use this model; please report it with run.json.");
    }

    private static double Largest(float[] a, float[] b)
    {
        double largest = 0;
        for (int i = 0; i < a.Length; i++)
            largest = Math.Max(largest, Math.Abs((double)a[i] - b[i]));
        return largest;
    }

    private static TrialOutcome[] Outcomes(IReadOnlyList<TrialRunner.Trained> trained, IReadOnlyList<RankedTrial> ranking) =>
    [
        .. trained.Select(t =>
        {
            int place = ranking.ToList().FindIndex(r => r.Trial == t.Index);
            return new TrialOutcome(t.Index, t.Seed, t.Epochs, t.BestEpoch, t.BestMetric, t.Failure, place < 0 ? double.NaN : ranking[place].Score, place + 1);
        }),
    ];
}
