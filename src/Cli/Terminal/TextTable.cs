using System.Text;

namespace XanesMl.Cli.Terminal;

/// <summary>A table in plain text: the first column to the left, the others to the right, two spaces between.</summary>
internal sealed class TextTable
{
    private readonly List<string[]> _rows = [];
    private readonly string[] _header;
    private readonly (string Title, int Columns)[] _groups;

    /// <summary>Starts a table.</summary>
    /// <param name="header">Column names.</param>
    /// <param name="groups">Titles above the columns with the number of columns each spans; empty = no such line.</param>
    public TextTable(string[] header, params (string Title, int Columns)[] groups) => (_header, _groups) = (header, groups);

    /// <summary>Adds a row with one cell a column.</summary>
    public void Add(params string[] cells)
    {
        if (cells.Length != _header.Length)
            throw new ArgumentException($"{_header.Length} columns, {cells.Length} cells", nameof(cells));
        _rows.Add(cells);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        int[] width = [.. _header.Select((h, c) => Math.Max(h.Length, _rows.Count == 0 ? 0 : _rows.Max(r => r[c].Length)))];
        var text = new StringBuilder();
        if (_groups.Length > 0)
        {
            Widen(width);
            AppendGroups(text, width);
        }

        AppendLine(text, _header, width);
        text.Append('-', width.Sum() + (2 * (width.Length - 1))).Append('\n');
        foreach (string[] row in _rows)
            AppendLine(text, row, width);
        return text.ToString();
    }

    /// <summary>Makes room for titles that are longer than their columns.</summary>
    private void Widen(int[] width)
    {
        int column = 0;
        foreach (var (title, columns) in _groups)
        {
            int span = width.AsSpan(column, columns).ToArray().Sum() + (2 * (columns - 1));
            column += columns;
            width[column - 1] += Math.Max(0, title.Length - span);
        }
    }

    private void AppendGroups(StringBuilder text, int[] width)
    {
        int column = 0;
        var line = new StringBuilder();
        foreach (var (title, columns) in _groups)
        {
            int span = width.Skip(column).Take(columns).Sum() + (2 * (columns - 1));
            // A rule on both sides shows which columns a title covers: "--- 5-NN ---".
            int rule = span - title.Length - 2;
            string shown = title.Length == 0 ? new string(' ', span) : rule < 2 ? title.PadLeft(span)
                : new string('-', rule / 2) + " " + title + " " + new string('-', rule - (rule / 2));
            line.Append(column == 0 ? "" : "  ").Append(shown);
            column += columns;
        }

        text.Append(line.ToString().TrimEnd()).Append('\n');
    }

    private static void AppendLine(StringBuilder text, string[] cells, int[] width)
    {
        var line = new StringBuilder();
        for (int c = 0; c < cells.Length; c++)
            line.Append(c == 0 ? cells[c].PadRight(width[c]) : "  " + cells[c].PadLeft(width[c]));
        text.Append(line.ToString().TrimEnd()).Append('\n');
    }
}
