namespace XanesMl.Spectra.Reading;

/// <summary>Our own Parquet layout: one binary column with the whole spectrum, the grid in the file's metadata. The columns MPID, SITE, ELEMENT and
/// AUX_ are those of the CSV. About ten times faster than a column an energy, since a column costs the same for 1 row and for 4,096.</summary>
internal static class CompactLayout
{
    /// <summary>Column of the spectra: points x 4 bytes, float32, little-endian.</summary>
    public const string SpectrumColumn = "SPECTRUM";

    /// <summary>Metadata key of the energies: decimal numbers in eV that read back to the same doubles, separated by spaces.</summary>
    public const string EnergiesKey = "xanesml.energies";

    /// <summary>Metadata key of the layout's version.</summary>
    public const string VersionKey = "xanesml.table";

    /// <summary>The version written and the only one read.</summary>
    public const string Version = "1";

    /// <summary>Rows of a row group: 4 MB of 256-point spectra, so that neither side holds the file twice.</summary>
    public const int RowsPerGroup = 4096;
}
