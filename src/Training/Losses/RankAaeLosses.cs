using TorchSharp;
using XanesMl.Training.Networks;
using static TorchSharp.torch;

namespace XanesMl.Training.Losses;

/// <summary>The five losses of domain.md section 2.2. Each returns a scalar tensor with gradient.</summary>
/// <remarks>Scalars are named and disposed: a temporary one may be collected while libtorch still reads it (see <see cref="Optimization.AdamW"/>).</remarks>
public static class RankAaeLosses
{
    /// <summary>Taps of the smoothing kernel.</summary>
    public const int SmoothingTaps = 17;

    /// <summary>Standard deviation of the smoothing kernel, in points.</summary>
    public const double SmoothingSigma = 3;

    /// <summary>Loss 1: binary cross entropy of the logits of real styles against 1 and of encoded styles against 0, mean each, added.</summary>
    /// <param name="realLogits">[N, 1] logits of draws from N(0, I).</param>
    /// <param name="fakeLogits">[N, 1] logits of encoded styles.</param>
    public static Tensor Adversarial(Tensor realLogits, Tensor fakeLogits) => TowardsReal(realLogits).Plus(TowardsFake(fakeLogits));

    /// <summary>Mean binary cross entropy of logits against 1.</summary>
    public static Tensor TowardsReal(Tensor logits) => nn.functional.softplus(-logits).mean();

    /// <summary>Mean binary cross entropy of logits against 0.</summary>
    public static Tensor TowardsFake(Tensor logits) => nn.functional.softplus(logits).mean();

    /// <summary>Loss 2: Kendall rank loss.</summary>
    /// <param name="styles">[B, S] with gradient; the first K columns follow the K descriptors.</param>
    /// <param name="ranks">[K][B] ranks of the descriptors, negative where missing.</param>
    /// <param name="balance">"kendall_activation" of the reference.</param>
    /// <param name="counts">Work space.</param>
    public static Tensor Rank(Tensor styles, IReadOnlyList<int[]> ranks, bool balance, RankCounts counts)
    {
        int b = (int)styles.shape[0], s = (int)styles.shape[1], k = ranks.Count;
        using var scope = NewDisposeScope();
        double[] values = styles.detach().to(float64, CPU).contiguous().data<double>().ToArray();
        var weights = new double[b * k];
        var column = new double[b];
        var g = new double[b];
        for (int c = 0; c < k; c++)
        {
            for (int i = 0; i < b; i++)
                column[i] = values[(i * s) + c];
            counts.Weights(ranks[c].AsSpan(0, b), column, balance, g);
            for (int i = 0; i < b; i++)
                weights[(i * k) + c] = g[i];
        }

        var constant = tensor(weights, [b, k]).to(styles.dtype, styles.device);
        double norm = (((double)b * b) - b) * k;
        using Scalar factor = -1 / norm;
        return ((styles.narrow(1, 0, k) * constant).sum() * factor).MoveToOuterDisposeScope();
    }

    /// <summary>Loss 2 by its definition over all pairs, for devices with more arithmetic than patience: nothing waits for the CPU. [B, B] numbers for each descriptor in turn.</summary>
    /// <param name="styles">[B, S] with gradient; the first K columns follow the K descriptors.</param>
    /// <param name="ranks">[B, K] ranks of the descriptors on the same device, negative where missing.</param>
    /// <param name="balance">"kendall_activation" of the reference.</param>
    public static Tensor RankOfPairs(Tensor styles, Tensor ranks, bool balance)
    {
        using var scope = NewDisposeScope();
        long b = styles.shape[0], k = ranks.shape[1];
        using Scalar zero = 0, one = 1, two = 2, factor = -1 / ((((double)b * b) - b) * k);
        var loss = zeros([], styles.dtype, styles.device);
        for (long c = 0; c < k; c++)
        {
            using var each = NewDisposeScope();
            Tensor weights;
            using (no_grad())
            {
                var d = ranks.select(1, c).to(styles.dtype);
                var known = d.ge(zero).to(styles.dtype);
                var direction = (d.unsqueeze(1) - d.unsqueeze(0)).sign() * (known.unsqueeze(1) * known.unsqueeze(0));
                var s = styles.detach().select(1, c);
                var agreement = (s.unsqueeze(1) - s.unsqueeze(0)).sign() * direction;
                var concordant = agreement.gt(zero).to(styles.dtype);
                weights = direction.sum(1);
                if (balance)
                {
                    var same = concordant.sum().clamp(one);
                    var opposite = agreement.lt(zero).sum().to(styles.dtype).clamp(one);
                    weights = weights.Plus((direction * concordant).sum(1) * (opposite / maximum(same, opposite)).sub(one));
                }
            }

            loss = loss.Plus((styles.select(1, c) * weights).sum() * two).MoveToOuterDisposeScope();
        }

        return (loss * factor).MoveToOuterDisposeScope();
    }

    /// <summary>Loss 3: mean squared error of the reconstruction, or its form that forgives a scale within 0.7 to 1.3 ("flex").</summary>
    /// <param name="input">[N, P] spectra.</param>
    /// <param name="output">[N, P] reconstructions.</param>
    /// <param name="flexible">r = |mean out| / |mean in| per row; 0.1 mean((r - 1)^2) + MSE(out, clamp(r.detach, 0.7, 1.3) in).</param>
    public static Tensor Reconstruction(Tensor input, Tensor output, bool flexible)
    {
        if (!flexible)
            return nn.functional.mse_loss(output, input);
        var scale = output.mean([1], keepdim: true).abs() / input.mean([1], keepdim: true).abs();
        using Scalar low = 0.7, high = 1.3, one = 1, tenth = 0.1;
        var target = scale.detach().clamp(low, high) * input;
        return (scale.sub(one).MeanSquare() * tenth).Plus(nn.functional.mse_loss(output, target));
    }

    /// <summary>Loss 4: MSE(E(D(z)), z).</summary>
    public static Tensor MutualInformation(Tensor styles, Tensor recovered) => nn.functional.mse_loss(recovered, styles);

    /// <summary>Loss 5: MSE(out, G out) = mean((out R)^2) with R = <see cref="Roughness"/>.</summary>
    /// <param name="output">[N, P] reconstructions.</param>
    /// <param name="roughness">[P, P].</param>
    public static Tensor Smoothness(Tensor output, Tensor roughness) => output.matmul(roughness).MeanSquare();

    /// <summary>The matrix (I - G)^T, [P, P]: G is the Gaussian kernel of 17 taps and sigma 3 with replicated ends.</summary>
    public static Tensor Roughness(int points, ScalarType type, Device device)
    {
        int half = SmoothingTaps / 2;
        double[] kernel = SmoothingKernel();
        var m = new double[points * points];
        for (int i = 0; i < points; i++)
        {
            m[(i * points) + i] += 1;
            for (int t = -half; t <= half; t++)
                m[(Math.Clamp(i + t, 0, points - 1) * points) + i] -= kernel[t + half];
        }

        using var scope = NewDisposeScope();
        return tensor(m, [points, points]).to(type, device).MoveToOuterDisposeScope();
    }

    /// <summary>The Gaussian of 17 taps and sigma 3, sum 1.</summary>
    internal static double[] SmoothingKernel()
    {
        double[] kernel = [.. Enumerable.Range(-SmoothingTaps / 2, SmoothingTaps).Select(t => Math.Exp(-t * t / (2 * SmoothingSigma * SmoothingSigma)))];
        double sum = kernel.Sum();
        return [.. kernel.Select(v => v / sum)];
    }
}
