using System.Security.Cryptography;
using System.Text;
using XanesMl.Edge.Watching;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

public sealed class ResultStoreTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    private string Output => _temporary.File("out");

    public void Dispose() => _temporary.Dispose();

    /// <summary>Every change of the out folder in turn goes wrong, after none, half or all of its bytes, as a crash or as a full disk; the next start must
    /// find or make each result exactly once, and a table and a ledger that say the same.</summary>
    [Theory]
    [InlineData(".csv", true)]
    [InlineData(".csv", false)]
    [InlineData(".jsonl", true)]
    public void Whatever_step_fails_the_next_start_has_everything_exactly_once(string extension, bool crash)
    {
        string[] contents = ["one", "two", "bad three", "four"];
        var counting = new FailingFiles(int.MaxValue, 0, crash);
        AddAll(counting, contents, new CountingScorer(extension: extension));
        Assert.InRange(counting.Changes, 12, 20);
        for (int step = 1; step <= counting.Changes; step++)
        {
            foreach (double part in new[] { 0, 0.5, 1 })
            {
                Directory.Delete(Output, recursive: true);
                var scorer = new CountingScorer(extension: extension);
                bool failed = false;
                try
                {
                    AddAll(new FailingFiles(step, part, crash), contents, scorer);
                }
                catch (Exception e) when (e is CrashException or OutputTroubleException or XanesDataException)
                {
                    failed = true;
                }

                // A table that falls behind is no failure for the caller.
                Assert.True(failed || !crash);
                // What is in place is done: it is neither made nor written again.
                var inPlace = InPlace(scorer.Run);
                int calls = scorer.Calls;
                AddAll(new OutputFiles(), contents, scorer);
                OutFolder.Of(Output, scorer.Run).RequireExactlyOnce([.. contents.Select(Hash)]);
                Assert.Equal(contents.Length - inPlace.Count, scorer.Calls - calls);
                Assert.Subset(InPlace(scorer.Run).ToHashSet(), inPlace.ToHashSet());
            }
        }
    }

    [Fact]
    public void A_second_watcher_is_refused_and_admitted_when_the_first_has_ended()
    {
        var run = new CountingScorer().Run;
        using (Open(run))
        {
            var e = Assert.Throws<XanesDataException>(() => Open(run));
            Assert.Contains("another watcher", e.Message, StringComparison.Ordinal);
        }

        Open(run).Dispose();
    }

    [Fact]
    public void Other_models_options_and_columns_are_runs_of_their_own()
    {
        WatchRun[] runs = [new CountingScorer().Run, new CountingScorer("--e0=8990").Run, new CountingScorer(extension: ".jsonl").Run, new CountingScorer().Run with { Models = ["other"] }, new CountingScorer().Run with { Header = "file\n"u8.ToArray() }];
        // The id is computed when a record is made, so copies are made anew here.
        runs = [.. runs.Select(r => new WatchRun(r.Models, r.Options, r.Extension, r.Header))];
        Assert.Equal(runs.Length, runs.Select(r => r.Id).Distinct().Count());
        foreach (var run in runs)
        {
            using var store = Open(run);
            Assert.False(store.Contains(Hash("one")));
            store.Add("one.dat", Hash("one"), new ScoredContent("row\n"u8.ToArray(), 1, "", null));
        }

        foreach (var run in runs)
            using (var store = Open(run))
                Assert.Equal(1, store.Count);
    }

    [Fact]
    public void A_table_that_was_changed_cut_or_removed_is_written_anew_from_the_results()
    {
        var scorer = new CountingScorer();
        string[] contents = ["one", "two", "three"];
        AddAll(new OutputFiles(), contents, scorer);
        string table = Path.Combine(Output, scorer.Run.TableName), good = File.ReadAllText(table);
        Assert.Equal(7, good.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        foreach (string? bad in new[] { null, "", good[..^3], good + "x", good.Replace(",2", ",7", StringComparison.Ordinal), "\0" + good[1..] })
        {
            if (bad is null)
                File.Delete(table);
            else
                File.WriteAllText(table, bad);
            Open(scorer.Run).Dispose();
            Assert.Equal(good, File.ReadAllText(table));
        }
    }

    [Fact]
    public void A_table_that_cannot_be_written_keeps_nothing_from_its_result_and_is_completed_later()
    {
        var scorer = new CountingScorer();
        using var store = Open(scorer.Run);
        string table = Path.Combine(Output, scorer.Run.TableName);
        File.Delete(table);
        Directory.CreateDirectory(table);
        Add(store, "one", scorer);
        Add(store, "two", scorer);
        Assert.True(store.TableIsBehind);
        Assert.Throws<OutputTroubleException>(store.CompleteTable);
        Directory.Delete(table);
        store.CompleteTable();
        Add(store, "three", scorer);
        Assert.False(store.TableIsBehind);
        store.Dispose();
        OutFolder.Of(Output, scorer.Run).RequireExactlyOnce([Hash("one"), Hash("two"), Hash("three")]);
    }

    [Fact]
    public void A_result_that_was_removed_is_made_again()
    {
        var scorer = new CountingScorer();
        AddAll(new OutputFiles(), ["one", "two"], scorer);
        File.Delete(Path.Combine(Output, scorer.Run.FolderName, Hash("one") + ".csv"));
        using (var store = Open(scorer.Run))
        {
            Assert.Equal((1, 1, false), (store.Count, store.Missing, store.Contains(Hash("one"))));
            Add(store, "one", scorer);
        }

        OutFolder.Of(Output, scorer.Run).RequireExactlyOnce([Hash("one"), Hash("two")]);
    }

    /// <summary>Files that nobody's ledger knows and that are no result: empty, without the header, without rows, cut off.</summary>
    [Theory]
    [InlineData(".csv", "")]
    [InlineData(".csv", "file,sha")]
    [InlineData(".csv", "file,sha256,call\n")]
    [InlineData(".csv", "file,sha256,call\na.dat,")]
    [InlineData(".csv", "other,columns,here\na,b,c\n")]
    [InlineData(".jsonl", "")]
    [InlineData(".jsonl", "{\"file\":")]
    public void A_file_that_is_no_result_is_set_aside_once(string extension, string junk)
    {
        var scorer = new CountingScorer(extension: extension);
        AddAll(new OutputFiles(), ["one"], scorer);
        string path = Result(scorer, "z");
        for (int i = 0; i < 2; i++)
        {
            File.WriteAllText(path, junk);
            using var store = Open(scorer.Run);
            Assert.Equal((1, 1, 0, false), (store.Count, store.Missing, store.Recovered, store.Contains(Hash("z"))));
            // Nothing says which file had the content.
            Assert.Null(store.FilesWithoutResult);
            Assert.Equal([path + (i == 0 ? ".damaged" : ".damaged-2")], store.SetAside);
            Assert.Equal(junk, File.ReadAllText(store.SetAside[0]));
        }

        using (var store = Open(scorer.Run))
        {
            Assert.Equal((0, 0), (store.Missing, store.SetAside.Count));
            Add(store, "z", scorer);
        }

        OutFolder.Of(Output, scorer.Run).RequireExactlyOnce([Hash("one"), Hash("z")]);
    }

    [Fact]
    public void A_result_that_was_cut_or_changed_is_set_aside_and_made_again()
    {
        foreach (bool cut in new[] { true, false })
        {
            var scorer = new CountingScorer(options: cut ? "cut" : "changed");
            AddAll(new OutputFiles(), ["one", "two"], scorer);
            string path = Result(scorer, "one"), good = File.ReadAllText(path), bad = cut ? good[..^3] : good.Replace(",1\n", ",8\n", StringComparison.Ordinal);
            Assert.NotEqual(good, bad);
            File.WriteAllText(path, bad);
            File.Delete(Path.Combine(Output, scorer.Run.TableName));
            using (var store = Open(scorer.Run))
            {
                Assert.Equal((1, 1, false), (store.Count, store.Missing, store.TableIsBehind));
                Assert.Equal(["one.dat"], store.FilesWithoutResult);
                Assert.Equal(bad, File.ReadAllText(Assert.Single(store.SetAside)));
                Add(store, "one", scorer);
            }

            OutFolder.Of(Output, scorer.Run).RequireExactlyOnce([Hash("one"), Hash("two")]);
            using (var store = Open(scorer.Run))
                Assert.Equal((2, 0, false), (store.Count, store.Missing, store.TableIsBehind));
        }
    }

    [Fact]
    public void Whether_a_content_failed_is_known_until_its_line_is_lost()
    {
        var scorer = new CountingScorer();
        AddAll(new OutputFiles(), ["one", "bad"], scorer);
        string ledger = Path.Combine(Output, Ledger.FileName);
        using (var store = Open(scorer.Run))
        {
            Assert.True(store.TryGetFailure(Hash("bad"), out string? failure) && failure == "holds no spectrum");
            Assert.True(store.TryGetFailure(Hash("one"), out failure) && failure is null);
        }

        File.WriteAllLines(ledger, File.ReadAllLines(ledger).Where(l => !l.Contains("\"failed\"", StringComparison.Ordinal)));
        for (int start = 0; start < 2; start++)
        {
            using var store = Open(scorer.Run);
            Assert.Equal((2, 1 - start), (store.Count, store.Recovered));
            Assert.Equal(start == 1, store.TryGetFailure(Hash("bad"), out string? failure));
            Assert.Equal(start == 0 ? null : "holds no spectrum", failure);
            if (start == 0)
                Assert.True(store.AddName("bad.dat", Hash("bad"), scorer.Score("bad.dat", "bad"u8.ToArray(), Hash("bad"))));
        }

        OutFolder.Of(Output, scorer.Run).RequireExactlyOnce([Hash("one"), Hash("bad")]);
    }

    [Fact]
    public void Names_of_one_content_are_noted_once()
    {
        var scorer = new CountingScorer();
        for (int start = 0; start < 3; start++)
        {
            using var store = Open(scorer.Run);
            Add(store, "one", scorer);
            Assert.Equal(start == 0, store.AddName("copy.dat", Hash("one")));
            Assert.False(store.AddName("copy.dat", Hash("one")));
        }

        string[] lines = File.ReadAllLines(Path.Combine(Output, Ledger.FileName));
        Assert.Single(lines, l => l.Contains("copy.dat", StringComparison.Ordinal));
        Assert.Equal(1, scorer.Calls);
    }

    private string Result(CountingScorer scorer, string content) => Path.Combine(Output, scorer.Run.FolderName, Hash(content) + scorer.Run.Extension);

    private static string Hash(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private Dictionary<string, string> InPlace(WatchRun run) => !Directory.Exists(Path.Combine(Output, run.FolderName)) ? []
        : Directory.EnumerateFiles(Path.Combine(Output, run.FolderName), "*" + run.Extension).ToDictionary(f => f, File.ReadAllText);

    private static void Add(ResultStore store, string content, CountingScorer scorer)
    {
        string sha256 = Hash(content);
        if (!store.Contains(sha256))
            store.Add(content + ".dat", sha256, scorer.Score(content + ".dat", Encoding.UTF8.GetBytes(content), sha256));
    }

    private ResultStore Open(WatchRun run) => ResultStore.Open(Output, run, new OutputFiles(), TimeProvider.System);

    private void AddAll(IOutputFiles files, string[] contents, CountingScorer scorer)
    {
        using var store = ResultStore.Open(Output, scorer.Run, files, TimeProvider.System);
        foreach (string content in contents)
            Add(store, content, scorer);
    }
}
