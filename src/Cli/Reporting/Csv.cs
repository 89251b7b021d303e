using System.Globalization;
using System.Text;

namespace XanesMl.Cli.Reporting;

/// <summary>Text of a CSV file: invariant culture, nine digits, LF, an empty cell for a number that does not exist, quotes where a text needs them.</summary>
/// <param name="header">Column names.</param>
internal sealed class Csv(params IReadOnlyList<string> header)
{
    private readonly StringBuilder _text = new StringBuilder().AppendJoin(',', header.Select(Quoted)).Append('\n');

    /// <summary>Adds a row with a cell for each column: text, integers, float or double.</summary>
    public Csv Row(params ReadOnlySpan<object?> cells)
    {
        if (cells.Length != header.Count)
            throw new ArgumentException($"{cells.Length} cells for {header.Count} columns", nameof(cells));
        for (int i = 0; i < cells.Length; i++)
            _text.Append(i == 0 ? "" : ",").Append(cells[i] switch
            {
                null => "",
                string s => Quoted(s),
                float f => float.IsFinite(f) ? f.ToString("G9", CultureInfo.InvariantCulture) : "",
                double d => double.IsFinite(d) ? d.ToString("G9", CultureInfo.InvariantCulture) : "",
                IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
                var other => throw new ArgumentException($"a cell of type {other.GetType()}", nameof(cells)),
            });
        _text.Append('\n');
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\r\n") ? "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"" : text;
}
