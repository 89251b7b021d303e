using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace XanesMl.Edge.Benchmarking;

/// <summary>How this program starts itself again.</summary>
internal static class SelfStart
{
    /// <summary>Whether the program is one file with the runtime in it.</summary>
    [SuppressMessage("SingleFile", "IL3000", Justification = "An empty location is what is asked for.")]
    public static bool IsSingleFile => typeof(SelfStart).Assembly.Location.Length == 0;

    /// <summary>The start of a new process of this program with both streams redirected.</summary>
    public static ProcessStartInfo With(IEnumerable<string> arguments)
    {
        string process = Environment.ProcessPath ?? throw new InvalidOperationException("the path of the process is not known");
        bool hosted = Path.GetFileNameWithoutExtension(process).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        string[] before = hosted ? ["exec", Environment.GetCommandLineArgs()[0]] : [];
        return new ProcessStartInfo(process, [.. before, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
    }
}
