using System.Globalization;
using System.Text;
using System.Text.Json;
using XanesMl.Cli.Terminal;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Cli.Normalizing;

/// <summary>One line a spectrum: as CSV for summary.csv, as JSON, and as a table for people.</summary>
internal static class NormalizeSummary
{
    /// <summary>Columns of summary.csv and keys of the JSON.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    [
        "file", "spectrum", "output", "format", "columns", "element", "element_from", "edge", "kind", "was_normalized", "points", "e0", "edge_step", "pre1", "pre2", "norm1", "norm2", "nnorm", "nvict",
        "range_first", "range_last", "mback_scale", "shift", "shift_by_edges", "correlation_before", "correlation_after", "glitches_removed", "warnings", "error",
    ];

    /// <summary>The header and a line a spectrum.</summary>
    public static string Csv(IEnumerable<NormalizeOutcome> outcomes)
    {
        var text = new StringBuilder(string.Join(',', Columns)).Append('\n');
        foreach (var o in outcomes)
            text.AppendJoin(',', Cells(o).Select(c => Quoted(Text(c)))).Append('\n');
        return text.ToString();
    }

    /// <summary>One JSON object; what does not apply is null.</summary>
    public static string Json(NormalizeOutcome outcome)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (name, cell) in Columns.Zip(Cells(outcome)))
            {
                json.WritePropertyName(name);
                switch (cell)
                {
                    case double v when double.IsFinite(v): json.WriteNumberValue(v); break;
                    case int v: json.WriteNumberValue(v); break;
                    case bool v: json.WriteBooleanValue(v); break;
                    case string v: json.WriteStringValue(v); break;
                    case IReadOnlyList<string> list: JsonSerializer.Serialize(json, list); break;
                    default: json.WriteNullValue(); break;
                }
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>The short table that goes to the terminal.</summary>
    public static string Table(IReadOnlyList<NormalizeOutcome> outcomes)
    {
        bool shifts = outcomes.Any(o => o.Shift != 0 || o.Alignment is not null);
        string[] header = ["spectrum", "element", "kind", "E0 (eV)", "edge step", .. shifts ? ["shift (eV)"] : (string[])[], "warnings"];
        var table = new TextTable(header);
        foreach (var o in outcomes.Where(o => o.Result is not null))
        {
            string file = Path.GetFileName(o.File);
            string name = Shortened(SafeText.OneLine(o.OutputName ?? (Path.GetFileNameWithoutExtension(file) == o.Name ? file : file + " " + o.Name)));
            string[] shift = shifts ? [o.Shift.ToString("0.00", CultureInfo.InvariantCulture)] : [];
            table.Add([name, o.Element ?? "-", Word(o), Number(o.Result!.E0, "0.00"), Number(o.Result.EdgeStep, "G4"), .. shift, o.Warnings.Count.ToString(CultureInfo.InvariantCulture)]);
        }

        return table.ToString();
    }

    /// <summary>Name of a way on the command line.</summary>
    public static string Word(NormalizationKind kind) => kind switch
    {
        NormalizationKind.PreEdge => "pre-edge",
        NormalizationKind.MinMax => "min-max",
        NormalizationKind.Area => "area",
        NormalizationKind.Mback => "mback",
        _ => "none",
    };

    /// <summary>A CSV cell.</summary>
    public static string Quoted(string text)
    {
        text = SafeText.OneLine(text);
        return text.AsSpan().IndexOfAny(",\"") >= 0 || text.StartsWith('#') || text.Trim().Length != text.Length ? '"' + text.Replace("\"", "\"\"", StringComparison.Ordinal) + '"' : text;
    }

    private static string Word(NormalizeOutcome o) => o.Result!.WasNormalized ? "was normalized" : Word(o.Result.Kind);

    private static object?[] Cells(NormalizeOutcome o)
    {
        var r = o.Result;
        var a = o.Alignment;
        return
        [
            o.File, o.Name, o.OutputName is { } name ? name + ".csv" : null, o.Spectrum?.Format, o.Spectrum?.Columns, o.Element, o.ElementFrom.Length > 0 ? o.ElementFrom : null, o.Edge,
            r is null ? null : Word(r.Kind), r?.WasNormalized, o.Spectrum?.Energies.Length, r?.E0, r?.EdgeStep, r?.Limits?.Pre1, r?.Limits?.Pre2, r?.Limits?.Norm1, r?.Limits?.Norm2, r?.NNorm, r?.NVict,
            r?.Range?.First, r?.Range?.Last, r?.Mback?.Scale, r is null ? null : o.Shift, a?.EdgeShift, a?.CorrelationBefore, a?.CorrelationAfter, r is null ? null : o.Removed.Count, o.Warnings, o.Error,
        ];
    }

    private static string Text(object? cell) => cell switch
    {
        null => "",
        double v => double.IsFinite(v) ? v.ToString("R", CultureInfo.InvariantCulture) : "",
        bool v => v ? "true" : "false",
        IReadOnlyList<string> list => string.Join("; ", list),
        _ => Convert.ToString(cell, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static string Shortened(string text) => text.Length <= 48 ? text : text[..45] + "...";
}
