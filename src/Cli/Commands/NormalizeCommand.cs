using System.CommandLine;
using XanesMl.Cli.Normalizing;
using XanesMl.Cli.Terminal;

namespace XanesMl.Cli.Commands;

/// <summary>xanesml normalize: measured files to normalized spectra, as a folder of CSV files or as a table.</summary>
internal static class NormalizeCommand
{
    /// <summary>The verb and its example.</summary>
    public static (Command Command, string Example) Create(CliHost host)
    {
        var arguments = new NormalizeArguments();
        var json = Options.Json("one object a spectrum");
        var quiet = Options.Quiet();
        var command = new Command("normalize", "Normalize measured spectra: pre-edge and post-edge curves, edge step, flattening; by the hundreds.");
        arguments.AddTo(command);
        command.Add(json);
        command.Add(quiet);
        command.SetAction(result => NormalizeRun.Execute(host, arguments.Get(result), result.GetValue(json), result.GetValue(quiet)));
        return (command, "xanesml normalize scans/*.xdi --out normalized --plot");
    }
}
