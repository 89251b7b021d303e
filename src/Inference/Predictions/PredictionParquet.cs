using System.Buffers.Binary;
using Parquet;
using Parquet.Schema;

namespace XanesMl.Inference.Predictions;

/// <summary>The Parquet form of a prediction table: the columns of the CSV, typed; units are in the file's metadata as "unit.D" too.</summary>
internal static class PredictionParquet
{
    private const int RowsPerGroup = 1 << 16;

    // The library writes asynchronously only; a pool thread keeps a caller's synchronization context out of it.
    public static void Write(Stream stream, PredictionTable table) => Task.Run(() => WriteAsync(stream, table)).GetAwaiter().GetResult();

    /// <summary>Whether a Parquet file has columns of results. Its footer, which the last eight bytes give the length of, has their names as plain text.</summary>
    public static bool IsResult(FileStream file)
    {
        const int End = 8, MostBytes = 1 << 20;
        if (file.Length < 2 * End)
            return false;
        Span<byte> end = stackalloc byte[End];
        file.Position = file.Length - End;
        file.ReadExactly(end);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(end);
        if (!end[4..].SequenceEqual("PAR1"u8) || length > Math.Min(MostBytes, file.Length - End))
            return false;
        var footer = new byte[length];
        file.Position = file.Length - End - length;
        file.ReadExactly(footer);
        return footer.AsSpan().IndexOf("reconstruction_error"u8) >= 0 && footer.AsSpan().IndexOf("input_sha256"u8) >= 0;
    }

    private static async Task WriteAsync(Stream stream, PredictionTable table)
    {
        var columns = ResultColumn.Of(table);
        DataField[] fields = [.. columns.Select(Field)];
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream,
            new ParquetOptions { CompressionMethod = CompressionMethod.Snappy }).ConfigureAwait(false);
        writer.CustomMetadata = table.Descriptors.ToDictionary(d => "unit." + d.Name, d => d.Unit, StringComparer.Ordinal);
        int first = 0;
        do
        {
            PredictionResult[] rows = [.. table.Rows.Skip(first).Take(RowsPerGroup)];
            using var group = writer.CreateRowGroup();
            for (int c = 0; c < fields.Length; c++)
                await Column(group, fields[c], columns[c], rows).ConfigureAwait(false);
            group.CompleteValidate();
            first += RowsPerGroup;
        }
        while (first < table.Rows.Count);
    }

    private static DataField Field(ResultColumn column) => column switch
    {
        { Text: not null } => new DataField<string>(column.Name, nullable: true),
        { Whole: not null } => new DataField<int?>(column.Name),
        { Double: not null } => new DataField<double?>(column.Name),
        _ => new DataField<float?>(column.Name),
    };

    private static Task Column(ParquetRowGroupWriter group, DataField field, ResultColumn column, PredictionResult[] rows) => column switch
    {
        { Text: not null } => group.WriteAsync(field, Array.ConvertAll(rows, r => column.Safe(r)!)),
        { Whole: { } whole } => group.WriteAsync<int>(field, Array.ConvertAll(rows, r => whole(r)).AsMemory()),
        { Double: { } value } => group.WriteAsync<double>(field, Array.ConvertAll(rows, r => value(r) is { } v && double.IsFinite(v) ? (double?)v : null).AsMemory()),
        _ => group.WriteAsync<float>(field, Array.ConvertAll(rows, r => float.IsFinite((float)column.Single!(r)) ? (float?)column.Single!(r) : null).AsMemory()),
    };
}
