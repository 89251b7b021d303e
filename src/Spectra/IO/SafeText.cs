using System.Globalization;
using System.Text;

namespace XanesMl.Spectra.IO;

/// <summary>Text of files and exceptions made fit for terminals and result files: input must not move a cursor, forge a line or turn text round.</summary>
public static class SafeText
{
    /// <summary>For messages: line breaks and tabs become one space, other control characters \xNN.</summary>
    public static string OneLine(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Any(IsUnsafe))
            return text.TrimEnd();
        var s = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is not ('\r' or '\n' or '\t'))
                Append(s, c);
            else if (s.Length == 0 || s[^1] != ' ')
                s.Append(' ');
        }

        return s.ToString().TrimEnd();
    }

    /// <summary>For cells: every control character becomes \xNN (or \uNNNN), so that different names stay different.</summary>
    public static string Escaped(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Any(IsUnsafe))
            return text;
        var s = new StringBuilder(text.Length + 8);
        foreach (char c in text)
            Append(s, c);
        return s.ToString();
    }

    /// <summary>A sentence as a part of a longer one: without blanks and the full stop at its end. An ellipsis stays.</summary>
    public static string Clause(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.TrimEnd();
        return trimmed.EndsWith('.') && !trimmed.EndsWith("..", StringComparison.Ordinal) ? trimmed[..^1] : trimmed;
    }

    private static void Append(StringBuilder s, char c)
    {
        if (!IsUnsafe(c))
            s.Append(c);
        else
            s.Append(c < 0x100 ? "\\x" : "\\u").Append(((int)c).ToString(c < 0x100 ? "x2" : "x4", CultureInfo.InvariantCulture));
    }

    // U+2028 and U+2029 break lines; U+202A to U+202E and U+2066 to U+2069 turn the direction of what follows.
    private static bool IsUnsafe(char c) => char.IsControl(c) || c is (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
