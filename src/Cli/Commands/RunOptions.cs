using System.CommandLine;

namespace XanesMl.Cli.Commands;

/// <summary>Options that several verbs about runs and tables share; those of both programs are in <see cref="Options"/>.</summary>
internal static class RunOptions
{
    /// <summary>--no-report.</summary>
    public static Option<bool> NoReport() => new("--no-report") { Description = "Leave out report.html and plots/; 'xanesml report --run DIR' writes them later." };

    /// <summary>--data: tables of spectra.</summary>
    public static Option<string[]> Tables(string description, bool required = false) => new("--data")
    {
        Description = description,
        HelpName = "F",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        Required = required,
    };
}
