using System.Globalization;
using System.Text;

namespace XanesMl.Spectra.Measured;

/// <summary>Small things that all readers of text share.</summary>
internal static class MeasuredText
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>UTF-8, or Latin-1 where the bytes are not UTF-8 (old files write angstrom and mu that way). Cut to the limit of a header line.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MeasuredLimits.HeaderChars)
            bytes = bytes[..MeasuredLimits.HeaderChars];
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    /// <summary>A number as programs write it: decimal point, Fortran's D exponents, NaN and infinity in any case.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, out double value)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
            return true;
        if (text.Length is 0 or > 40)
            return false;
        int d = text.IndexOfAny((byte)'d', (byte)'D');
        if (d <= 0)
            return false;
        Span<byte> copy = stackalloc byte[text.Length];
        text.CopyTo(copy);
        copy[d] = (byte)'E';
        return double.TryParse(copy, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>A finite number, or null.</summary>
    public static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    /// <summary>Text that may be shown in a message: short, without control characters.</summary>
    public static string Shown(string text)
    {
        string shortened = text.Length > 60 ? text[..60] + "..." : text;
        return string.Concat(shortened.Select(c => char.IsControl(c) ? '?' : c));
    }

    /// <summary>Text of a metadata value: trimmed, within the limit; null where nothing is left.</summary>
    public static string? Value(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        string trimmed = text.Trim();
        return trimmed.Length > MeasuredLimits.MetadataChars ? trimmed[..MeasuredLimits.MetadataChars] : trimmed;
    }

    /// <summary>Number in the invariant culture, at most 6 decimals.</summary>
    public static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>Symbol of an element in its usual case, or null for text that is none.</summary>
    public static string? Element(string? text)
    {
        string? t = Value(text);
        if (t is null || t.Length > 2 || !t.All(char.IsAsciiLetter))
            return null;
        string symbol = char.ToUpperInvariant(t[0]) + t[1..].ToLowerInvariant();
        return ElementIdentification.IsElement(symbol) ? symbol : null;
    }

    /// <summary>Name of an absorption edge in its usual case ("K", "L3"), or null for text that is none.</summary>
    public static string? Edge(string? text)
    {
        string? t = Value(text)?.ToUpperInvariant();
        if (t is null)
            return null;
        if (t.EndsWith(" EDGE", StringComparison.Ordinal))
            t = t[..^5].TrimEnd();
        t = t switch { "LI" or "L-I" => "L1", "LII" or "L-II" => "L2", "LIII" or "L-III" => "L3", _ => t };
        return t is "K" or "L" or "L1" or "L2" or "L3" or "M1" or "M2" or "M3" or "M4" or "M5" ? t : null;
    }
}
