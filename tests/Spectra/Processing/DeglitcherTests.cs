using System.Globalization;
using CsCheck;
using Xunit;
using Xunit.Abstractions;
using XanesMl.Spectra.Processing;
using XanesMl.Spectra.Tests.Normalization;
using XanesMl.TestSupport;

namespace XanesMl.Spectra.Tests.Processing;

public sealed class DeglitcherTests(ITestOutputHelper output)
{
    private readonly double[] _energies = ScanExamples.Energies();

    private static double[] Noisy(double sigma, int seed)
    {
        var random = new Random(seed);
        // Sum of twelve uniform numbers less six: nearly normal, deviation 1.
        return Array.ConvertAll(ScanExamples.Mu(), m => m + (sigma * (Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6)));
    }

    [Fact]
    public void Glitches_go_and_nothing_else()
    {
        Gen.Select(Gen.Int[200, 355], Gen.Int[530, 1900], Gen.Int[1, 3], Gen.Double[0.05, 1], Gen.Bool).Sample((before, after, width, height, down) =>
        {
            double[] mu = Noisy(1e-3, before);
            var changed = new List<double>();
            foreach (int start in new[] { before, after })
            {
                for (int i = start; i < start + width; i++)
                {
                    mu[i] += (down ? -1 : 1) * height;
                    changed.Add(_energies[i]);
                }
            }

            var r = Deglitcher.Remove(_energies, mu);
            Assert.Equal(changed, r.Removed);
            Assert.Equal(mu.Length - changed.Count, r.Mu.Length);
            Assert.DoesNotContain(_energies[before], r.Energies.ToArray());
        }, iter: 60, threads: 1);
    }

    [Fact]
    public void Nothing_is_made_up_and_nothing_removed_where_there_is_no_glitch()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            double[] mu = Noisy(seed * 1e-3, seed);
            var r = Deglitcher.Remove(_energies, mu);
            Assert.Empty(r.Removed);
            Assert.Equal(mu, r.Mu.ToArray());
        }
    }

    [Fact]
    public void What_lies_near_the_edge_is_protected_unless_told_otherwise()
    {
        double[] mu = Noisy(1e-3, 1);
        int at = Array.IndexOf(_energies, 7140.0);
        mu[at] += 0.5;
        Assert.Empty(Deglitcher.Remove(_energies, mu).Removed);
        Assert.Equal([7140.0], Deglitcher.Remove(_energies, mu, new() { ProtectLast = 20, E0 = 7112 }).Removed);
        Assert.Equal([7140.0], Deglitcher.Remove(_energies, mu, new() { ProtectFirst = 0, ProtectLast = -1 }).Removed);
    }

    // 2000 glitches in 60000 points: all runs again for every removal took a hundred times as long.
    [Fact]
    public void Many_glitches_of_a_long_scan_go_quickly()
    {
        double[] energies = [.. Enumerable.Range(0, 60_000).Select(i => 7000 + (0.01 * i))], mu = Array.ConvertAll(energies, e => Math.Sin(e / 20));
        int[] places = [.. Enumerable.Range(0, 2000).Select(i => 100 + (29 * i) + (i % 3))];
        foreach (int i in places)
            mu[i] += 0.3 + (1e-4 * (i % 1000));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var r = Deglitcher.Remove(energies, mu, new() { ProtectFirst = 0, ProtectLast = -1 });
        Assert.Equal(places.Select(i => energies[i]), r.Removed);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 8);
    }

    [Fact]
    public void A_scan_that_is_all_glitches_is_refused()
    {
        double[] mu = Noisy(1e-4, 1);
        for (int i = 600; i < 2000; i += 8)
            mu[i] += 0.5;
        Assert.Contains("look like glitches", Assert.Throws<XanesDataException>(() => Deglitcher.Remove(_energies, mu)).Message, StringComparison.Ordinal);
        Assert.Contains("widest glitch 9", Assert.Throws<XanesDataException>(() => Deglitcher.Remove(_energies, mu, new() { WidestGlitch = 9 })).Message, StringComparison.Ordinal);
    }

    // 259 measured spectra, most of them clean: how many points it would remove of how many.
    [SharedDataFact]
    public void Few_points_of_measured_spectra_are_removed()
    {
        int points = 0, removed = 0, refused = 0, files = 0, touched = 0;
        foreach (string file in Directory.EnumerateFiles(SharedData.Path("experimental", "larch-default"), "*_*.csv").Order(StringComparer.Ordinal))
        {
            double[][] rows = [.. File.ReadLines(file).Skip(1).Select(l => Array.ConvertAll(l.Split(','), c => double.Parse(c, CultureInfo.InvariantCulture)))];
            files++;
            points += rows.Length;
            try
            {
                var r = Deglitcher.Remove(Array.ConvertAll(rows, x => x[0]), Array.ConvertAll(rows, x => x[1]));
                removed += r.Removed.Count;
                touched += r.Removed.Count > 0 ? 1 : 0;
                if (r.Removed.Count > 0)
                    output.WriteLine($"{Path.GetFileName(file)}: {string.Join(' ', r.Removed)}");
            }
            catch (XanesDataException e)
            {
                output.WriteLine($"{Path.GetFileName(file)}: {e.Message}");
                refused++;
            }
        }

        output.WriteLine($"{removed} of {points} points in {touched} of {files} files, {refused} refused");
        Assert.Equal(259, files);
        Assert.Equal((26, 13, 0), (removed, touched, refused));
    }
}
