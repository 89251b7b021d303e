using Xunit;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;
using XanesMl.Spectra.Processing;
using XanesMl.Spectra.Tests.Normalization;
using XanesMl.TestSupport;

namespace XanesMl.Spectra.Tests.Docs;

/// <summary>The snippets of docs/normalization.md are the lines of these tests, and its defaults are the code's.</summary>
public sealed class NormalizationPageTests
{
    private static string Page => File.ReadAllText(SharedData.Repository("docs", "normalization.md"));

    [Fact]
    public void First_snippet_runs()
    {
        using var folder = new TemporaryFolder();
        double[] mu = ScanExamples.Mu();
        string path = folder.WriteText("scan.dat", "# energy mu\n" + string.Join('\n', ScanExamples.Energies().Select((e, i) => FormattableString.Invariant($"{e:R} {mu[i]:R}"))) + "\n");
        var Console = new StringWriter { NewLine = "\n" };
        // snippet 0
        MeasuredSpectrum scan = MeasuredSpectrumReader.Read(path)[0];
        NormalizationResult r = SpectrumNormalizer.Normalize(scan);
        Console.WriteLine($"E0 {r.E0:0.0} eV, edge step {r.EdgeStep:0.00}, last flat value {r.Flat.Span[^1]:0.00}");
        // end
        Assert.Matches(@"^E0 711[12]\.\d eV, edge step 1\.2\d, last flat value (0\.9|1\.0)\d\n$", Console.ToString());
        AssertOnPage(0);
    }

    [Fact]
    public void Second_snippet_runs()
    {
        double[] energies = ScanExamples.Energies(), mu = ScanExamples.Mu();
        // snippet 1
        var workspace = new NormalizationWorkspace();
        var options = new PreEdgeOptions();
        double[] flat = new double[energies.Length];
        PreEdgeParameters used = PreEdgeKernel.Normalize(energies, mu, options, workspace, new PreEdgeCurves { Flat = flat });
        // end
        Assert.Equal(PreEdgeNormalizer.Normalize(energies, mu).Flat.ToArray(), flat);
        Assert.InRange(used.E0, 7111, 7113);
        AssertOnPage(1);
    }

    [Fact]
    public void Defaults_of_the_page_are_the_codes()
    {
        var (normalization, glitches, bins) = (new NormalizationOptions(), new DeglitchOptions(), new RebinOptions());
        Assert.Contains(FormattableString.Invariant($"over a range, {normalization.RangeFirst} to {normalization.RangeLast} eV about E0"), Page, StringComparison.Ordinal);
        Assert.Contains($"a run of up to {glitches.WidestGlitch} points", Page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"by more than {glitches.Threshold} robust standard deviations"), Page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"by more than {100 * glitches.SmallestDeviation} % of the range of mu"), Page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"From {glitches.ProtectFirst} to {glitches.ProtectLast} eV about E0 nothing is touched"), Page, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant(
            $"{bins.PreEdgeStep} eV steps up to {-bins.XanesFirst} eV below E0, {bins.XanesStep} eV to {bins.XanesLast} eV above it, then {bins.KStep}/angstrom"), Page, StringComparison.Ordinal);
    }

    private static void AssertOnPage(int number)
    {
        string source = File.ReadAllText(SharedData.Repository("tests", "Spectra", "Docs", "NormalizationPageTests.cs"));
        string body = source.Split($"        // snippet {number}\n")[1].Split("        // end\n")[0];
        string expected = string.Join('\n', body.Split('\n').Select(l => l.StartsWith("        ", StringComparison.Ordinal) ? l[8..] : l));
        Assert.Equal(expected, Page.Split("<!-- run -->\n```csharp\n")[number + 1].Split("```")[0]);
    }
}
