using XanesMl.Inference.Domain;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;
using XanesMl.Training.Configuration;
using XanesMl.Training.Networks;
using XanesMl.Training.Onnx;

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

/// <summary>A trial that can go into the ensemble: its weights, what it says of training and validation rows, and its scores on validation rows.</summary>
internal sealed class Candidate
{
    /// <summary>Runs the trial's networks over training and validation rows.</summary>
    public Candidate(int index, int seed, AutoencoderWeights weights, SpectraTable train, SpectraTable validation)
    {
        (Index, Seed, Weights) = (index, seed, weights);
        using var runner = new AutoencoderRunner(weights);
        Train = runner.Answer(train);
        Validation = runner.Answer(validation);
        Thresholds = FitThresholds(Validation);
        int styles = weights.Encoder.Outputs;
        Report = ModelEvaluator.Evaluate(new EvaluationInput
        {
            Split = "validation",
            PointCount = validation.PointCount,
            StyleCount = styles,
            Spectra = validation.Spectra,
            Reconstruction = Validation.Reconstruction,
            Styles = Validation.Styles,
            Descriptors = [.. validation.DescriptorNames.Select(n => DescriptorCatalog.Describe(n, double.NaN, double.NaN))],
            Values = validation.Descriptors,
            Thresholds = Thresholds,
        });
    }

    public int Index { get; }

    public int Seed { get; }

    public AutoencoderWeights Weights { get; }

    public Answers Train { get; }

    public Answers Validation { get; }

    /// <summary>Thresholds of the coordination number on validation rows, or null.</summary>
    public ClassThresholds? Thresholds { get; }

    /// <summary>Scores on validation rows.</summary>
    public EvaluationReport Report { get; }

    /// <summary>Calibrations on training rows alone (their residuals on validation rows are honest), or on both.</summary>
    public IReadOnlyList<Calibration> Calibrate(CalibrationKind kind, bool withValidation) =>
        [.. Enumerable.Range(0, Train.Table.DescriptorNames.Count).Select(k => CalibrationFitter.Fit(kind,
            withValidation ? [.. Train.Style(k), .. Validation.Style(k)] : Train.Style(k),
            withValidation ? [.. Train.Values(k), .. Validation.Values(k)] : Train.Values(k)))];

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

/// <summary>Makes the calibrated ensemble and its model folder out of ranked trials. Sees training and validation rows only.</summary>
internal static class ModelBuilder
{
    /// <summary>Calibrations of each member, and the interval of the ensemble.</summary>
    /// <param name="members">Best first.</param>
    /// <param name="kind">Form of the calibration curves.</param>
    public static IReadOnlyList<IReadOnlyList<Calibration>> Calibrate(IReadOnlyList<Candidate> members, CalibrationKind kind)
    {
        var onTrain = members.Select(m => m.Calibrate(kind, withValidation: false)).ToArray();
        var both = members.Select(m => m.Calibrate(kind, withValidation: true)).ToArray();
        int rows = members[0].Validation.Table.RowCount;
        double[] halfWidths = new double[both[0].Count];
        for (int k = 0; k < halfWidths.Length; k++)
        {
            double[][] values = [.. members.Select((m, i) => Array.ConvertAll(m.Validation.Style(k), onTrain[i][k].Evaluate))];
            double[] truth = members[0].Validation.Values(k), scores = new double[rows], zeros = new double[rows];
            for (int r = 0; r < rows; r++)
            {
                double mean = values.Average(v => v[r]), variance = values.Average(v => (v[r] - mean) * (v[r] - mean));
                scores[r] = DescriptorEstimate.ConformalScore(truth[r] - mean, Math.Sqrt(variance));
            }

            halfWidths[k] = CalibrationFitter.HalfWidth90(scores, zeros);
        }

        return [.. both.Select(c => (IReadOnlyList<Calibration>)[.. c.Select((one, k) => one with { HalfWidth90 = halfWidths[k] })])];
    }

    /// <summary>Mean spectrum, [points].</summary>
    public static float[] MeanSpectrum(SpectraTable table)
    {
        var sum = new double[table.PointCount];
        for (int i = 0; i < table.RowCount; i++)
        {
            var row = table.Spectrum(i);
            for (int p = 0; p < sum.Length; p++)
                sum[p] += row[p];
        }

        return Array.ConvertAll(sum, s => (float)(s / table.RowCount));
    }

    /// <summary>Domain thresholds from the best trial's answers.</summary>
    public static DomainThresholds Domain(Candidate best) =>
        DomainThresholdsBuilder.Fit(best.Train.Styles, best.Train.Errors(), best.Validation.Styles, best.Validation.Errors(), best.Weights.Encoder.Outputs);

    /// <summary>The three ONNX files with the metadata in their properties.</summary>
    /// <param name="members">Best first.</param>
    /// <param name="calibrations">Of each member.</param>
    /// <param name="metadata">Goes into the properties.</param>
    /// <param name="center">[points] mean training spectrum, or empty.</param>
    public static Dictionary<string, ReadOnlyMemory<byte>> WriteOnnx(IReadOnlyList<AutoencoderWeights> members, IReadOnlyList<IReadOnlyList<Calibration>> calibrations, ModelMetadata metadata, ReadOnlyMemory<float> center = default)
    {
        var properties = ModelJson.ToOnnxProperties(metadata);
        return new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal)
        {
            [ModelFolder.EncoderFile] = OnnxWriter.Encoder(members[0].Encoder, properties, center: center.Span),
            [ModelFolder.DecoderFile] = OnnxWriter.Decoder(members[0].Decoder, properties),
            [ModelFolder.PredictorFile] = OnnxWriter.Predictor(new PredictorDefinition([.. members.Zip(calibrations, (w, c) => new PredictorMember(w.Encoder, w.Decoder, c))]) { Center = center }, properties),
        };
    }
}
