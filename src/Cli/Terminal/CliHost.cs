using Spectre.Console;

namespace XanesMl.Cli.Terminal;

/// <summary>What a verb may touch of the world: streams, console, clock, the interrupt. Tests pass their own.</summary>
internal sealed record CliHost
{
    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Progress and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Console of <see cref="Error"/> when that is a terminal that can redraw lines; else null and progress is plain lines.</summary>
    public IAnsiConsole? LiveConsole { get; init; }

    /// <summary>Clock of progress and durations.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Fires at the first Ctrl-C.</summary>
    public CancellationToken Interrupt { get; init; }

    /// <summary>Folder of the files that come with the program: data/ and Configurations/.</summary>
    public string ContentFolder { get; init; } = AppContext.BaseDirectory;

    /// <summary>Whether expected errors show their stack trace too (environment variable XANESML_TRACE=1).</summary>
    public bool Trace { get; init; }

    /// <summary>The host of this process.</summary>
    public static CliHost ForProcess()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return new CliHost
        {
            Out = Console.Out,
            Error = Console.Error,
            LiveConsole = console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi ? console : null,
            Trace = Environment.GetEnvironmentVariable("XANESML_TRACE") == "1",
        };
    }

    /// <summary>Writes one line to <see cref="Error"/>; a live display stays intact below it.</summary>
    public void Say(string line)
    {
        // Spectre's live display draws itself again below what its own console writes.
        if (LiveConsole is { } console)
            console.WriteLine(SafeText.OneLine(line));
        else
            Error.WriteLine(SafeText.OneLine(line));
    }
}
