using Parquet;
using Parquet.Schema;
using XanesMl.Inference.Domain;

namespace XanesMl.Inference.Predictions;

/// <summary>The Parquet form of a prediction table: the columns of the CSV, typed; units are in the file's metadata as "unit.D".</summary>
internal static class PredictionParquet
{
    private const int RowsPerGroup = 1 << 16;

    // The library writes asynchronously only; a pool thread keeps a caller's synchronization context out of it.
    public static void Write(Stream stream, PredictionTable table) => Task.Run(() => WriteAsync(stream, table)).GetAwaiter().GetResult();

    private static async Task WriteAsync(Stream stream, PredictionTable table)
    {
        string[] names = [.. PredictionWriter.Columns(table)];
        int estimates = table.Descriptors.Count * 3;
        DataField[] fields = [.. names.Select((name, c) => c < 3 ? new DataField<string>(name, nullable: c == 2)
            : c < 3 + estimates || name is "reconstruction_error" or "percentile" ? new DataField<float?>(name)
            : c == 3 + estimates && table.ClassDescriptor is not null ? new DataField<int?>(name)
            : (DataField)new DataField<string>(name, nullable: false))];
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream,
            new ParquetOptions { CompressionMethod = CompressionMethod.Snappy }).ConfigureAwait(false);
        writer.CustomMetadata = table.Descriptors.ToDictionary(d => "unit." + d.Name, d => d.Unit, StringComparer.Ordinal);
        int first = 0;
        do
        {
            SpectrumPrediction[] rows = [.. table.Rows.Skip(first).Take(RowsPerGroup)];
            using var group = writer.CreateRowGroup();
            int column = 0;
            await Text(group, fields[column++], rows, r => r.Material).ConfigureAwait(false);
            await Text(group, fields[column++], rows, r => r.Site).ConfigureAwait(false);
            await Text(group, fields[column++], rows, r => r.Element!).ConfigureAwait(false);
            for (int k = 0; k < table.Descriptors.Count; k++)
            {
                int index = k;
                await Numbers(group, fields[column++], rows, r => r.Estimates[index].Value).ConfigureAwait(false);
                await Numbers(group, fields[column++], rows, r => r.Estimates[index].Low).ConfigureAwait(false);
                await Numbers(group, fields[column++], rows, r => r.Estimates[index].High).ConfigureAwait(false);
            }

            if (table.ClassDescriptor is not null)
                await group.WriteAsync<int>(fields[column++], Array.ConvertAll(rows, r => r.CoordinationClass).AsMemory()).ConfigureAwait(false);
            await Text(group, fields[column++], rows, r => r.Verdict.ToText()).ConfigureAwait(false);
            await Text(group, fields[column++], rows, r => string.Join("; ", r.Reasons)).ConfigureAwait(false);
            await Numbers(group, fields[column++], rows, r => r.ReconstructionError).ConfigureAwait(false);
            await Numbers(group, fields[column++], rows, r => r.ErrorPercentile).ConfigureAwait(false);
            await Text(group, fields[column], rows, _ => table.ModelId).ConfigureAwait(false);
            group.CompleteValidate();
            first += RowsPerGroup;
        }
        while (first < table.Rows.Count);
    }

    private static Task Text(ParquetRowGroupWriter group, DataField field, SpectrumPrediction[] rows, Converter<SpectrumPrediction, string> value) =>
        group.WriteAsync(field, Array.ConvertAll(rows, value));

    private static Task Numbers(ParquetRowGroupWriter group, DataField field, SpectrumPrediction[] rows, Func<SpectrumPrediction, double> value) =>
        group.WriteAsync<float>(field, Array.ConvertAll(rows, r => float.IsFinite((float)value(r)) ? (float?)value(r) : null).AsMemory());
}
