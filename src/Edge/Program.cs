using XanesMl.Edge;
using XanesMl.Verbs;

using var output = Console.OpenStandardOutput();
using var interrupt = new InterruptSource(Console.Error.WriteLine);
return EdgeCommandLine.Run(args, output, Console.Out, Console.Error, interrupt: interrupt.Token);
