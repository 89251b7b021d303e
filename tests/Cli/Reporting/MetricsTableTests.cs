using XanesMl.Cli.Reporting;

namespace XanesMl.Cli.Tests.Reporting;

public sealed class MetricsTableTests
{
    [Fact]
    public void Table_shows_the_model_beside_its_baselines()
    {
        // Oracle: written by hand from SampleReport.
        string[] lines = MetricsTable.Descriptors(SampleReport.Create()).TrimEnd('\n').Split('\n');
        Assert.Equal("                  ----- this model ------  constant  ----- 5-NN -----  ---- ridge -----", lines[0]);
        Assert.Equal("descriptor  unit  Spearman     R2     MAE       MAE  Spearman     MAE  Spearman     MAE", lines[1]);
        Assert.Equal(["CT", "e", "0.957", "0.910", "0.0398", "0.195", "0.957", "0.0412", "0.927", "0.0561"], lines[3].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["CN", "-", "0.897", "0.850", "0.312", "0.905", "0.897", "0.283", "-", "0.410"], lines[4].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(lines, l => Assert.InRange(l.Length, 1, 100));
        Assert.DoesNotContain('\u001b', string.Concat(lines));
    }

    [Fact]
    public void Table_without_baselines_has_the_models_columns_only()
    {
        string[] lines = MetricsTable.Descriptors(SampleReport.Create(baselines: false)).Split('\n');
        Assert.Equal("descriptor  unit  Spearman     R2     MAE", lines[0]);
    }

    [Fact]
    public void Notes_say_where_a_simple_method_is_better_and_what_reconstruction_reaches()
    {
        string notes = MetricsTable.Notes(SampleReport.Create());
        Assert.Contains("larger MAE than 5-NN: CN (MAE 0.312 against 0.283)", notes, StringComparison.Ordinal);
        Assert.DoesNotContain("CT (MAE", notes, StringComparison.Ordinal);
        Assert.Contains("reconstruction MAE 0.0278 +- 0.0120 (PCA with 3 components: 0.0285)", notes, StringComparison.Ordinal);
        Assert.Contains("max inter-style |Spearman| 0.410, with a free style 0.200", notes, StringComparison.Ordinal);
        Assert.Contains("weighted F1 0.860", notes, StringComparison.Ordinal);
    }
}
