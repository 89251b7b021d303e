using System.Security.Cryptography;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Training.Configuration;
using XanesMl.Training.Networks;
using XanesMl.Training.Onnx;

namespace XanesMl.Training.Runs;

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

    /// <summary>Domain thresholds from the best trial's answers, and those for measured spectra from validation rows that go their way through the finished networks.</summary>
    /// <param name="members">Best first.</param>
    /// <param name="calibrations">Of each member.</param>
    /// <param name="metadata">The model's, still without thresholds.</param>
    /// <param name="center">[points] mean training spectrum.</param>
    public static DomainThresholds Domain(IReadOnlyList<Candidate> members, IReadOnlyList<IReadOnlyList<Calibration>> calibrations, ModelMetadata metadata, ReadOnlyMemory<float> center)
    {
        var best = members[0];
        var thresholds = DomainThresholdsBuilder.Fit(best.Train.Styles, best.Train.Errors(), best.Validation.Styles, best.Validation.Errors(), best.Weights.Encoder.Outputs);
        var files = WriteOnnx([.. members.Select(m => m.Weights)], calibrations, metadata, center);
        var hashes = files.ToDictionary(f => f.Key, f => Convert.ToHexStringLower(SHA256.HashData(f.Value.Span)), StringComparer.Ordinal);
        files[ModelFolder.MetadataFile] = ModelJson.Serialize(metadata with { Files = hashes });
        using var model = new SpectrumModel(ModelFolder.FromFiles("the model in memory", files));
        return thresholds with { Measured = MeasuredThresholdsBuilder.Fit(model, thresholds, best.Validation.Table, best.Seed) };
    }

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
