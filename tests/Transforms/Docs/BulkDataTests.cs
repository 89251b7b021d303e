using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Docs;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Writing;
using XanesMl.TestSupport;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Docs;

/// <summary>Every way of docs/bulk-data.md gives the same numbers back, and the page shows this code and the committed figures.</summary>
public sealed class BulkDataTests
{
    private readonly MLContext mlContext = new(seed: 1);

    [Fact]
    public void TextLoader_and_idv_give_the_table_back()
    {
        using var temporary = new TemporaryFolder();
        string csvPath = temporary.File("spectra.csv"), idvPath = temporary.File("spectra.idv");
        var table = Fixture.Table(40);
        SpectraTableWriter.Write(table, csvPath);
        var fromText = BulkData.LoadText(mlContext, csvPath, [.. table.DescriptorNames], table.PointCount);
        AssertSame(table, fromText);
        Assert.Equal(EstimatorConformance.SlotNames(mlContext.Data.LoadFromSpectraTable(table).Schema["Spectrum"]), EstimatorConformance.SlotNames(fromText.Schema["Spectrum"]));

        IDataView data = mlContext.Data.LoadFromSpectraTable(table);
        BulkData.SaveIdv(mlContext, data, idvPath);
        var fromIdv = BulkData.LoadIdv(mlContext, idvPath);
        AssertSame(table, fromIdv);
        Assert.Equal(EstimatorConformance.SlotNames(data.Schema["Spectrum"]), EstimatorConformance.SlotNames(fromIdv.Schema["Spectrum"]));

        // What is read is scored as the table itself is.
        using var step = mlContext.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(data);
        Assert.Equal(Views.Read(step.Transform(data), "Z"), Views.Read(step.Transform(fromIdv), "Z"));
    }

    [Fact]
    public void TextLoader_takes_what_it_cannot_read_for_a_missing_number_and_SpectraTableReader_says_where_it_is()
    {
        using var temporary = new TemporaryFolder();
        string csvPath = temporary.File("spectra.csv");
        var table = Fixture.Table(3);
        SpectraTableWriter.Write(table, csvPath);
        string[] lines = File.ReadAllLines(csvPath);
        lines[2] = lines[2][..lines[2].LastIndexOf(',')] + ",nonsense";
        File.WriteAllLines(csvPath, lines);
        Assert.True(float.IsNaN(BulkData.LoadText(mlContext, csvPath, [.. table.DescriptorNames], table.PointCount).GetColumn<float[]>("Spectrum").ElementAt(1)[^1]));
        Assert.Equal(3, Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(csvPath)).Line);
    }

    [Fact]
    public void Parquet_and_Arrow_give_the_table_back()
    {
        using var temporary = new TemporaryFolder();
        string parquetPath = temporary.File("spectra.parquet"), arrowPath = temporary.File("spectra.arrow");
        var full = Fixture.Table(40);
        float[] descriptors = full.Descriptors.ToArray();
        descriptors[3] = float.NaN;
        string?[] elements = [.. full.Elements];
        elements[2] = null;
        var table = new SpectraTable(full.Grid, full.Spectra.ToArray(), full.DescriptorNames, descriptors, [.. full.Materials], [.. full.Sites], elements);

        SpectraTableWriter.Write(full, parquetPath);
        SpectraTable fromParquet = SpectraTableReader.Read(parquetPath);
        Assert.Equal(full.Spectra.ToArray(), fromParquet.Spectra.ToArray());

        BulkData.WriteArrow(table, arrowPath);
        SpectraTable fromArrow = BulkData.ReadArrow(arrowPath);
        Assert.Equal(table.Grid.Energies.ToArray(), fromArrow.Grid.Energies.ToArray());
        Assert.Equal(table.Spectra.ToArray(), fromArrow.Spectra.ToArray());
        Assert.Equal(table.Descriptors.ToArray(), fromArrow.Descriptors.ToArray());
        Assert.Equal(table.DescriptorNames, fromArrow.DescriptorNames);
        Assert.Equal(table.Materials, fromArrow.Materials);
        Assert.Equal(table.Sites, fromArrow.Sites);
        Assert.Equal(table.Elements, fromArrow.Elements);
    }

    [Fact]
    public void Arrow_files_of_several_batches_are_joined()
    {
        using var temporary = new TemporaryFolder();
        var table = Fixture.Table(16_385);
        BulkData.WriteArrow(table, temporary.File("spectra.arrow"));
        var read = BulkData.ReadArrow(temporary.File("spectra.arrow"));
        Assert.Equal(table.Spectra.ToArray(), read.Spectra.ToArray());
        Assert.Equal(table.Materials[^1], read.Materials[^1]);
    }

    /// <summary>Code of the page stands in BulkData.cs or in this file, line by line.</summary>
    [Fact]
    public void The_page_shows_code_that_runs()
    {
        string[] here = [.. new[] { "BulkData.cs", "BulkDataTests.cs" }.SelectMany(f => File.ReadLines(SharedData.Repository("tests", "Transforms", "Docs", f))).Select(l => l.Trim())];
        string[] code = [.. File.ReadAllText(SharedData.Repository("docs", "bulk-data.md")).Split("```csharp\n").Skip(1).SelectMany(b => b.Split("```")[0].Split('\n')).Select(l => l.Trim()).Where(l => l.Length > 0)];
        Assert.True(code.Length > 60, $"only {code.Length} lines");
        Assert.All(code, line => Assert.Contains(line, here));
    }

    /// <summary>The page's table is that of bench/Results/bulk.md, line by line.</summary>
    [Fact]
    public void The_page_shows_the_committed_figures()
    {
        string[] Lines(params string[] path) => [.. File.ReadLines(SharedData.Repository(path)).Where(l => l.StartsWith('|'))];
        string[] figures = Lines("bench", "Results", "bulk.md");
        Assert.True(figures.Length > 6);
        Assert.Equal(figures, Lines("docs", "bulk-data.md"));
    }

    private static void AssertSame(SpectraTable table, IDataView view)
    {
        float[][] spectra = [.. view.GetColumn<float[]>("Spectrum")];
        Assert.Equal(table.RowCount, spectra.Length);
        for (int i = 0; i < spectra.Length; i++)
            Assert.Equal(table.Spectrum(i).ToArray(), spectra[i]);
        for (int k = 0; k < table.DescriptorNames.Count; k++)
            Assert.Equal(table.DescriptorColumn(table.DescriptorNames[k]), view.GetColumn<float>(table.DescriptorNames[k]));
        Assert.Equal(table.Materials, view.GetColumn<string>("MaterialId"));
        Assert.Equal(table.Sites, view.GetColumn<string>("SiteId"));
        Assert.Equal(table.PointCount, ((VectorDataViewType)view.Schema["Spectrum"].Type).Size);
    }
}
