using TorchSharp;
using static TorchSharp.torch;

namespace XanesMl.Training.Networks;

/// <summary>Sums for the training loop.</summary>
/// <remarks>TorchSharp's own + gives native code a temporary scalar 1, its hidden factor, which the garbage collector may free during the call
/// (see <see cref="Optimization.AdamW"/>). This one lives as long as the process.</remarks>
internal static class TensorArithmetic
{
    private static readonly Scalar s_one = 1;

    /// <summary>a + b.</summary>
    public static Tensor Plus(this Tensor a, Tensor b) => a.add(b, s_one);

    /// <summary>a += b.</summary>
    public static Tensor PlusInPlace(this Tensor a, Tensor b) => a.add_(b, s_one);

    /// <summary>Mean of the squares, a scalar.</summary>
    public static Tensor MeanSquare(this Tensor a) => (a * a).mean();
}
