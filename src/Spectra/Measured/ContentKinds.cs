namespace XanesMl.Spectra.Measured;

/// <summary>What the first bytes of a file say about it.</summary>
internal enum ContentKind
{
    Text,
    Empty,
    Gzip,
    Zip,
    Utf16,
    Hdf5,
    Parquet,
    AthenaPerl,
    AthenaJson,
    SpectraTable,
}

/// <summary>Recognises formats by their content.</summary>
internal static class ContentKinds
{
    /// <summary>Kind of a content that begins with these bytes.</summary>
    public static ContentKind Of(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty)
            return ContentKind.Empty;
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
            return ContentKind.Gzip;
        if (head.StartsWith("PAR1"u8))
            return ContentKind.Parquet;
        if (head.StartsWith("PK\u0003\u0004"u8))
            return ContentKind.Zip;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || head.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
            return ContentKind.Utf16;
        if (Hdf5.Hdf5File.SignatureAt(head) >= 0)
            return ContentKind.Hdf5;
        return Text(head.StartsWith("\uFEFF"u8) ? head[3..] : head);
    }

    private static ContentKind Text(ReadOnlySpan<byte> head)
    {
        var text = head.TrimStart(" \t\r\n"u8);
        if (text.StartsWith("{"u8))
            return ContentKind.AthenaJson;
        int end = text.IndexOfAny((byte)'\n', (byte)'\r');
        var first = end < 0 ? text : text[..end];
        if (first.IndexOf("Athena project file"u8) >= 0)
            return ContentKind.AthenaPerl;
        return HasEnergyHeader(text) ? ContentKind.SpectraTable : ContentKind.Text;
    }

    // The first line that is no comment has a column ENE_8985.332.
    private static bool HasEnergyHeader(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? default : text[(end + 1)..];
            if (line.IsEmpty || line[0] == '#' || line.Trim(" \t\r"u8).IsEmpty)
                continue;
            int at = line.IndexOf("ENE_"u8);
            return at >= 0 && line.Contains((byte)',') && at + 4 < line.Length && (char.IsAsciiDigit((char)line[at + 4]) || line[at + 4] is (byte)'-' or (byte)'.');
        }

        return false;
    }
}
