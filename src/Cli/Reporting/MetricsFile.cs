using System.Text;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra.IO;

namespace XanesMl.Cli.Reporting;

/// <summary>metrics.json as a file.</summary>
internal static class MetricsFile
{
    /// <summary>Writes it at once or not at all.</summary>
    public static void Write(string path, EvaluationReport report) => TextFile.Write(path, MetricsJson.Serialize(report) + "\n");
}

/// <summary>Text files as UTF-8 without byte-order mark.</summary>
internal static class TextFile
{
    /// <summary>Writes the file at once or not at all.</summary>
    public static void Write(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
