namespace XanesMl.Spectra.Reading;

/// <summary>Walks over the fields of one CSV line: commas between fields, a field in double quotes may hold commas and doubled quotes,
/// blanks around an unquoted field do not count. A quoted field ends on its line.</summary>
internal ref struct CsvFields(ReadOnlySpan<byte> line)
{
    private ReadOnlySpan<byte> _rest = line;
    private bool _done;

    /// <summary>The field, without its quotes and surrounding blanks.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>Number of the current field, counted from 1; after the last one, the number of fields.</summary>
    public int Number { get; private set; }

    /// <summary>Set when a quote is not closed, or text follows the closing quote.</summary>
    public bool Malformed { get; private set; }

    public bool MoveNext()
    {
        if (_done)
            return false;
        Number++;
        if (_rest.Length > 0 && _rest[0] == '"')
            return MoveQuoted();
        int comma = _rest.IndexOf((byte)',');
        if (comma < 0)
        {
            Current = Trim(_rest);
            _done = true;
        }
        else
        {
            Current = Trim(_rest[..comma]);
            _rest = _rest[(comma + 1)..];
        }

        return true;
    }

    private bool MoveQuoted()
    {
        bool doubled = false;
        int i = 1;
        while (true)
        {
            int quote = _rest[i..].IndexOf((byte)'"');
            if (quote < 0)
                return Stop();
            i += quote;
            if (i + 1 >= _rest.Length || _rest[i + 1] != '"')
                break;
            doubled = true;
            i += 2;
        }

        Current = doubled ? Undouble(_rest[1..i]) : _rest[1..i];
        var after = _rest[(i + 1)..].TrimStart((byte)' ');
        if (after.IsEmpty)
            _done = true;
        else if (after[0] == ',')
            _rest = after[1..];
        else
            return Stop();
        return true;
    }

    private bool Stop()
    {
        Malformed = true;
        _done = true;
        Current = _rest;
        return true;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> field)
    {
        // Almost every field is a number without blanks: look before calling the general Trim.
        if (field.Length > 0 && (field[0] <= ' ' || field[^1] <= ' '))
            return field.Trim(" \t"u8);
        return field;
    }

    private static byte[] Undouble(ReadOnlySpan<byte> quoted)
    {
        var plain = new byte[quoted.Length];
        int n = 0;
        for (int i = 0; i < quoted.Length; i++)
        {
            plain[n++] = quoted[i];
            if (quoted[i] == '"')
                i++;
        }

        return plain[..n];
    }
}
