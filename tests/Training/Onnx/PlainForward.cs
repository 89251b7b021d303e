using XanesMl.Inference.Models;
using XanesMl.Training.Networks;

namespace XanesMl.Training.Tests.Onnx;

/// <summary>The oracle: networks evaluated in float64, straight from the definition of each layer.</summary>
internal static class PlainForward
{
    public static double[] Run(NetworkWeights network, double[] x)
    {
        foreach (BlockWeights b in network.Blocks)
        {
            var y = new double[b.Definition.Outputs];
            for (int o = 0; o < y.Length; o++)
            {
                double v = b.Bias[o];
                for (int j = 0; j < x.Length; j++)
                    v += (double)b.Weight[(o * x.Length) + j] * x[j];
                v = b.Definition.Activation switch
                {
                    Activation.PRelu => Math.Max(v, 0) + (b.Slope[o] * Math.Min(v, 0)),
                    Activation.Relu => Math.Max(v, 0),
                    Activation.Softplus2 => Math.Log(1 + Math.Exp(2 * v)) / 2,
                    _ => v,
                };
                y[o] = b.Definition.BatchNorm ? (v - b.RunningMean[o]) / Math.Sqrt(b.RunningVariance[o] + 1e-5) : v;
            }

            x = y;
        }

        return x;
    }

    /// <summary>A network with weights of the size that training gives.</summary>
    public static NetworkWeights Random(Random random, params BlockDefinition[] blocks) => new([.. blocks.Select(d => new BlockWeights(
        d,
        Draw(random, d.Inputs * d.Outputs, 1 / Math.Sqrt(d.Inputs)),
        Draw(random, d.Outputs, 0.3),
        d.Activation == Activation.PRelu ? Draw(random, d.Outputs, 0.2) : [],
        d.BatchNorm ? Draw(random, d.Outputs, 0.5) : [],
        d.BatchNorm ? [.. Draw(random, d.Outputs, 1).Select(v => 0.2f + (v * v))] : []))]);

    public static NetworkWeights Encoder(Random random, int points, int styles, Activation hidden = Activation.PRelu) => Random(random,
        new(points, 24, hidden, true, 0.1), new(24, 16, Activation.Softplus2, true, 0.1), new(16, 12, Activation.Relu, false, 0), new(12, styles, Activation.None, true, 0));

    public static NetworkWeights Decoder(Random random, int styles, int points) => Random(random,
        new(styles, 16, Activation.PRelu, true, 0.1), new(16, 24, Activation.PRelu, true, 0.1), new(24, points, Activation.Softplus2, false, 0));

    public static float[] Draw(Random random, int count, double sigma)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = (float)(sigma * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }

    public static Calibration Isotonic(params (double Style, double Value)[] knots) => new()
    {
        Kind = CalibrationKind.Isotonic,
        KnotStyles = [.. knots.Select(k => k.Style)],
        KnotValues = [.. knots.Select(k => k.Value)],
    };

    public static Calibration Polynomial(params double[] coefficients) => new()
    {
        Kind = coefficients.Length == 3 ? CalibrationKind.Quadratic : CalibrationKind.Linear,
        Coefficients = coefficients,
    };
}
