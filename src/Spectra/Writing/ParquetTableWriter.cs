using Parquet;
using Parquet.Schema;

namespace XanesMl.Spectra.Writing;

/// <summary>Writes the CSV's columns as Parquet: one float column an energy, so that every data-frame program reads it. A binary column with whole
/// spectra was measured and is no faster (20,000 x 256: 0.1 s either way).</summary>
internal static class ParquetTableWriter
{
    // Large groups read faster, since every column of every group costs the same; this one is 16 MB of 256-point spectra.
    private const int RowsPerGroup = 16384;

    // The library writes asynchronously only; a pool thread keeps a caller's synchronization context out of it.
    public static void Write(SpectraTable table, Stream stream) => Task.Run(() => WriteAsync(table, stream)).GetAwaiter().GetResult();

    private static async Task WriteAsync(SpectraTable table, Stream stream)
    {
        var materials = new DataField<string>("MPID", nullable: false);
        var sites = new DataField<string>("SITE", nullable: false);
        var elements = new DataField<string>("ELEMENT", nullable: true);
        DataField[] descriptors = [.. table.DescriptorNames.Select(n => new DataField<float?>("AUX_" + n))];
        DataField[] energies = [.. table.Grid.Energies.ToArray().Select(e => new DataField<float>(EnergyColumn.Name(e), nullable: false))];
        var schema = new ParquetSchema([materials, sites, elements, .. descriptors, .. energies]);
        // Absorption hardly compresses: Snappy costs little and helps where a spectrum is flat.
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy };
        await using var writer = await ParquetWriter.CreateAsync(schema, stream, options).ConfigureAwait(false);
        for (int first = 0; first < table.RowCount; first += RowsPerGroup)
        {
            int[] rows = [.. Enumerable.Range(first, Math.Min(RowsPerGroup, table.RowCount - first))];
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(materials, Array.ConvertAll(rows, i => table.Materials[i])).ConfigureAwait(false);
            await group.WriteAsync(sites, Array.ConvertAll(rows, i => table.Sites[i])).ConfigureAwait(false);
            await group.WriteAsync(elements, Array.ConvertAll(rows, i => table.Elements[i])!).ConfigureAwait(false);
            for (int k = 0; k < descriptors.Length; k++)
                await group.WriteAsync<float>(descriptors[k], Array.ConvertAll(rows, i => Nullable(table.Descriptor(i, k))).AsMemory()).ConfigureAwait(false);
            for (int p = 0; p < energies.Length; p++)
                await group.WriteAsync<float>(energies[p], Array.ConvertAll(rows, i => table.Spectrum(i)[p]).AsMemory()).ConfigureAwait(false);
            group.CompleteValidate();
        }
    }

    private static float? Nullable(float v) => float.IsNaN(v) ? null : v;
}
