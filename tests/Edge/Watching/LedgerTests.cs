using System.Text;
using System.Text.Json;
using XanesMl.Edge.Watching;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

public sealed class LedgerTests : IDisposable
{
    private static readonly DateTime s_now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
    private readonly TemporaryFolder _temporary = new();
    private readonly OutputFiles _files = new();

    private string LedgerPath => _temporary.File(Ledger.FileName);

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void What_is_appended_is_read_back_and_every_line_is_plain_json()
    {
        Write("a.xdi", "b \"quoted\"\n,é.dat");
        var (ledger, entries) = Open();
        Assert.Equal(["a.xdi", "b \"quoted\"\n,é.dat"], entries.Select(e => e.File));
        Assert.Equal(0, ledger.DamagedLines);
        string[] lines = File.ReadAllLines(LedgerPath);
        Assert.Equal(3, lines.Length);
        using var line = JsonDocument.Parse(lines[2]);
        Assert.Equal("done", line.RootElement.GetProperty("kind").GetString());
        Assert.Equal("2026-01-02T03:04:05Z", line.RootElement.GetProperty("time").GetString());
        Assert.Equal(["kind", "time", "file", "bytes", "digest", "check"], line.RootElement.EnumerateObject().Select(p => p.Name));
    }

    /// <summary>A crash may leave any beginning of the last line: it is taken away, what was before stays, and appending goes on.</summary>
    [Fact]
    public void A_last_line_that_was_cut_off_anywhere_is_taken_away()
    {
        Write("a", "b");
        byte[] whole = File.ReadAllBytes(LedgerPath);
        int lastLine = Encoding.UTF8.GetString(whole).TrimEnd('\n').LastIndexOf('\n') + 1;
        for (int length = lastLine; length < whole.Length; length++)
        {
            File.WriteAllBytes(LedgerPath, whole[..length]);
            var (ledger, entries) = Open();
            Assert.Equal(["a"], entries.Select(e => e.File));
            ledger.Append(Done("c"));
            Assert.Equal(["a", "c"], Open().Entries.Select(e => e.File));
        }
    }

    [Fact]
    public void A_line_that_was_damaged_later_is_passed_over_and_the_others_count()
    {
        Write("a", "b", "c");
        string text = File.ReadAllText(LedgerPath);
        foreach (string damaged in new[] { text.Replace("\"b\"", "\"x\"", StringComparison.Ordinal), text.Replace("\"file\":\"b\"", "", StringComparison.Ordinal), text.Insert(text.IndexOf("\"b\"", StringComparison.Ordinal), "\0\n") })
        {
            File.WriteAllText(LedgerPath, damaged);
            var (ledger, entries) = Open();
            Assert.Equal(["a", "c"], entries.Select(e => e.File));
            Assert.InRange(ledger.DamagedLines, 1, 2);
        }
    }

    [Theory]
    [InlineData("energy,mu\n1,2\n")]
    [InlineData("no line end")]
    [InlineData("{\"kind\":\"ledger\",\"version\":1,\"id\":\"0\",\"check\":\"0000000000000000\"}\n")]
    public void A_file_that_is_no_ledger_is_refused_and_left_as_it_is(string content)
    {
        File.WriteAllText(LedgerPath, content);
        var e = Assert.Throws<XanesDataException>(() => Open());
        Assert.Contains("not a ledger", e.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(LedgerPath));
    }

    [Fact]
    public void A_newer_version_is_refused()
    {
        File.WriteAllBytes(LedgerPath, Ledger.Line(new LedgerEntry { Kind = LedgerKind.Ledger, Time = s_now, Version = 2, Id = "x" }));
        Assert.Contains("version 2", Assert.Throws<XanesDataException>(() => Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ledger_that_was_open_before_must_be_the_same_one()
    {
        string id = Open().Ledger.Id;
        Assert.Equal(id, Ledger.Open(_temporary.Path, _files, s_now, id, _ => { }).Id);
        Assert.Contains("another ledger", Assert.Throws<OutputTroubleException>(() => Ledger.Open(_temporary.Path, _files, s_now, "0", _ => { })).Message, StringComparison.Ordinal);
        File.Delete(LedgerPath);
        Assert.Contains("is gone", Assert.Throws<OutputTroubleException>(() => Ledger.Open(_temporary.Path, _files, s_now, id, _ => { })).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(LedgerPath));
    }

    [Fact]
    public void Appending_to_a_ledger_that_somebody_else_changed_or_removed_fails_and_adds_nothing()
    {
        var ledger = Open().Ledger;
        File.AppendAllText(LedgerPath, "x");
        long length = new FileInfo(LedgerPath).Length;
        Assert.Throws<OutputTroubleException>(() => ledger.Append(Done("a")));
        Assert.Equal(length, new FileInfo(LedgerPath).Length);
        File.Delete(LedgerPath);
        Assert.Throws<OutputTroubleException>(() => ledger.Append(Done("a")));
        Assert.False(File.Exists(LedgerPath));
    }

    private static LedgerEntry Done(string file) => new() { Kind = LedgerKind.Done, Time = s_now, File = file, Bytes = 5, Digest = "0" };

    private void Write(params string[] files)
    {
        var ledger = Open().Ledger;
        foreach (string file in files)
            ledger.Append(Done(file));
    }

    private (Ledger Ledger, List<LedgerEntry> Entries) Open()
    {
        var entries = new List<LedgerEntry>();
        return (Ledger.Open(_temporary.Path, _files, s_now, null, entries.Add), entries);
    }
}
