using System.Buffers;

namespace XanesMl.Spectra.Measured;

/// <summary>Kind of a word in a Perl list.</summary>
internal enum PerlToken
{
    /// <summary>Nothing, or the list is not complete.</summary>
    None,

    /// <summary>A string, number or bare word.</summary>
    Text,

    /// <summary>( [ or {.</summary>
    Open,

    /// <summary>) ] or }.</summary>
    Close,
}

/// <summary>Walks over the words of a Perl list as Data::Dumper writes them: strings in single or double quotes, numbers, undef, nested lists. Commas and
/// arrows separate and are skipped.</summary>
internal ref struct PerlTokens(ReadOnlySpan<byte> text)
{
    private static readonly SearchValues<byte> s_wordEnd = SearchValues.Create(" \t\r\n,;()[]{}"u8);

    private ReadOnlySpan<byte> _rest = text;
    private bool _escaped;

    /// <summary>Kind of the current word.</summary>
    public PerlToken Kind { get; private set; }

    /// <summary>The current word without its quotes, escapes as they stand.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The next word; false at the end of the text and within a string that does not end (Kind is None then).</summary>
    public bool MoveNext()
    {
        Kind = PerlToken.None;
        _rest = _rest.TrimStart(" \t\r\n,=>"u8);
        if (_rest.IsEmpty || _rest[0] == ';')
            return false;
        byte first = _rest[0];
        switch (first)
        {
            case (byte)'(' or (byte)'[' or (byte)'{':
                return Take(PerlToken.Open, 1);
            case (byte)')' or (byte)']' or (byte)'}':
                return Take(PerlToken.Close, 1);
            case (byte)'\'' or (byte)'"':
                return Quoted(first);
            default:
                int end = _rest.IndexOfAny(s_wordEnd);
                int length = end < 0 ? _rest.Length : Math.Max(1, end);
                _escaped = false;
                Value = _rest[..length];
                if (Value.SequenceEqual("undef"u8))
                    Value = default;
                _rest = _rest[length..];
                Kind = PerlToken.Text;
                return true;
        }
    }

    /// <summary>The current word as text: in Perl's single quotes a backslash only protects quotes and itself.</summary>
    public readonly string Text()
    {
        if (!_escaped)
            return MeasuredText.Decode(Value);
        var plain = new List<byte>(Math.Min(Value.Length, MeasuredLimits.HeaderChars));
        for (int i = 0; i < Value.Length && plain.Count < MeasuredLimits.HeaderChars; i++)
        {
            if (Value[i] == '\\' && i + 1 < Value.Length && Value[i + 1] is (byte)'\\' or (byte)'\'' or (byte)'"')
                i++;
            plain.Add(Value[i]);
        }

        return MeasuredText.Decode([.. plain]);
    }

    private bool Quoted(byte quote)
    {
        _escaped = false;
        int i = 1;
        while (i < _rest.Length && _rest[i] != quote)
        {
            if (_rest[i] == '\\')
            {
                _escaped = true;
                i++;
            }

            i++;
        }

        if (i >= _rest.Length)
            return false;
        Value = _rest[1..i];
        _rest = _rest[(i + 1)..];
        Kind = PerlToken.Text;
        return true;
    }

    private bool Take(PerlToken kind, int length)
    {
        Value = _rest[..length];
        _rest = _rest[length..];
        Kind = kind;
        return true;
    }
}
