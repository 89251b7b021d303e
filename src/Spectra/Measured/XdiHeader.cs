using System.Globalization;
using System.Text.RegularExpressions;

namespace XanesMl.Spectra.Measured;

/// <summary>Reads the header of an XDI file: "# Namespace.key: value" lines down to "# ///" or a rule, as the XDI 1.0 specification has them.</summary>
internal static partial class XdiHeader
{
    /// <summary>True for a first line "# XDI/1.0 ...".</summary>
    public static bool IsXdi(string firstLine) => Version().IsMatch(firstLine);

    /// <summary>Fills in what the header says and returns the table of its columns.</summary>
    public static ColumnTable Read(TextBlock block, SpectrumSource source)
    {
        var labels = new string?[block.Columns];
        var units = new string?[block.Columns];
        var comments = new List<string>();
        bool inComments = false;
        for (int i = 0; i < block.Header.Count; i++)
        {
            string text = block.Header[i].Text;
            if (i == 0)
            {
                var version = Version().Match("#" + text);
                source.Format = $"XDI {version.Groups[1].Value}";
                source.Keep("XDI.applications", version.Groups[2].Value);
            }
            else if (text.StartsWith("///", StringComparison.Ordinal))
            {
                inComments = true;
            }
            else if (text.StartsWith("---", StringComparison.Ordinal))
            {
                break;
            }
            else if (inComments)
            {
                comments.Add(text);
            }
            else if (Field().Match(text) is { Success: true } field)
            {
                Entry(field.Groups[1].Value, field.Groups[2].Value.Trim(), labels, units, source);
            }
        }

        source.Keep("comments", string.Join('\n', comments));
        bool complete = Array.TrueForAll(labels, l => l is not null);
        IReadOnlyList<string>? names = complete ? labels! : HeaderLabels.Find(block);
        return new ColumnTable(names, block.Values, block.Columns, complete ? units : null);
    }

    private static void Entry(string key, string value, string?[] labels, string?[] units, SpectrumSource source)
    {
        string lower = key.ToLowerInvariant();
        if (lower.StartsWith("column.", StringComparison.Ordinal))
        {
            if (int.TryParse(lower.AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n >= 1 && n <= labels.Length)
                Column(value, out labels[n - 1], out units[n - 1]);
            return;
        }

        source.Keep(key, value);
        switch (lower)
        {
            case "element.symbol" or "scan.element":
                source.Element ??= MeasuredText.Element(value);
                break;
            case "element.edge" or "scan.edge":
                source.Edge ??= MeasuredText.Edge(value);
                break;
            case "scan.edge_energy" or "element.edge_energy" or "scan.e0":
                source.StatedE0 ??= Energy(value);
                break;
            case "sample.name":
                source.Sample = MeasuredText.Value(value);
                break;
            case "sample.formula" or "sample.stoichiometry":
                source.Sample ??= MeasuredText.Value(value);
                break;
            case "facility.name":
                source.Facility = MeasuredText.Value(value);
                break;
            case "beamline.name":
                source.Beamline = MeasuredText.Value(value);
                break;
            case "mono.d_spacing" or "mono.dspacing":
                source.DSpacing = MeasuredText.Number(value.Split(' ')[0]) is { } d and > 0.1 and < 100 ? d : null;
                break;
        }
    }

    // "energy eV || 13BMA:E:Energy.VAL": label, unit, and after || or | what the beamline calls it.
    private static void Column(string value, out string label, out string? unit)
    {
        int bar = value.IndexOf('|', StringComparison.Ordinal);
        string[] words = (bar < 0 ? value : value[..bar]).Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        label = words.Length > 0 ? words[0] : "?";
        unit = words.Length > 1 ? words[1] : null;
    }

    private static double? Energy(string value) => MeasuredText.Number(value.Split(' ')[0]) switch
    {
        { } e and > 0 when value.Contains("keV", StringComparison.OrdinalIgnoreCase) => e * 1000,
        { } e and > 0 => e,
        _ => null,
    };

    [GeneratedRegex(@"^[#%*;!]?\s*XDI/(\d+(?:\.\d+){0,3})\b\s*(.*)$")]
    private static partial Regex Version();

    [GeneratedRegex(@"^([A-Za-z_]\w{0,60}\.[^:]{1,120}?)\s{0,20}:(.*)$")]
    private static partial Regex Field();
}
