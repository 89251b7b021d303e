using System.CommandLine;
using System.Text;
using XanesMl.Cli.Terminal;

namespace XanesMl.Cli.Commands;

/// <summary>xanesml predict: the verb that xanesml-edge has too.</summary>
internal static class PredictCommand
{
    /// <summary>The verb and its example.</summary>
    public static (Command Command, string Example) Create(CliHost host)
    {
        var verb = PredictVerb.Create(new VerbHost
        {
            Program = "xanesml",
            Results = write =>
            {
                using var buffer = new MemoryStream();
                write(buffer);
                host.Out.Write(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
            },
            Error = line => host.Say("error: " + line),
            Say = host.Say,
            Clock = host.Clock,
            Interrupt = host.Interrupt,
        });
        return (verb, "xanesml predict scan.xdi --model models/Cu --out results.csv");
    }
}
