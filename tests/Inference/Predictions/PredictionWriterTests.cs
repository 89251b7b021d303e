using System.Text;
using System.Text.Json;
using Parquet;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Inference.Tests.Predictions;

public sealed class PredictionWriterTests
{
    private static readonly PredictionTable s_table = new(
        "0123456789ab",
        [new DescriptorInfo("CT", "e", "Charge transfer.", 0, 3), new DescriptorInfo("CN", "", "Neighbours.", 4, 6)],
        "CN",
        [
            new SpectrumPrediction
            {
                Material = "mp-1,\"x\"", Site = "3", Element = "Cu", CoordinationClass = 4, Verdict = Verdict.OutOfDomain, Reasons = ["a, b", "c"],
                Estimates = [new(0.1f, 0.05f, 0.15f, "e"), new(4.25, 4, 4.5, "")], ReconstructionError = 0.0123f, ErrorPercentile = 99.5, Styles = new float[] { 1.5f, -2 },
            },
            new SpectrumPrediction
            {
                Material = "Å", Site = "0", Element = null, CoordinationClass = null, Verdict = Verdict.NotChecked, Reasons = [],
                Estimates = [new(double.NaN, double.NaN, double.NaN, "e"), new(1e-7f, 0, 1, "")], ReconstructionError = 1, ErrorPercentile = double.NaN, Styles = new float[] { 0, float.NaN },
            },
        ]);

    [Fact]
    public void WriteCsv_gives_these_bytes()
    {
        using var stream = new MemoryStream();
        PredictionWriter.WriteCsv(stream, s_table);
        Assert.Equal(
            "material,site,element,CT,CT_low,CT_high,CN,CN_low,CN_high,CN_class,verdict,reasons,reconstruction_error,percentile,model\n"
            + "\"mp-1,\"\"x\"\"\",3,Cu,0.1,0.05,0.15,4.25,4,4.5,4,out-of-domain,\"a, b; c\",0.0123,99.5,0123456789ab\n"
            + "Å,0,,,,,1E-07,0,1,,not-checked,,1,,0123456789ab\n",
            Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void WriteJsonLines_gives_one_object_a_row_with_units()
    {
        using var stream = new MemoryStream();
        PredictionWriter.WriteJsonLines(stream, s_table);
        string[] lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal(
            """
            {"material":"mp-1,\"x\"","site":"3","element":"Cu","descriptors":{"CT":{"value":0.1,"low":0.05,"high":0.15,"unit":"e"},
            "CN":{"value":4.25,"low":4,"high":4.5,"unit":"","class":4}},"verdict":"out-of-domain","reasons":["a, b","c"],
            "reconstruction_error":0.0123,"percentile":99.5,"styles":[1.5,-2],"model":"0123456789ab"}
            """.ReplaceLineEndings(""),
            lines[0]);
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal(JsonValueKind.Null, second.RootElement.GetProperty("descriptors").GetProperty("CT").GetProperty("value").ValueKind);
        Assert.Equal(JsonValueKind.Null, second.RootElement.GetProperty("percentile").ValueKind);
        Assert.Equal("", lines[2]);
    }

    [Fact]
    public async Task Write_parquet_reads_back_with_units()
    {
        using var temporary = new TemporaryFolder();
        PredictionWriter.Write(temporary.File("r.parquet"), s_table);
        await using var reader = await ParquetReader.CreateAsync(temporary.File("r.parquet"));
        using var csv = new MemoryStream();
        PredictionWriter.WriteCsv(csv, s_table);
        string header = Encoding.UTF8.GetString(csv.ToArray()).Split('\n')[0];
        Assert.Equal(header, string.Join(',', reader.Schema.GetDataFields().Select(f => f.Name)));
        Assert.Equal("e", reader.CustomMetadata["unit.CT"]);
        using var group = reader.OpenRowGroupReader(0);
        var fields = reader.Schema.GetDataFields().ToDictionary(f => f.Name);
        var numbers = new float?[2];
        await group.ReadAsync<float>(fields["CN"], numbers.AsMemory());
        Assert.Equal([4.25f, 1e-7f], numbers);
        await group.ReadAsync<float>(fields["percentile"], numbers.AsMemory());
        Assert.Equal([99.5f, null], numbers);
        var classes = new int?[2];
        await group.ReadAsync<int>(fields["CN_class"], classes.AsMemory());
        Assert.Equal([4, null], classes);
        var texts = new string[2];
        await group.ReadAsync(fields["verdict"], texts.AsMemory()!);
        Assert.Equal(["out-of-domain", "not-checked"], texts);
        await group.ReadAsync(fields["element"], texts.AsMemory()!);
        Assert.Equal("Cu", texts[0]);
        Assert.Null(texts[1]);
    }

    [Fact]
    public void Write_parquet_of_no_rows_still_has_its_columns()
    {
        using var temporary = new TemporaryFolder();
        PredictionWriter.Write(temporary.File("r.parquet"), s_table with { Rows = [] });
        Assert.True(new FileInfo(temporary.File("r.parquet")).Length > 100);
    }

    [Fact]
    public void Write_goes_by_the_extension_and_refuses_others()
    {
        using var temporary = new TemporaryFolder();
        PredictionWriter.Write(temporary.File("r.CSV"), s_table);
        PredictionWriter.Write(temporary.File("r.jsonl"), s_table);
        Assert.StartsWith("material,", File.ReadAllText(temporary.File("r.CSV")), StringComparison.Ordinal);
        Assert.StartsWith("{\"material\"", File.ReadAllText(temporary.File("r.jsonl")), StringComparison.Ordinal);
        var error = Assert.Throws<XanesDataException>(() => PredictionWriter.Write(temporary.File("r.xlsx"), s_table));
        Assert.Contains("End the name in .csv, .jsonl or .parquet", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(temporary.Path).Count());
    }
}
