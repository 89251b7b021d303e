using TorchSharp;
using Xunit;
using XanesMl.Training.Native;

namespace XanesMl.Training.Tests.Native;

public sealed class TorchNativeTests
{
    [Fact]
    public void First_torch_call_works_without_any_preparation()
    {
        // Touching the assembly (see TorchSetup) runs its module initializer, which is all that a program does.
        using torch.Tensor t = torch.arange(4, dtype: torch.float64);
        Assert.Equal(6.0, t.sum().item<double>());
    }

    [Fact]
    public void Ensure_reports_what_was_done()
    {
        string report = TorchNative.Ensure();
        Assert.Equal(report, TorchNative.Report);
        Assert.True(report.StartsWith("nothing done: no native library was asked for", StringComparison.Ordinal)
            || report.Contains("GLIBCXX_3.4.32", StringComparison.Ordinal), report);
    }
}
