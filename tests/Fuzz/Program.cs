using SharpFuzz;
using XanesMl.Fuzz;

// A target for coverage-guided fuzzers; CONTRIBUTING.md says how to run it.
if (args.Length == 0 || !Target.Formats.TryGetValue(args[0], out var frame))
{
    Console.Error.WriteLine($"usage: XanesMl.Fuzz {string.Join('|', Target.Formats.Keys)} [--libfuzzer | FILE...]");
    return 2;
}

if (args.Length == 1)
    Fuzzer.OutOfProcess.Run(stream => Target.Run(frame, stream));
else if (args[1] == "--libfuzzer")
    Fuzzer.LibFuzzer.Run(bytes => Target.Run(frame, bytes));
else
    foreach (string file in args.Skip(1))
        Console.WriteLine($"{file}: {Target.Run(frame, File.ReadAllBytes(file))}");
return 0;
