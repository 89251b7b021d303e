using XanesMl.Inference.Predictions;
using Xunit;

namespace XanesMl.Inference.Tests.Predictions;

public sealed class DescriptorEstimateTests
{
    /// <summary>Oracle: sqrt((1.645 x 0.2)^2 + 0.5^2) = 0.598532 (numpy 1.24.2).</summary>
    [Fact]
    public void From_joins_spread_and_calibration_as_independent_errors()
    {
        var e = DescriptorEstimate.From(4.0, 0.2, 0.5, "e");
        Assert.Equal(0.5985324, e.High - e.Value, 1e-6);
        Assert.Equal(e.High - e.Value, e.Value - e.Low, 1e-12);
        Assert.Equal(new DescriptorEstimate(1, 0.75, 1.25, ""), DescriptorEstimate.From(1, 0, 0.25, ""));
    }
}
