using XanesMl.Cli.Terminal;

namespace XanesMl.Cli.Tests.Terminal;

public sealed class TextTableTests
{
    [Fact]
    public void Columns_align_and_titles_span_their_columns()
    {
        var table = new TextTable(["name", "Spearman", "MAE", "MAE"], ("", 1), ("model", 2), ("constant", 1));
        table.Add("CT", "0.912", "0.05", "0.1");
        table.Add("MOOD", "-", "12.5", "0.25");
        // Oracle: written by hand.
        Assert.Equal("""
                  --- model ----  constant
            name  Spearman   MAE       MAE
            ------------------------------
            CT       0.912  0.05       0.1
            MOOD         -  12.5      0.25

            """.Replace("\r", "", StringComparison.Ordinal), table.ToString());
    }

    [Fact]
    public void Row_of_another_width_is_refused() => Assert.Throws<ArgumentException>(() => new TextTable(["a", "b"]).Add("1"));
}
