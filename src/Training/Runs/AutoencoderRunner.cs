using TorchSharp;
using XanesMl.Spectra;
using XanesMl.Training.Networks;
using static TorchSharp.torch;

namespace XanesMl.Training.Runs;

/// <summary>Runs encoder and decoder in TorchSharp, evaluation mode, on the CPU, in float64 unless told otherwise: calibration and comparisons with ONNX
/// Runtime start from the truth, since float32 alone moves styles of a trained encoder by up to 3e-5.</summary>
internal sealed class AutoencoderRunner : IDisposable
{
    private const int BatchRows = 4096;

    private readonly FullyConnected _encoder, _decoder;
    private readonly ScalarType _type;

    public AutoencoderRunner(AutoencoderWeights weights, ScalarType type = ScalarType.Float64)
    {
        _type = type;
        _encoder = FullyConnected.FromWeights("encoder", weights.Encoder);
        _decoder = FullyConnected.FromWeights("decoder", weights.Decoder);
        _encoder.to(type);
        _decoder.to(type);
    }

    /// <summary>Styles and reconstructions of a table.</summary>
    public Answers Answer(SpectraTable table)
    {
        var styles = new float[table.RowCount * _encoder.Blocks[^1].Outputs];
        var reconstruction = new float[table.RowCount * table.PointCount];
        Run(table.Spectra.Span, table.RowCount, styles, reconstruction);
        return new Answers(table, styles, reconstruction);
    }

    /// <summary>Styles [rows x styles] and reconstructions [rows x points] of spectra [rows x points].</summary>
    public void Run(ReadOnlySpan<float> spectra, int rows, Span<float> styles, Span<float> reconstruction)
    {
        int p = _encoder.Blocks[0].Inputs, s = _encoder.Blocks[^1].Outputs;
        using var off = no_grad();
        set_num_threads(1);
        for (int first = 0; first < rows; first += BatchRows)
        {
            int count = Math.Min(BatchRows, rows - first);
            using var scope = NewDisposeScope();
            var z = _encoder.forward(tensor(spectra.Slice(first * p, count * p).ToArray(), [count, p]).to(_type));
            z.to(float32).data<float>().CopyTo(styles.Slice(first * s, count * s));
            _decoder.forward(z).to(float32).data<float>().CopyTo(reconstruction.Slice(first * p, count * p));
        }
    }

    public void Dispose()
    {
        _encoder.Dispose();
        _decoder.Dispose();
    }
}
