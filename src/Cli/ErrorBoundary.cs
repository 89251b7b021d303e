using XanesMl.Cli.Terminal;
using XanesMl.Inference;
using XanesMl.Spectra;

namespace XanesMl.Cli;

/// <summary>Turns exceptions into one line on stderr and an exit code.</summary>
internal static class ErrorBoundary
{
    /// <summary>Runs a verb.</summary>
    public static int Run(CliHost host, Func<int> verb)
    {
        try
        {
            return verb();
        }
        catch (OperationCanceledException) when (host.Interrupt.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (IsExpected(e))
        {
            host.Error.WriteLine("error: " + SafeText.OneLine(e.Message));
            if (host.Trace)
                host.Error.WriteLine(e);
            return ExitCode.BadInput;
        }
#pragma warning disable CA1031 // The last resort of the program: whatever it is must reach the user as a message and an exit code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            host.Error.WriteLine($"error: unexpected {e.GetType().Name}: {SafeText.OneLine(e.Message)}");
            host.Error.WriteLine("This is a defect of xanesml: please report it with the command line and this trace.");
            host.Error.WriteLine(e);
            return ExitCode.Defect;
        }
    }

    /// <summary>Whether an exception is about the input or the file system, so that its message alone helps the user.</summary>
    public static bool IsExpected(Exception e) => e is XanesDataException or XanesModelException or IOException or UnauthorizedAccessException;
}
