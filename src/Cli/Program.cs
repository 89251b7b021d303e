using XanesMl.Cli;
using XanesMl.Cli.Terminal;

var host = CliHost.ForProcess();
using var interrupt = new InterruptSource(host.Say);
return CommandLine.Run(args, host with { Interrupt = interrupt.Token });
