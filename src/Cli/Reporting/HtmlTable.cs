namespace XanesMl.Cli.Reporting;

/// <summary>A table of a page; all texts are plain and are encoded by the page.</summary>
/// <param name="Header">Column heads.</param>
internal sealed record HtmlTable(params IReadOnlyList<string> Header)
{
    private readonly List<(string[] Cells, RowLook Look)> _rows = [];

    /// <summary>One line above the table, or null.</summary>
    public string? Caption { get; init; }

    /// <summary>Heads above the heads, each with the number of columns that it spans; empty for none.</summary>
    public IReadOnlyList<(string Name, int Columns)> Groups { get; init; } = [];

    /// <summary>Columns whose cells are words and so stand left; the first always does.</summary>
    public IReadOnlyCollection<int> Words { get; init; } = [];

    /// <summary>Rows in their order.</summary>
    public IReadOnlyList<(string[] Cells, RowLook Look)> Rows => _rows;

    /// <summary>Adds a row with a cell for each column.</summary>
    public HtmlTable Add(IEnumerable<string> cells, RowLook look = RowLook.Plain)
    {
        string[] row = [.. cells];
        if (row.Length != Header.Count)
            throw new ArgumentException($"{row.Length} cells for {Header.Count} columns", nameof(cells));
        _rows.Add((row, look));
        return this;
    }
}

/// <summary>How a row of a table looks.</summary>
internal enum RowLook
{
    /// <summary>As the others.</summary>
    Plain,

    /// <summary>On the colour of a warning; the text must say what it means.</summary>
    Marked,

    /// <summary>Bold.</summary>
    Strong,
}
