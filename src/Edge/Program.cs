using XanesMl.Edge;

using var output = Console.OpenStandardOutput();
return EdgeCommandLine.Run(args, output, Console.Out, Console.Error);
