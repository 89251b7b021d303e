using System.Globalization;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;

namespace XanesMl.Docs;

/// <summary>The code of docs/bulk-data.md: BulkDataTests runs it and compares it with the page, the benchmark measures it.</summary>
internal static class BulkData
{
    // ML.NET's TextLoader on the CSV that SpectraTableWriter writes.
    public static IDataView LoadText(MLContext mlContext, string csvPath, string[] descriptors, int points)
    {
        int first = 3 + descriptors.Length;
        return mlContext.Data.LoadFromTextFile(csvPath, new TextLoader.Options
        {
            Separators = [','],
            HasHeader = true,
            MissingRealsAsNaNs = true,
            Columns =
            [
                new TextLoader.Column("MaterialId", DataKind.String, 0),
                new TextLoader.Column("SiteId", DataKind.String, 1),
                new TextLoader.Column("Element", DataKind.String, 2),
                .. descriptors.Select((name, k) => new TextLoader.Column(name, DataKind.Single, 3 + k)),
                new TextLoader.Column("Spectrum", DataKind.Single, first, first + points - 1),
            ],
        });
    }

    public static void SaveIdv(MLContext mlContext, IDataView data, string idvPath)
    {
        IDataView slim = mlContext.Transforms.DropColumns("Energy").Fit(data).Transform(data);
        using FileStream stream = File.Create(idvPath);
        mlContext.Data.SaveAsBinary(slim, stream);
    }

    public static IDataView LoadIdv(MLContext mlContext, string idvPath)
    {
        IDataView fromIdv = mlContext.Data.LoadFromBinary(idvPath);
        return fromIdv;
    }

    public static void WriteArrow(SpectraTable table, string arrowPath)
    {
        const int RowsPerBatch = 16_384;
        var spectrumType = new FixedSizeListType(new Field("item", FloatType.Default, nullable: false), table.PointCount);
        var schema = new Schema(
            [
                new Field("MPID", StringType.Default, nullable: false),
                new Field("SITE", StringType.Default, nullable: false),
                new Field("ELEMENT", StringType.Default, nullable: true),
                .. table.DescriptorNames.Select(n => new Field("AUX_" + n, FloatType.Default, nullable: true)),
                new Field("spectrum", spectrumType, nullable: false),
            ],
            new Dictionary<string, string> { ["energies"] = string.Join(' ', table.Grid.Memory.ToArray().Select(e => e.ToString("R", CultureInfo.InvariantCulture))) });
        using FileStream stream = File.Create(arrowPath);
        using var writer = new ArrowFileWriter(stream, schema);
        for (int first = 0; first < table.RowCount; first += RowsPerBatch)
        {
            int rows = Math.Min(RowsPerBatch, table.RowCount - first);
            int[] range = [.. Enumerable.Range(first, rows)];
            byte[] bytes = MemoryMarshal.AsBytes(table.Spectra.Span.Slice(first * table.PointCount, rows * table.PointCount)).ToArray();
            var values = new FloatArray(new ArrowBuffer(bytes), ArrowBuffer.Empty, rows * table.PointCount, nullCount: 0, offset: 0);
            writer.WriteRecordBatch(new RecordBatch(schema,
                [
                    new StringArray.Builder().AppendRange(range.Select(i => table.Materials[i])).Build(),
                    new StringArray.Builder().AppendRange(range.Select(i => table.Sites[i])).Build(),
                    new StringArray.Builder().AppendRange(range.Select(i => table.Elements[i])).Build(),
                    .. table.DescriptorNames.Select((_, k) => Floats(range.Select(i => table.Descriptor(i, k)))),
                    new FixedSizeListArray(spectrumType, rows, values, ArrowBuffer.Empty),
                ],
                rows));
        }

        writer.WriteEnd();

        static FloatArray Floats(IEnumerable<float> values)
        {
            var column = new FloatArray.Builder();
            foreach (float v in values)
                _ = float.IsNaN(v) ? column.AppendNull() : column.Append(v);
            return column.Build();
        }
    }

    public static SpectraTable ReadArrow(string arrowPath)
    {
        using var reader = new ArrowFileReader(File.OpenRead(arrowPath));
        var tables = new List<SpectraTable>();
        while (reader.ReadNextRecordBatch() is { } batch)
        {
            using (batch)
            {
                string[] names = [.. batch.Schema.FieldsList.Select(f => f.Name).Where(n => n.StartsWith("AUX_", StringComparison.Ordinal))];
                var grid = new EnergyGrid([.. batch.Schema.Metadata["energies"].Split(' ').Select(e => double.Parse(e, CultureInfo.InvariantCulture))]);
                float[] spectra = ((FloatArray)((FixedSizeListArray)batch.Column("spectrum")).Values).Values.ToArray();
                var descriptors = new float[batch.Length * names.Length];
                for (int k = 0; k < names.Length; k++)
                    for (int i = 0; i < batch.Length; i++)
                        descriptors[(i * names.Length) + k] = ((FloatArray)batch.Column(names[k])).GetValue(i) ?? float.NaN;
                string?[] Text(string column) => [.. Enumerable.Range(0, batch.Length).Select(i => ((StringArray)batch.Column(column)).GetString(i))];
                tables.Add(new SpectraTable(grid, spectra, [.. names.Select(n => n["AUX_".Length..])], descriptors, Text("MPID")!, Text("SITE")!, Text("ELEMENT")));
            }
        }

        return SpectraTable.Concat(tables);
    }
}
