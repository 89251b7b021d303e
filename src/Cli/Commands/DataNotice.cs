using System.IO.Compression;
using System.Text;
using XanesMl.Spectra;

namespace XanesMl.Cli.Commands;

/// <summary>Licence and citation of training data, for the model's card: what the tables say of themselves in their leading comment lines.</summary>
internal static class DataNotice
{
    private const int MaxCharacters = 1 << 16;

    /// <summary>The comment lines at the head of CSV tables, without repetition; a sentence where there are none.</summary>
    public static string Of(IEnumerable<string> pathsOrFolders)
    {
        var lines = new List<string>();
        foreach (string path in pathsOrFolders)
            foreach (string file in Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, "*.csv*").Order(StringComparer.Ordinal)] : (string[])[path])
                lines.AddRange(Comments(file).Where(c => !lines.Contains(c, StringComparer.Ordinal)));
        return lines.Count == 0 ? "The data files state no licence or citation." : string.Join("\n", lines);
    }

    private static List<string> Comments(string file)
    {
        using var raw = File.OpenRead(file);
        bool gzip = raw.ReadByte() == 0x1f && raw.ReadByte() == 0x8b;
        raw.Position = 0;
        using Stream content = gzip ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        var buffer = new byte[MaxCharacters];
        int read = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        string head = Encoding.UTF8.GetString(buffer, 0, read).TrimStart('\uFEFF');
        return [.. head.Split('\n').TakeWhile(l => l.StartsWith('#')).Select(l => SafeText.OneLine(l.TrimStart('#', ' '))).Where(l => l.Length > 0)];
    }
}
