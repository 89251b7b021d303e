using System.Text.Json;
using XanesMl.Edge.Watching;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>Reads an out folder as a stranger would, without the classes that wrote it, and checks that it is whole.</summary>
internal static class OutFolder
{
    /// <summary>Hashes of the contents that have a result, by the names of the files.</summary>
    public static string[] Results(string output, WatchRun run) =>
        [.. Directory.EnumerateFiles(Path.Combine(output, run.FolderName)).Select(Path.GetFileName).Select(n => n!.EndsWith(run.Extension, StringComparison.Ordinal) ? n[..^run.Extension.Length] : n).Order(StringComparer.Ordinal)];

    /// <summary>Results, ledger and table agree, each content of <paramref name="expected"/> is there exactly once, and nothing is half-written.</summary>
    public static void RequireExactlyOnce(string output, WatchRun run, string[] expected)
    {
        Assert.Equal(expected.Order(StringComparer.Ordinal), Results(output, run));
        RequireWhole(output, run);
    }

    /// <summary>Results, ledger and table agree, and nothing is half-written.</summary>
    public static void RequireWhole(string output, WatchRun run)
    {
        string[] results = Results(output, run);
        string header = System.Text.Encoding.UTF8.GetString(run.Header.Span);
        var rows = new List<string>();
        foreach (string sha256 in results)
        {
            string text = File.ReadAllText(Path.Combine(output, run.FolderName, sha256 + run.Extension));
            Assert.StartsWith(header, text, StringComparison.Ordinal);
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            string[] lines = text[header.Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.NotEmpty(lines);
            Assert.All(lines, l => Assert.Contains(sha256, l, StringComparison.Ordinal));
            rows.AddRange(lines);
        }

        string table = File.ReadAllText(Path.Combine(output, run.TableName));
        Assert.StartsWith(header, table, StringComparison.Ordinal);
        Assert.Equal(rows.Order(StringComparer.Ordinal), table[header.Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));

        string ledger = File.ReadAllText(Path.Combine(output, Ledger.FileName));
        Assert.EndsWith("\n", ledger, StringComparison.Ordinal);
        var noted = new List<string>();
        foreach (string line in ledger.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var entry = JsonDocument.Parse(line);
            if (entry.RootElement.TryGetProperty("run", out var id) && id.GetString() == run.Id && entry.RootElement.GetProperty("kind").GetString() is "done" or "failed" or "recovered")
                noted.Add(entry.RootElement.GetProperty("sha256").GetString()!);
        }

        Assert.Equal(results, noted.Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Directory.EnumerateFiles(output, "*", SearchOption.AllDirectories), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }
}
