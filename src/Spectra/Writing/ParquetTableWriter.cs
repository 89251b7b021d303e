using System.Globalization;
using System.Runtime.InteropServices;
using Parquet;
using Parquet.Schema;
using XanesMl.Spectra.Reading;

namespace XanesMl.Spectra.Writing;

/// <summary>Writes <see cref="CompactLayout"/>.</summary>
internal static class ParquetTableWriter
{
    // The library writes asynchronously only; a pool thread keeps a caller's synchronization context out of it.
    public static void Write(SpectraTable table, Stream stream) => Task.Run(() => WriteAsync(table, stream)).GetAwaiter().GetResult();

    private static async Task WriteAsync(SpectraTable table, Stream stream)
    {
        var materials = new DataField<string>("MPID", nullable: false);
        var sites = new DataField<string>("SITE", nullable: false);
        var elements = new DataField<string>("ELEMENT", nullable: true);
        DataField[] descriptors = [.. table.DescriptorNames.Select(n => new DataField<float?>("AUX_" + n))];
        var spectrum = new DataField<byte[]>(CompactLayout.SpectrumColumn, nullable: false);
        var schema = new ParquetSchema([materials, sites, elements, .. descriptors, spectrum]);
        // Absorption hardly compresses: Snappy costs little and helps where a spectrum is flat.
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy };
        await using var writer = await ParquetWriter.CreateAsync(schema, stream, options).ConfigureAwait(false);
        writer.CustomMetadata = new Dictionary<string, string>
        {
            [CompactLayout.VersionKey] = CompactLayout.Version,
            [CompactLayout.EnergiesKey] = string.Join(' ', table.Grid.Energies.ToArray().Select(e => e.ToString("R", CultureInfo.InvariantCulture))),
        };
        for (int first = 0; first < table.RowCount; first += CompactLayout.RowsPerGroup)
        {
            int rows = Math.Min(CompactLayout.RowsPerGroup, table.RowCount - first);
            int[] index = [.. Enumerable.Range(first, rows)];
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(materials, Array.ConvertAll(index, i => table.Materials[i])).ConfigureAwait(false);
            await group.WriteAsync(sites, Array.ConvertAll(index, i => table.Sites[i])).ConfigureAwait(false);
            await group.WriteAsync(elements, Array.ConvertAll(index, i => table.Elements[i])!).ConfigureAwait(false);
            for (int k = 0; k < descriptors.Length; k++)
                await group.WriteAsync<float>(descriptors[k], Array.ConvertAll(index, i => Nullable(table.Descriptor(i, k))).AsMemory()).ConfigureAwait(false);
            await group.WriteAsync(spectrum, Array.ConvertAll(index, i => Bytes(table.Spectrum(i)))).ConfigureAwait(false);
            group.CompleteValidate();
        }
    }

    private static float? Nullable(float v) => float.IsNaN(v) ? null : v;

    private static byte[] Bytes(ReadOnlySpan<float> spectrum)
    {
        var bytes = MemoryMarshal.AsBytes(spectrum).ToArray();
        if (!BitConverter.IsLittleEndian)
            for (int i = 0; i < bytes.Length; i += sizeof(float))
                bytes.AsSpan(i, sizeof(float)).Reverse();
        return bytes;
    }
}
