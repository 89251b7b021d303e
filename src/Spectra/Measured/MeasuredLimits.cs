namespace XanesMl.Spectra.Measured;

/// <summary>Sizes above which content is refused: they stop junk and decompression bombs, not real data.</summary>
internal static class MeasuredLimits
{
    /// <summary>Columns of a file; a 100-element detector with its counters has about 600.</summary>
    public const int Columns = 4096;

    /// <summary>Numbers of a file or project: 128 MiB.</summary>
    public const int Values = 1 << 24;

    /// <summary>Points of one spectrum.</summary>
    public const int Points = 1 << 20;

    /// <summary>Header lines that are kept; more are skipped.</summary>
    public const int HeaderLines = 4096;

    /// <summary>Characters of a header line that are kept.</summary>
    public const int HeaderChars = 8192;

    /// <summary>Entries of a spectrum's metadata, and characters of each; more are cut.</summary>
    public const int MetadataEntries = 512;

    /// <summary>Characters of a metadata value.</summary>
    public const int MetadataChars = 1024;

    /// <summary>Levels of nested lists or objects; real files have 3.</summary>
    public const int Depth = 32;

    /// <summary>Bytes at the beginning of a file that decide its format.</summary>
    public const int SniffBytes = 1 << 16;
}
