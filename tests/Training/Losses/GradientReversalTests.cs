using TorchSharp;
using Xunit;
using XanesMl.Training.Losses;
using static TorchSharp.torch;

namespace XanesMl.Training.Tests.Losses;

public sealed class GradientReversalTests
{
    [Fact]
    public void Forward_is_identity_and_backward_is_minus_alpha()
    {
        using var x = tensor(new double[] { 1, -2, 3 }, requires_grad: true);
        using var y = GradientReversal.Apply(x, 0.25);
        (y * tensor(new double[] { 1, 10, 100 })).sum().backward();
        Assert.Equal([1, -2, 3], y.data<double>().ToArray());
        Assert.Equal([-0.25, -2.5, -25], x.grad!.data<double>().ToArray());
    }
}
