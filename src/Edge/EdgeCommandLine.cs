using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using XanesMl.Edge.Benchmarking;
using XanesMl.Edge.Watching;
using XanesMl.Inference;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Verbs;

namespace XanesMl.Edge;

/// <summary>The command line of xanesml-edge: verbs, examples, exit codes (docs/edge.md). Streams are passed in, so that tests need no console.</summary>
internal static class EdgeCommandLine
{
    private const string Name = "xanesml-edge";

    private const string Description = """
        Structure descriptors from X-ray absorption spectra, on a beamline PC: one program, no network, no installation.

        Progress and errors go to stderr, results to stdout or --out.
        Exit codes: 0 done, 1 some files failed (they have rows too), 2 bad use or nothing written, 130 interrupted after saving.
        """;

    // The example of a verb ends its help.
    private static readonly Dictionary<string, string> s_examples = new(StringComparer.Ordinal)
    {
        [Name] = "xanesml-edge predict scan.xdi",
        ["predict"] = "xanesml-edge predict scan.xdi --out results.csv",
        ["models"] = "xanesml-edge models",
        ["bench"] = "xanesml-edge bench --json",
        ["watch"] = "xanesml-edge watch scans --out results",
        ["serve"] = "xanesml-edge serve",
    };

    /// <summary>Runs one command.</summary>
    /// <param name="args">Arguments of the process.</param>
    /// <param name="results">Where results go without --out.</param>
    /// <param name="help">Where help and version texts go.</param>
    /// <param name="messages">Where errors and progress go, one line each.</param>
    /// <param name="clock">Clock of results; null for the computer's.</param>
    /// <param name="interrupt">Fires at the first Ctrl-C.</param>
    /// <returns>Exit code of the process.</returns>
    public static int Run(string[] args, Stream results, TextWriter help, TextWriter messages, TimeProvider? clock = null, CancellationToken interrupt = default)
    {
        var host = new VerbHost
        {
            Program = Name,
            Results = write =>
            {
                write(results);
                results.Flush();
            },
            Error = line => Line(messages, line),
            Say = line => messages.WriteLine(SafeText.OneLine(line)),
            ShippedModels = EmbeddedModels.Open,
            Clock = clock ?? TimeProvider.System,
            Interrupt = interrupt,
        };
        var root = new RootCommand(Description)
        {
            PredictVerb.Create(host),
            ModelsVerb.Create(host),
            BenchVerb.Create(host),
            WatchVerb.Create(host),
            Serving.ServeVerb.Create(host),
        };
        foreach (var option in root.Options.OfType<HelpOption>())
            if (option.Action is SynchronousCommandLineAction standard)
                option.Action = new ExampleHelp(standard);
        // Response files are off: an input whose name begins with @ is an input.
        var parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.Action is not ExampleHelp && (parsed.Errors.Count > 0 || parsed.Action is null || UsageErrors.UnknownOption(parsed) is not null))
        {
            Line(messages, UsageErrors.Describe(parsed, Name));
            return ExitCode.BadInput;
        }

        return Guarded(
            messages, () => parsed.Invoke(new InvocationConfiguration { Output = help, Error = messages, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }), interrupt);
    }

    /// <summary>Writes one error line.</summary>
    public static void Line(TextWriter messages, string text) => messages.WriteLine("xanesml-edge: error: " + SafeText.OneLine(text));

    private static int Guarded(TextWriter messages, Func<int> verb, CancellationToken interrupt)
    {
        try
        {
            return verb();
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is XanesDataException or XanesModelException)
        {
            Line(messages, e.Message);
            return ExitCode.BadInput;
        }
        catch (IOException e)
        {
            Line(messages, "the results cannot be written to standard output: " + e.Message);
            return ExitCode.BadInput;
        }
#pragma warning disable CA1031 // The last resort of the program: whatever it is must reach the user as one line and an exit code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Line(messages, $"unexpected {e.GetType().Name}: {SafeText.Clause(e.Message)}. This is a defect of xanesml-edge: please report it with the command line");
            return ExitCode.Defect;
        }
    }

    private sealed class ExampleHelp(SynchronousCommandLineAction standard) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = standard.Invoke(parseResult);
            string verb = parseResult.CommandResult.Command is RootCommand ? Name : parseResult.CommandResult.Command.Name;
            if (s_examples.TryGetValue(verb, out string? example))
                parseResult.InvocationConfiguration.Output.WriteLine($"Example:\n  {example}\n");
            return code;
        }
    }
}
