namespace XanesMl.Spectra.Measured;

/// <summary>Splits a line into numbers. The first line with numbers decides on the separator (comma, semicolon, else white space) and the decimal mark.</summary>
internal sealed class FieldSplitter
{
    private double[] _numbers = new double[64];
    private bool _decided;

    /// <summary>Character between fields, a blank for white space.</summary>
    public char Separator { get; private set; } = ' ';

    /// <summary>True where numbers have decimal commas.</summary>
    public bool DecimalComma { get; private set; }

    /// <summary>The numbers of a line; fields of text become NaN. Valid until the next call.</summary>
    /// <param name="line">The line, trimmed.</param>
    /// <param name="columns">Fields of the rows so far; null before the first one.</param>
    /// <param name="numbers">The numbers.</param>
    /// <returns>False where the first field or most fields are text: no row of data.</returns>
    public bool TryNumbers(ReadOnlySpan<byte> line, int? columns, out ReadOnlySpan<double> numbers)
    {
        bool decidedNow = !_decided || columns is null;
        if (decidedNow)
            (Separator, DecimalComma) = Decide(line);
        int count = 0, numeric = 0;
        while (!line.IsEmpty && count < MeasuredLimits.Columns)
        {
            var field = Next(ref line);
            if (count == _numbers.Length)
                Array.Resize(ref _numbers, count * 2);
            if (TryNumber(field, out double value))
                numeric++;
            else
                value = double.NaN;
            _numbers[count++] = value;
        }

        numbers = _numbers.AsSpan(0, count);
        bool isRow = line.IsEmpty && numeric >= 2 && 2 * numeric > count && !double.IsNaN(_numbers[0]);
        _decided |= isRow;
        return isRow;
    }

    /// <summary>Splits a line of text with the same rules, for labels.</summary>
    public static List<string> Split(string line, char separator)
    {
        var fields = new List<string>();
        ReadOnlySpan<char> rest = line;
        while (!rest.IsEmpty && fields.Count <= MeasuredLimits.Columns)
        {
            int end = separator == ' ' ? rest.IndexOfAny(' ', '\t') : rest.IndexOf(separator);
            var field = (end < 0 ? rest : rest[..end]).Trim(" \t\"");
            rest = end < 0 ? default : rest[(end + 1)..];
            if (separator != ' ' || field.Length > 0)
                fields.Add(field.ToString());
        }

        if (fields.Count > 0 && fields[^1].Length == 0)
            fields.RemoveAt(fields.Count - 1);
        return fields;
    }

    private ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> line)
    {
        int end = Separator == ' ' ? line.IndexOfAny((byte)' ', (byte)'\t') : line.IndexOf((byte)Separator);
        var field = (end < 0 ? line : line[..end]).Trim(" \t\""u8);
        line = end < 0 ? default : line[(end + 1)..];
        line = Separator == ' ' ? line.TrimStart(" \t"u8) : line;
        if (!line.IsEmpty && line.Trim(" \t"u8).IsEmpty)
            line = default; // a separator at the end of the line
        return field;
    }

    private bool TryNumber(ReadOnlySpan<byte> field, out double value)
    {
        if (!DecimalComma || field.Length > 40)
            return MeasuredText.TryNumber(field, out value);
        Span<byte> copy = stackalloc byte[field.Length];
        field.CopyTo(copy);
        int comma = copy.IndexOf((byte)',');
        if (comma >= 0)
            copy[comma] = (byte)'.';
        return MeasuredText.TryNumber(copy, out value);
    }

    private static (char Separator, bool DecimalComma) Decide(ReadOnlySpan<byte> line)
    {
        bool comma = line.Contains((byte)',');
        bool semicolon = line.Contains((byte)';');
        if (!comma)
            return (semicolon ? ';' : ' ', false);
        // "8979,1 0,5" and "8979,1;0,5" have decimal commas, "8979, 0.5" and "8979.1,0.5" do not.
        bool decimals = !line.Contains((byte)'.') && line.IndexOf(", "u8) < 0 && line.IndexOf(",\t"u8) < 0
            && (semicolon || line.IndexOfAny((byte)' ', (byte)'\t') >= 0);
        return decimals ? (semicolon ? ';' : ' ', true) : (semicolon ? ';' : ',', false);
    }
}
