using XanesMl.Cli.Reporting;
using XanesMl.Training.Evaluation;

namespace XanesMl.Cli.Tests.Reporting;

/// <summary>Findings as sentences of the summary, as a section and as CSV.</summary>
public sealed class FindingsSectionTests
{
    private static Finding Made(FindingSource source, double effect, bool found = true, string? moves = null) => new()
    {
        Text = $"text {source}", Descriptor = "CT", Source = source, Kind = FindingKind.Feature, Quantity = "edge position", EffectUnit = "eV", Energy = moves is null ? 12.34 : double.NaN, Effect = moves is null ? effect : double.NaN,
        Error = 0.5, Low = effect - 1, High = effect + 1, P = 0.01, Q = 0.02, RangeFrom = 0.25, RangeTo = 0.75, RangeUnit = "e", Rows = 80, Looked = 100, Materials = 40, Found = found && moves is null, Moves = moves,
    };

    private static FindingsResult Result(TrendVerdict verdict, FindingAgreement agreement, Finding? model, Finding? data) => new()
    {
        Features = [new FindingPair("CT", "edge position", model, data, agreement)], Regions = [], Notes = ["a note"], Options = new FindingsOptions(),
        KnownTrends = [new KnownTrend("edge shift with oxidation state", "CT", 1, model, data, verdict, "trend text")],
    };

    /// <summary>Opposite signs must not read as agreement, and what only the data have is not "not found".</summary>
    [Theory]
    [InlineData(TrendVerdict.Both, 2, 2, "found in model and data (model +2.00 ± 0.50 eV over CT 0.25 to 0.75 e; data +2.00")]
    [InlineData(TrendVerdict.OppositeSigns, 2, -2, "found in model and data with opposite signs (model +2.00 ± 0.50 eV over CT 0.25 to 0.75 e; data -2.00")]
    [InlineData(TrendVerdict.ModelOnly, 2, 0, "found in the model only (")]
    [InlineData(TrendVerdict.DataOnly, 0, 2, "found in the data only, not in the model (")]
    [InlineData(TrendVerdict.Neither, 0, 0, "found neither in the model nor in the data (")]
    public void The_summary_says_the_verdict_with_both_numbers(TrendVerdict verdict, double model, double data, string words)
    {
        string summary = FindingsSection.Summary(Result(verdict, FindingAgreement.Neither, Made(FindingSource.Model, model), Made(FindingSource.Data, data)))!;
        Assert.Contains("edge shift with oxidation state " + words, summary, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_has_both_energies_ranges_rows_and_materials()
    {
        var page = new HtmlPage("x");
        FindingsSection.Write(page, Result(TrendVerdict.Both, FindingAgreement.SameSign, Made(FindingSource.Model, 2), Made(FindingSource.Data, 4)), "rows");
        string html = page.ToString();
        Assert.Equal(2, html.Split(">0.25 to 0.75 e<").Length - 1);
        Assert.Equal(2, html.Split(">+12.3<").Length - 1);
        Assert.Equal(2, html.Split(">80 (40)<").Length - 1);
        Assert.Contains("both, of other size or place", html, StringComparison.Ordinal);
        var moving = new HtmlPage("x");
        FindingsSection.Write(moving, Result(TrendVerdict.Neither, FindingAgreement.ChangesPlace, Made(FindingSource.Model, 0, moves: "why"), null), "rows");
        Assert.Contains("which is no motion: edge position with CT.", moving.ToString(), StringComparison.Ordinal);
        var half = new HtmlPage("x");
        FindingsSection.Write(half, Result(TrendVerdict.Neither, FindingAgreement.ChangesPlace, Made(FindingSource.Model, 2), Made(FindingSource.Data, 0, moves: "why")), "rows");
        Assert.Contains(">changes place<", half.ToString(), StringComparison.Ordinal);
        Assert.Contains("model; changes place in the data", half.ToString(), StringComparison.Ordinal);
        Assert.Contains("text Model", moving.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", moving.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_csv_has_every_test()
    {
        string[] lines = FindingsSection.Csv(Result(TrendVerdict.Both, FindingAgreement.Both, Made(FindingSource.Model, 2), Made(FindingSource.Data, 0, moves: "why"))).TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal("kind,descriptor,range_unit,range_from,range_to,quantity,unit,source,rows,rows_looked_at,materials,energy_ev,region_from_ev,region_to_ev,effect,error,low,high,p,q,found,agreement,text", lines[0]);
        Assert.Equal("feature,CT,e,0.25,0.75,edge position,eV,model,80,100,40,12.34,,,2,0.5,1,3,0.01,0.02,yes,both,text Model", lines[1]);
        Assert.Contains(",data,80,100,40,,,,,", lines[2], StringComparison.Ordinal);
        Assert.Contains(",changes place,", lines[2], StringComparison.Ordinal);
    }
}
