using XanesMl.Spectra.Reading;

namespace XanesMl.Spectra.Measured;

/// <summary>Reads a project that is written as Perl assignments of lists. The text is only split into words; no Perl is run.</summary>
internal static class AthenaPerl
{
    private const int MostContinuedLines = 64;
    private const int MostContinuedBytes = 1 << 20;

    /// <summary>The groups of a project.</summary>
    public static IReadOnlyList<AthenaGroup> Read(Stream content, string path, MeasuredReadOptions options)
    {
        var lines = new LineReader(content, path, "Save the project again.");
        var groups = new List<AthenaGroup>();
        var group = new AthenaGroup();
        int values = 0;
        byte[] continued = [];
        int continuedLines = 0;
        while (lines.TryRead(out var bytes))
        {
            var line = bytes.Trim(" \t\r"u8);
            if (continued.Length > 0)
                line = continued = [.. continued, (byte)'\n', .. line];
            if (line.IsEmpty || line[0] == '#')
                continue;
            if (line.StartsWith("[record]"u8))
            {
                Add(groups, group, path, options);
                group = new AthenaGroup();
                continue;
            }

            if (!TryStatement(line, group, ref values, options.MaxValues, path, lines.LineNumber))
            {
                // A string with a line break in it goes on in the next line.
                if (++continuedLines > MostContinuedLines || line.Length > MostContinuedBytes)
                    throw new XanesDataException("a list of the project does not end", path, lines.LineNumber, remedy: "The project is damaged or cut off; save it again.");
                continued = line.ToArray();
                continue;
            }

            (continued, continuedLines) = ([], 0);
        }

        return continued.Length == 0 ? groups
            : throw new XanesDataException("the project ends within a list: it has been cut off", path, lines.LineNumber, remedy: "Copy the project again.");
    }

    private static void Add(List<AthenaGroup> groups, AthenaGroup group, string path, MeasuredReadOptions options)
    {
        if (group.X.Length == 0 && group.Parameters.Count == 0)
            return;
        if (groups.Count == options.MaxSpectra)
            throw new XanesDataException($"the project holds more than {options.MaxSpectra} groups", path, remedy: "Raise the limit or split the project.");
        groups.Add(group);
    }

    // False where the statement is not complete yet.
    private static bool TryStatement(ReadOnlySpan<byte> line, AthenaGroup group, ref int values, int most, string path, long lineNumber)
    {
        if (line[0] is not ((byte)'$' or (byte)'@'))
            return true; // %indicator, "1;" and the editor's settings
        int equals = line.IndexOf((byte)'=');
        if (equals < 0)
            return true;
        var name = line[1..equals].Trim(" \t"u8);
        var tokens = new PerlTokens(line[(equals + 1)..]);
        if (name.SequenceEqual("old_group"u8))
        {
            if (tokens.MoveNext() && tokens.Kind == PerlToken.Text)
                group.Id = MeasuredText.Value(tokens.Text()) ?? "";
            return true;
        }

        if (name.SequenceEqual("args"u8))
            return TryParameters(ref tokens, group);
        if (!name.SequenceEqual("x"u8) && !name.SequenceEqual("y"u8))
            return true; // i0, signal, stddev and others are not needed: y is what was made of them
        if (!TryNumbers(ref tokens, ref values, most, path, lineNumber, out double[] numbers))
            return false;
        if (name[0] == 'x')
            group.X = numbers;
        else
            group.Y = numbers;
        return true;
    }

    private static bool TryNumbers(ref PerlTokens tokens, ref int values, int most, string path, long line, out double[] numbers)
    {
        var list = new List<double>();
        while (tokens.MoveNext() && tokens.Kind != PerlToken.Close)
        {
            if (tokens.Kind == PerlToken.Open)
                continue;
            if (++values > most)
                throw new XanesDataException($"the project holds more than {most} numbers", path, line, remedy: "Split the project.");
            list.Add(MeasuredText.TryNumber(tokens.Value, out double value) ? value : double.NaN);
        }

        numbers = [.. list];
        return tokens.Kind == PerlToken.Close;
    }

    private static bool TryParameters(ref PerlTokens tokens, AthenaGroup group)
    {
        string? key = null;
        var nested = new List<string>();
        int depth = 0;
        while (tokens.MoveNext())
        {
            switch (tokens.Kind)
            {
                case PerlToken.Open:
                    if (++depth > MeasuredLimits.Depth)
                        return true; // no real parameter is nested so deep: what was read so far is kept
                    break;
                case PerlToken.Close:
                    if (--depth == 0)
                        return true;
                    if (depth == 1)
                    {
                        if (key is not null)
                            group.Set(key, string.Join('\n', nested));
                        key = null;
                        nested.Clear();
                    }

                    break;
                default:
                    string text = tokens.Text();
                    if (depth > 1)
                    {
                        if (nested.Count < MeasuredLimits.MetadataEntries)
                            nested.Add(text);
                    }
                    else if (key is null)
                    {
                        key = text;
                    }
                    else
                    {
                        group.Set(key, text);
                        key = null;
                    }

                    break;
            }
        }

        return false;
    }
}
