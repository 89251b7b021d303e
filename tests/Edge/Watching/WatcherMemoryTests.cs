using System.Text;
using XanesMl.Edge.Watching;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>Memory is counted for the whole process, so nothing else may run beside.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class Alone
{
    public const string Name = "alone";
}

[Collection(Alone.Name)]
public sealed class WatcherMemoryTests : WatcherHarness
{
    /// <summary>900 files, of which all are known at the second start. Memory is what lives after a collection: 600 more files may cost their entries, 1 KB each, and not their 12 MB.</summary>
    [Fact]
    public void Memory_and_work_do_not_grow_with_what_is_done()
    {
        var options = Options() with { Once = true, Poll = TimeSpan.FromSeconds(10), Settle = TimeSpan.Zero };
        long before = 0, after = 0;
        for (int i = 0; i < 900; i++)
            File.WriteAllBytes(At($"{i}.dat"), Content(i));
        var seen = new CountingScorer();
        using (var watcher = Watcher(options, new NoSync(), seen, (line, _) =>
        {
            if (seen.Calls == 300)
                before = GC.GetTotalMemory(forceFullCollection: true);
            if (seen.Calls == 900 && line.Contains("spectra", StringComparison.Ordinal))
                after = GC.GetTotalMemory(forceFullCollection: true);
        }))
        {
            watcher.Open();
            Assert.Equal(0, watcher.Run(CancellationToken.None));
        }

        Assert.Equal(900, OutFolder.Of(Output, seen.Run).Results().Length);
        Assert.InRange(after - before, -1_000_000, 600_000);
        Assert.Equal(0, Run(options, scorer: seen));
        Assert.Equal(900, seen.Calls);

        static byte[] Content(int i) => Encoding.UTF8.GetBytes(i + " " + new string('x', 20_000));
    }
}
