using System.Text.Json;
using XanesMl.Edge.Watching;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>Reads an out folder as a stranger would, without the classes that wrote it, and checks that it is whole.</summary>
internal sealed record OutFolder(string Path, string RunId, string Extension, string Header)
{
    private string Folder => System.IO.Path.Combine(Path, "results-" + RunId);

    private string Table => Folder + Extension;

    public static OutFolder Of(string output, WatchRun run) => new(output, run.Id, run.Extension, System.Text.Encoding.UTF8.GetString(run.Header.Span));

    /// <summary>The only run of an out folder, by its table.</summary>
    public static OutFolder Of(string output)
    {
        string table = Assert.Single(Directory.EnumerateFiles(output, "results-*.csv"));
        return new OutFolder(output, System.IO.Path.GetFileNameWithoutExtension(table)["results-".Length..], ".csv", File.ReadLines(table).First() + "\n");
    }

    /// <summary>Hashes of the contents that have a result, by the names of the files.</summary>
    public string[] Results() => [.. Directory.EnumerateFiles(Folder, "*" + Extension).Select(f => System.IO.Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    /// <summary>Bytes of a result.</summary>
    public string Result(string sha256) => File.ReadAllText(System.IO.Path.Combine(Folder, sha256 + Extension));

    /// <summary>Results, ledger and table agree, each content of <paramref name="expected"/> is there exactly once, and nothing is half-written.</summary>
    public void RequireExactlyOnce(params string[] expected)
    {
        Assert.Equal(expected.Order(StringComparer.Ordinal), Results());
        Assert.Equal(expected.Order(StringComparer.Ordinal), RequireWhole().Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>Results, ledger and table agree, and nothing is half-written.</summary>
    /// <returns>The hashes that the ledger has as done, one a line.</returns>
    public string[] RequireWhole()
    {
        var rows = new List<string>();
        foreach (string sha256 in Results())
        {
            string text = Result(sha256);
            Assert.StartsWith(Header, text, StringComparison.Ordinal);
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            string[] lines = text[Header.Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.NotEmpty(lines);
            Assert.All(lines, l => Assert.Contains(sha256, l, StringComparison.Ordinal));
            rows.AddRange(lines);
        }

        string table = File.ReadAllText(Table);
        Assert.StartsWith(Header, table, StringComparison.Ordinal);
        Assert.Equal(rows.Order(StringComparer.Ordinal), table[Header.Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories), f => f.EndsWith(".tmp", StringComparison.Ordinal));

        string ledger = File.ReadAllText(System.IO.Path.Combine(Path, Ledger.FileName));
        Assert.EndsWith("\n", ledger, StringComparison.Ordinal);
        var noted = new List<string>();
        foreach (string line in ledger.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var entry = JsonDocument.Parse(line);
            if (entry.RootElement.TryGetProperty("run", out var id) && id.GetString() == RunId && entry.RootElement.GetProperty("kind").GetString() is "done" or "failed" or "recovered")
                noted.Add(entry.RootElement.GetProperty("sha256").GetString()!);
        }

        Assert.Equal(Results(), noted.Distinct().Order(StringComparer.Ordinal));
        return [.. noted];
    }
}
