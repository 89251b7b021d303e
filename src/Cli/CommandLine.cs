using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using XanesMl.Cli.Commands;
using XanesMl.Cli.Terminal;

namespace XanesMl.Cli;

/// <summary>The command tree, its help and its usage errors. What a verb does is in its own file of Commands/.</summary>
internal static class CommandLine
{
    private const string Description = """
        Machine learning for X-ray absorption spectra (XANES): trains RankAAE, exports it to ONNX, and turns spectra into structure descriptors.

        Progress and errors go to stderr, results to stdout or --out.
        Exit codes: 0 done, 1 some inputs failed (the rest is written), 2 bad use or bad input, 130 interrupted after saving.
        """;

    /// <summary>Parses and runs one command line; returns the exit code and never throws.</summary>
    public static int Run(IReadOnlyList<string> args, CliHost host)
    {
        var root = Create(host);
        // Response files are off: an input whose name begins with @ is an input.
        var result = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        bool ready = result.Action is ExampleHelp || (result.Action is not (null or ParseErrorAction) && result.Errors.Count == 0 && UsageErrors.UnknownOption(result) is null);
        if (!ready)
        {
            host.Error.WriteLine("error: " + SafeText.OneLine(UsageErrors.Describe(result, "xanesml")));
            return ExitCode.BadInput;
        }

        return ErrorBoundary.Run(host, () => result.Invoke(new InvocationConfiguration
        {
            Output = host.Out,
            Error = host.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        }));
    }

    /// <summary>The root command with all verbs.</summary>
    internal static RootCommand Create(CliHost host)
    {
        var root = new RootCommand(Description);
        var examples = new Dictionary<Command, string> { [root] = "xanesml demo" };
        foreach (var (command, example) in new[] { DemoCommand.Create(host), TrainCommand.Create(host), SelectCommand.Create(host), EvaluateCommand.Create(host), ReportCommand.Create(host), PredictCommand.Create(host), NormalizeCommand.Create(host), ImportCommand.Create(host), BenchCommand.Create(host) })
        {
            root.Add(command);
            examples[command] = example;
        }

        foreach (var help in root.Options.OfType<HelpOption>())
            if (help.Action is SynchronousCommandLineAction standard)
                help.Action = new ExampleHelp(standard, examples);
        return root;
    }

    /// <summary>The library's help with an example at its end.</summary>
    private sealed class ExampleHelp(SynchronousCommandLineAction standard, Dictionary<Command, string> examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = standard.Invoke(parseResult);
            if (examples.TryGetValue(parseResult.CommandResult.Command, out string? example))
                parseResult.InvocationConfiguration.Output.WriteLine("Example:\n" + string.Join('\n', example.Split('\n').Select(l => "  " + l)) + "\n");
            return code;
        }
    }
}
