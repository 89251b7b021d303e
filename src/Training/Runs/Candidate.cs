using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;
using XanesMl.Training.Evaluation;
using XanesMl.Training.Networks;

namespace XanesMl.Training.Runs;

/// <summary>Styles and reconstructions of one trial on the rows of one part of the split.</summary>
/// <param name="Table">The rows.</param>
/// <param name="Styles">[rows x styles].</param>
/// <param name="Reconstruction">[rows x points].</param>
internal sealed record Answers(SpectraTable Table, float[] Styles, float[] Reconstruction)
{
    /// <summary>Mean absolute difference to the spectrum, [rows].</summary>
    public float[] Errors()
    {
        int p = Table.PointCount;
        var spectra = Table.Spectra.Span;
        var errors = new float[Table.RowCount];
        for (int i = 0; i < errors.Length; i++)
        {
            double sum = 0;
            for (int j = i * p; j < (i + 1) * p; j++)
                sum += Math.Abs((double)spectra[j] - Reconstruction[j]);
            errors[i] = (float)(sum / p);
        }

        return errors;
    }

    /// <summary>Style <paramref name="k"/> of every row.</summary>
    public double[] Style(int k) => RowMajor.Column(Styles, Styles.Length / Table.RowCount, k);

    /// <summary>Descriptor <paramref name="k"/> of every row, NaN = missing.</summary>
    public double[] Values(int k) => RowMajor.Column(Table.Descriptors.Span, Table.DescriptorNames.Count, k);
}

/// <summary>What validation rows say of a trial: the answers, the thresholds fitted on them, and the scores.</summary>
internal sealed record ValidationScores(Answers Answers, ClassThresholds? Thresholds, EvaluationReport Report)
{
    /// <summary>Runs a trial's networks over the validation rows.</summary>
    public static ValidationScores Of(AutoencoderRunner runner, SpectraTable validation, int styles)
    {
        var answers = runner.Answer(validation);
        var thresholds = FitThresholds(answers);
        return new ValidationScores(answers, thresholds, ModelEvaluator.Evaluate(new EvaluationInput
        {
            Split = "validation",
            PointCount = validation.PointCount,
            StyleCount = styles,
            Spectra = validation.Spectra,
            Reconstruction = answers.Reconstruction,
            Styles = answers.Styles,
            Descriptors = [.. validation.DescriptorNames.Select(n => DescriptorCatalog.Describe(n, double.NaN, double.NaN))],
            Values = validation.Descriptors,
            Thresholds = thresholds,
        }));
    }

    /// <summary>The scores that rank the trial, by name: "inter_style", then of each descriptor "spearman_NAME" or, with classes, "f1_NAME".</summary>
    public IReadOnlyDictionary<string, double> Named()
    {
        var scores = TrialScores.From(0, Report, DescriptorCatalog.CoordinationNumber);
        var named = new Dictionary<string, double>(StringComparer.Ordinal) { [TrialRecord.InterStyle] = scores.InterStyle };
        foreach (var (name, score) in Report.Descriptors.Keys.Zip(scores.Descriptors))
            named[(Report.Cn is not null && name == DescriptorCatalog.CoordinationNumber ? TrialRecord.F1 : TrialRecord.Spearman) + name] = score;
        return named;
    }

    private static ClassThresholds? FitThresholds(Answers validation)
    {
        int k = validation.Table.DescriptorNames.ToList().IndexOf(DescriptorCatalog.CoordinationNumber);
        if (k < 0)
            return null;
        double[] values = validation.Values(k);
        int[] classes = [.. DescriptorCatalog.CoordinationClasses.Where(c => values.Contains(c))];
        return classes.Length < 2 ? null : ThresholdFitter.Fit(DescriptorCatalog.CoordinationNumber, validation.Style(k), values, classes);
    }
}

/// <summary>A trial of the ensemble: its weights, what it says of training and validation rows, and its thresholds.</summary>
internal sealed class Candidate
{
    /// <summary>Runs the trial's networks over training and validation rows.</summary>
    public Candidate(int seed, AutoencoderWeights weights, SpectraTable train, SpectraTable validation)
    {
        (Seed, Weights) = (seed, weights);
        using var runner = new AutoencoderRunner(weights);
        Train = runner.Answer(train);
        var scores = ValidationScores.Of(runner, validation, weights.Encoder.Outputs);
        (Validation, Thresholds) = (scores.Answers, scores.Thresholds);
    }

    public int Seed { get; }

    public AutoencoderWeights Weights { get; }

    public Answers Train { get; }

    public Answers Validation { get; }

    /// <summary>Thresholds of the coordination number on validation rows, or null.</summary>
    public ClassThresholds? Thresholds { get; }

    /// <summary>Calibrations on training rows alone (their residuals on validation rows are honest), or on both.</summary>
    public IReadOnlyList<Calibration> Calibrate(CalibrationKind kind, bool withValidation) =>
        [.. Enumerable.Range(0, Train.Table.DescriptorNames.Count).Select(k => CalibrationFitter.Fit(kind,
            withValidation ? [.. Train.Style(k), .. Validation.Style(k)] : Train.Style(k),
            withValidation ? [.. Train.Values(k), .. Validation.Values(k)] : Train.Values(k)))];
}
