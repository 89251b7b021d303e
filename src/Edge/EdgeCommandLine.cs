using System.CommandLine;
using XanesMl.Inference;
using XanesMl.Spectra;

namespace XanesMl.Edge;

/// <summary>The command line of xanesml-edge: verbs, options, exit codes (docs/edge.md). Streams are passed in, so that tests need no console.</summary>
internal static class EdgeCommandLine
{
    /// <summary>Everything was done.</summary>
    public const int Done = 0;

    /// <summary>Some inputs failed; the results of the others are written.</summary>
    public const int SomeFailed = 1;

    /// <summary>Bad use, or nothing could be done.</summary>
    public const int Bad = 2;

    /// <summary>Runs one command.</summary>
    /// <param name="args">Arguments of the process.</param>
    /// <param name="results">Where results go without --out.</param>
    /// <param name="help">Where help and version texts go.</param>
    /// <param name="messages">Where errors and progress go, one line each.</param>
    /// <returns>Exit code of the process.</returns>
    public static int Run(string[] args, Stream results, TextWriter help, TextWriter messages)
    {
        var root = new RootCommand("Structure descriptors from X-ray absorption spectra, on a beamline PC.\n\nExample:\n  xanesml-edge predict scan.csv --model models/Cu --out results.csv")
        {
            PredictVerb.Create(results, messages),
            Serving.ServeVerb.Create(messages),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            Line(messages, parsed.Errors[0].Message + " See xanesml-edge --help.");
            return Bad;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { Output = help, Error = messages, EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (e is XanesDataException or XanesModelException)
        {
            Line(messages, e.Message);
            return Bad;
        }
        catch (IOException e)
        {
            Line(messages, "the results cannot be written to standard output: " + e.Message);
            return Bad;
        }
    }

    /// <summary>Writes one error line.</summary>
    public static void Line(TextWriter messages, string text) => messages.WriteLine("xanesml-edge: error: " + text.ReplaceLineEndings(" "));
}
