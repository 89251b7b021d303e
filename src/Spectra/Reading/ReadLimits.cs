namespace XanesMl.Spectra.Reading;

/// <summary>Sizes above which a file is refused as not being a table of spectra: they stop junk and decompression bombs, not real data.</summary>
internal static class ReadLimits
{
    /// <summary>Bytes of one line: 65,536 columns of 250 characters.</summary>
    public const int LineBytes = 1 << 24;

    /// <summary>Columns of a table.</summary>
    public const int Columns = 1 << 16;

    /// <summary>Characters of an identifier.</summary>
    public const int IdentifierChars = 1024;
}
