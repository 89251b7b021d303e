using XanesMl.Spectra.Reading;

namespace XanesMl.Spectra.Measured;

/// <summary>Gives each row of a table of spectra (RankAAE CSV or Parquet) as a spectrum of its own.</summary>
internal static class TableSpectra
{
    /// <summary>Reads a CSV.</summary>
    public static IReadOnlyList<MeasuredSpectrum> ReadCsv(Stream content, string path, MeasuredReadOptions options) =>
        Rows(CsvTableParser.Parse(content, path, new SpectraReadOptions()), "table of spectra (CSV)", path, options);

    /// <summary>Reads a Parquet file.</summary>
    public static IReadOnlyList<MeasuredSpectrum> ReadParquet(Stream content, string path, MeasuredReadOptions options) =>
        Rows(ParquetTableReader.Read(content, path, new SpectraReadOptions(), options.MaxSpectra), "table of spectra (Parquet)", path, options);

    private static MeasuredSpectrum[] Rows(SpectraTable table, string format, string path, MeasuredReadOptions options)
    {
        if (table.RowCount > options.MaxSpectra)
            throw new XanesDataException($"the table holds {table.RowCount} spectra, more than the limit of {options.MaxSpectra}", path, remedy: "Raise the limit, or read it as a table.");
        if (!(table.Grid.First > 0))
            throw new XanesDataException($"the table's energies begin at {MeasuredText.Text(table.Grid.First)} eV: they are relative to an edge", path, remedy: "Read it as a table; measured spectra have photon energies.");
        var spectra = new MeasuredSpectrum[table.RowCount];
        for (int r = 0; r < spectra.Length; r++)
        {
            var mu = new double[table.PointCount];
            for (int i = 0; i < mu.Length; i++)
                mu[i] = table.Spectrum(r)[i];
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["MPID"] = table.Materials[r], ["SITE"] = table.Sites[r] };
            for (int k = 0; k < table.DescriptorNames.Count; k++)
                if (!float.IsNaN(table.Descriptor(r, k)))
                    metadata["AUX_" + table.DescriptorNames[k]] = table.Descriptor(r, k).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
            spectra[r] = new MeasuredSpectrum
            {
                Energies = table.Grid.Memory, Mu = mu, Signal = SignalKind.Absorption, Name = $"{table.Materials[r]}/{table.Sites[r]}", Path = path, Index = r, Format = format,
                Columns = "one column an energy (ENE_, eV); mu = the row", Element = table.Elements[r], Sample = table.Materials[r], Metadata = metadata,
            };
        }

        return spectra;
    }
}
