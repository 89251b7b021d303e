using XanesMl.Cli.Terminal;
using XanesMl.Inference;
using XanesMl.Spectra;

namespace XanesMl.Cli.Tests;

public sealed class ErrorBoundaryTests
{
    private static CliRun Run(Exception failure, bool trace = false, CancellationToken interrupt = default)
    {
        using var error = new StringWriter { NewLine = "\n" };
        int code = ErrorBoundary.Run(new CliHost { Out = TextWriter.Null, Error = error, Trace = trace, Interrupt = interrupt }, () => throw failure);
        return new CliRun(code, "", error.ToString());
    }

    public static TheoryData<Exception> Expected =>
    [
        new XanesDataException("value 'x'", "f.csv", 3, "ENE_1", "Repair it."), new XanesModelException("damaged", "m/encoder.onnx"),
        new IOException("No space left on device"), new UnauthorizedAccessException("Access denied"),
    ];

    [Theory]
    [MemberData(nameof(Expected))]
    public void Expected_failures_are_one_line_without_trace(Exception failure)
    {
        Run(failure).AssertBadInput(failure.Message);
        Assert.Contains(failure.GetType().Name, Run(failure, trace: true).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Unexpected_failure_is_a_defect_with_trace_and_a_request_to_report()
    {
        var run = Run(new InvalidOperationException("boom"));
        Assert.Equal(70, run.Code);
        Assert.StartsWith("error: unexpected InvalidOperationException: boom\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("please report it", run.Error, StringComparison.Ordinal);
        Assert.Contains("at XanesMl.Cli.Tests", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancellation_by_the_user_is_no_error_and_any_other_is_a_defect()
    {
        Assert.Equal(130, Run(new OperationCanceledException(), interrupt: new CancellationToken(canceled: true)).Code);
        Assert.Equal(70, Run(new OperationCanceledException()).Code);
    }
}
