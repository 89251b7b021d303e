using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

namespace XanesMl.Spectra.Measured;

/// <summary>Finds the labels of columns in the header above them, in the ways that beamlines write them.</summary>
internal static partial class HeaderLabels
{
    private const int LastLines = 4;
    private const int MostChars = 200;

    private static readonly SearchValues<char> s_rule = SearchValues.Create("-=_*#+ ");

    /// <summary>The labels, one a column, or null where the header has none.</summary>
    public static IReadOnlyList<string>? Find(TextBlock block) =>
        All(block) is { } labels ? [.. labels.Select(l => l.Length > MostChars ? l[..MostChars] : l)] : null;

    private static string[]? All(TextBlock block) =>
        OneALine(block) ?? DetectorModes(block) ?? NumberedList(block) ?? NumberedTokens(block) ?? LastLine(block);

    // SSRL's data collectors: "Data:", then a line for each column.
    private static string[]? OneALine(TextBlock block)
    {
        var header = block.Header;
        int start = -1;
        for (int i = 0; i < header.Count; i++)
            if (header[i].Mark == '\0' && header[i].Text.Equals("Data:", StringComparison.OrdinalIgnoreCase))
                start = i + 1;
        return start >= 0 && header.Count - start == block.Columns ? [.. header.Skip(start).Select(h => h.Text)] : null;
    }

    // The 9809 format of Japanese beamlines: angles and channels above, and a line "Mode 0 0 1 2 3" that says what each channel is.
    private static string[]? DetectorModes(TextBlock block)
    {
        for (int i = 1; i < block.Header.Count; i++)
        {
            var modes = FieldSplitter.Split(block.Header[i].Text, ' ');
            var names = FieldSplitter.Split(block.Header[i - 1].Text, ' ');
            if (modes.Count != block.Columns || names.Count != block.Columns || modes[0] != "Mode" || names[0] != "Angle(c)")
                continue;
            return [.. names.Select((n, c) => c == 0 ? n : modes[c] switch { "1" => "i0", "2" => "itrans", "3" => "ifluor", _ => n })];
        }

        return null;
    }

    // APS LabVIEW: "#  1) Mono Energy *  11) XMAP4:TiKa_Sum". Its own line of labels is cut to a fixed width, this list is not.
    private static string[]? NumberedList(TextBlock block)
    {
        var labels = new string?[block.Columns];
        int found = 0;
        foreach (var line in block.Header)
        {
            var marks = ListNumber().Matches(line.Text);
            for (int i = 0; i < marks.Count; i++)
            {
                int from = marks[i].Index + marks[i].Length, to = i + 1 < marks.Count ? marks[i + 1].Index : line.Text.Length;
                if (!int.TryParse(marks[i].Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1 || number > labels.Length)
                    continue;
                string label = line.Text[from..to].Trim().TrimEnd('*').Trim();
                if (label.Length > 0 && labels[number - 1] is null)
                    found++;
                labels[number - 1] ??= label;
            }
        }

        return found == labels.Length ? [.. labels.Select(l => l!)] : null;
    }

    // APS 12BM: "#C 1_Energy (keV) 2_sec 3_mononrg".
    private static string[]? NumberedTokens(TextBlock block)
    {
        foreach (var line in block.Header.Reverse().Take(LastLines))
        {
            var marks = TokenNumber().Matches(line.Text);
            if (marks.Count != block.Columns)
                continue;
            var labels = new string[marks.Count];
            for (int i = 0; i < marks.Count; i++)
            {
                if (marks[i].Groups[1].Value != (i + 1).ToString(CultureInfo.InvariantCulture))
                    return null;
                int from = marks[i].Index + marks[i].Length, to = i + 1 < marks.Count ? marks[i + 1].Index : line.Text.Length;
                labels[i] = line.Text[from..to].Trim();
            }

            return labels;
        }

        return null;
    }

    // Of the lines above the data that could be labels the one with most names we know, so that a line of units below the names does not hide them.
    private static string[]? LastLine(TextBlock block)
    {
        int tried = 0, most = -1;
        List<string>? best = null;
        foreach (var line in block.Header.Reverse())
        {
            if (line.Text.AsSpan().IndexOfAnyExcept(s_rule) < 0)
                continue; // a rule
            if (tried++ == LastLines)
                break;
            string text = line.Text;
            if (line.Mark == '#' && text.StartsWith("L ", StringComparison.Ordinal))
                text = text[2..]; // SPEC
            if (Split(text, block) is not { } labels)
                continue;
            labels = Replaced(labels, block.Header);
            int known = labels.Count(l => ColumnRoles.Of(l).Role != MeasuredRole.Other);
            if (known > most)
                (best, most) = (labels, known);
        }

        return best is null ? null : [.. best];
    }

    private static List<string>? Split(string text, TextBlock block)
    {
        foreach (var fields in Candidates(text, block.Separator))
        {
            if (fields.Count == block.Columns + 1 && fields[^1] == "@#")
                fields.RemoveAt(block.Columns); // FEFF ends its line with this mark
            if (fields.Count == block.Columns && fields.Any(f => f.Any(char.IsLetter)) && fields.Count(f => MeasuredText.Number(f) is not null) <= fields.Count / 2)
                return fields;
        }

        return null;
    }

    private static IEnumerable<List<string>> Candidates(string text, char separator)
    {
        if (separator != ' ')
            yield return FieldSplitter.Split(text, separator);
        if (text.Contains('\t', StringComparison.Ordinal))
            yield return FieldSplitter.Split(text, '\t');
        if (text.Contains("  ", StringComparison.Ordinal))
            yield return [.. WideGap().Split(text.Trim())];
        yield return FieldSplitter.Split(text, ' ');
        yield return FieldSplitter.Split(Bracketed().Replace(text, "$1"), ' ');
        if (separator == ' ' && text.Contains(',', StringComparison.Ordinal))
            yield return FieldSplitter.Split(text, ',');
    }

    // APS 13ID: "; D1 = {I0} --> 13BMD:scaler1_calc2.VAL" above, "D1" in the line of labels.
    private static List<string> Replaced(List<string> labels, IReadOnlyList<HeaderLine> header)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in header)
            if (Definition().Match(line.Text) is { Success: true } m)
                names[m.Groups[1].Value] = m.Groups[2].Value.Trim();
        return names.Count == 0 ? labels : labels.ConvertAll(l => names.GetValueOrDefault(l, l));
    }

    [GeneratedRegex(@"(?:^|\s)(\d{1,4})\)\s")]
    private static partial Regex ListNumber();

    [GeneratedRegex(@"(?:^|\s)(\d{1,4})_(?=\S)")]
    private static partial Regex TokenNumber();

    [GeneratedRegex(@"\s{2,}")]
    private static partial Regex WideGap();

    [GeneratedRegex(@"(?<!\s)\s+([(\[][^()\[\]]{0,40}[)\]])")]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"^(\w{1,8}) = \{([^{}]{1,200})\}")]
    private static partial Regex Definition();
}
