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
    private static readonly DescriptorInfo s_ct = new("CT", "e", "Charge transfer.", 0, 3), s_cn = new("CN", "", "Neighbours.", 4, 6), s_mrd = new("MRD", "angstrom", "Distance.", 1, 3);
    private static readonly ModelIdentity s_cu = new("Cu", "0123456789ab", "0123456789abcdef", ["Cu"], [s_ct, s_cn], "CN"), s_ni = new("Ni", "ba9876543210", "ba9876543210cdef", ["Ni"], [s_mrd, s_cn], null);
    private static readonly DateTimeOffset s_time = new(2026, 3, 4, 7, 6, 7, 89, TimeSpan.FromHours(2));

    private static readonly PredictionTable s_table = new(
        [s_cu, s_ni],
        [
            new PredictionResult
            {
                File = "in/a,\"x\".xdi", Spectrum = "a", Time = s_time, Version = "1.2.3", InputSha256 = "ff00", Model = s_cu, Warnings = ["w, 1", "w2"],
                Parameters = new Dictionary<string, string> { ["kind"] = "PreEdge", ["pre1"] = "-200.5" },
                Prediction = new SpectrumPrediction
                {
                    Material = "mp-1,\"x\"", Site = "3", Element = "Cu", CoordinationClass = 4, Verdict = Verdict.OutOfDomain, Reasons = ["a, b", "c"],
                    Estimates = [new(0.1f, 0.05f, 0.15f, "e"), new(4.25, 4, 4.5, "")], ReconstructionError = 0.0123f, ErrorPercentile = 99.5, Styles = new float[] { 1.5f, -2 },
                    Origin = new SpectrumOrigin { File = "in/a.xdi", Name = "a", E0 = 8990.324, EdgeStep = 1.5, EnergyShift = -2.25 },
                },
            },
            new PredictionResult
            {
                File = "b\n\u001b[2J.xdi", Spectrum = "Å", Time = s_time, Version = "1.2.3", Model = s_ni,
                Prediction = new SpectrumPrediction
                {
                    Material = "Å", Site = "0", Element = null, CoordinationClass = null, Verdict = Verdict.NotChecked, Reasons = [],
                    Estimates = [new(double.NaN, double.NaN, double.NaN, "angstrom"), new(1e-7f, 0, 1, "")], ReconstructionError = 1, ErrorPercentile = double.NaN, Styles = new float[] { 0, float.NaN },
                },
            },
            new PredictionResult { File = "c.xdi", Spectrum = "", Time = s_time, Version = "1.2.3", Error = "c.xdi: file not found" },
        ]);

    private static string Csv(PredictionTable table, bool header = true)
    {
        using var stream = new MemoryStream();
        PredictionWriter.WriteCsv(stream, table, header);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [Fact]
    public void WriteCsv_gives_these_bytes()
    {
        const string Units = "\"{\"\"CT\"\":\"\"e\"\",\"\"CN\"\":\"\"\"\",\"\"MRD\"\":\"\"angstrom\"\"}\"";
        Assert.Equal(
            "file,spectrum,material,site,element,CT,CT_low,CT_high,CN,CN_low,CN_high,MRD,MRD_low,MRD_high,CN_class,verdict,reasons,warnings,reconstruction_error,percentile,"
            + "e0,edge_step,energy_shift,parameters,units,model,model_sha256,input_sha256,version,time\n"
            + "\"in/a,\"\"x\"\".xdi\",a,\"mp-1,\"\"x\"\"\",3,Cu,0.1,0.05,0.15,4.25,4,4.5,,,,4,out-of-domain,\"a, b; c\",\"w, 1; w2\",0.0123,99.5,"
            + "8990.324,1.5,-2.25,\"{\"\"kind\"\":\"\"PreEdge\"\",\"\"pre1\"\":-200.5}\"," + Units + ",0123456789ab,0123456789abcdef,ff00,1.2.3,2026-03-04T05:06:07.089Z\n"
            + "b\\x0a\\x1b[2J.xdi,Å,Å,0,,,,,1E-07,0,1,,,,,not-checked,,,1,,,,,{}," + Units + ",ba9876543210,ba9876543210cdef,,1.2.3,2026-03-04T05:06:07.089Z\n"
            + "c.xdi,,,,,,,,,,,,,,,,c.xdi: file not found,,,,,,,{}," + Units + ",,,,1.2.3,2026-03-04T05:06:07.089Z\n",
            Csv(s_table));
        Assert.Equal(Csv(s_table).Split('\n', 2)[1], Csv(s_table, header: false));
    }

    [Fact]
    public void WriteJsonLines_gives_one_object_a_row_with_units()
    {
        using var stream = new MemoryStream();
        PredictionWriter.WriteJsonLines(stream, s_table);
        string[] lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n');
        Assert.Equal(4, lines.Length);
        Assert.Equal(
            """
            {"file":"in/a,\"x\".xdi","spectrum":"a","material":"mp-1,\"x\"","site":"3","element":"Cu","descriptors":{"CT":{"value":0.1,"low":0.05,"high":0.15,"unit":"e"},
            "CN":{"value":4.25,"low":4,"high":4.5,"unit":"","class":4}},"verdict":"out-of-domain","reasons":["a, b","c"],"warnings":["w, 1","w2"],
            "reconstruction_error":0.0123,"percentile":99.5,"e0":8990.324,"edge_step":1.5,"energy_shift":-2.25,"parameters":{"kind":"PreEdge","pre1":-200.5},
            "styles":[1.5,-2],"model":"0123456789ab","model_sha256":"0123456789abcdef","input_sha256":"ff00","version":"1.2.3","time":"2026-03-04T05:06:07.089Z"}
            """.ReplaceLineEndings(""),
            lines[0]);
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal("b\n\u001b[2J.xdi", second.RootElement.GetProperty("file").GetString());
        Assert.DoesNotContain(lines[1], char.IsControl);
        Assert.Equal(JsonValueKind.Null, second.RootElement.GetProperty("descriptors").GetProperty("MRD").GetProperty("value").ValueKind);
        Assert.Equal(JsonValueKind.Null, second.RootElement.GetProperty("percentile").ValueKind);
        using var third = JsonDocument.Parse(lines[2]);
        Assert.Equal(JsonValueKind.Null, third.RootElement.GetProperty("verdict").ValueKind);
        Assert.Equal("c.xdi: file not found", third.RootElement.GetProperty("reasons")[0].GetString());
        Assert.Equal("", lines[3]);
    }

    [Fact]
    public async Task Write_parquet_reads_back_with_units()
    {
        using var temporary = new TemporaryFolder();
        PredictionWriter.Write(temporary.File("r.parquet"), s_table);
        await using var reader = await ParquetReader.CreateAsync(temporary.File("r.parquet"));
        Assert.Equal(Csv(s_table).Split('\n')[0], string.Join(',', reader.Schema.GetDataFields().Select(f => f.Name)));
        Assert.Equal("e", reader.CustomMetadata["unit.CT"]);
        using var group = reader.OpenRowGroupReader(0);
        var fields = reader.Schema.GetDataFields().ToDictionary(f => f.Name);
        var numbers = new float?[3];
        await group.ReadAsync<float>(fields["CN"], numbers.AsMemory());
        Assert.Equal([4.25f, 1e-7f, null], numbers);
        await group.ReadAsync<float>(fields["percentile"], numbers.AsMemory());
        Assert.Equal([99.5f, null, null], numbers);
        var energies = new double?[3];
        await group.ReadAsync<double>(fields["e0"], energies.AsMemory());
        Assert.Equal([8990.324, null, null], energies);
        var classes = new int?[3];
        await group.ReadAsync<int>(fields["CN_class"], classes.AsMemory());
        Assert.Equal([4, null, null], classes);
        foreach (var (column, expected) in new[]
        {
            ("verdict", (string?[])["out-of-domain", "not-checked", null]), ("element", ["Cu", null, null]), ("file", ["in/a,\"x\".xdi", "b\\x0a\\x1b[2J.xdi", "c.xdi"]),
            ("model_sha256", ["0123456789abcdef", "ba9876543210cdef", null]),
        })
        {
            var texts = new string?[3];
            await group.ReadAsync(fields[column], texts.AsMemory()!);
            Assert.Equal(expected, texts);
        }
    }

    [Fact]
    public void Write_parquet_of_no_rows_still_has_its_columns()
    {
        using var temporary = new TemporaryFolder();
        PredictionWriter.Write(temporary.File("r.parquet"), new PredictionTable([s_cu], []));
        Assert.True(new FileInfo(temporary.File("r.parquet")).Length > 100);
    }

    [Fact]
    public void Columns_that_are_no_descriptors_are_reserved()
    {
        string header = Csv(new PredictionTable([], []));
        Assert.Equal(string.Join(',', PredictionTable.ReservedNames) + "\n", header);
    }

    [Fact]
    public void Models_that_disagree_about_a_unit_are_refused() =>
        Assert.Contains("'e' and 'meV'", Assert.Throws<XanesDataException>(() => new PredictionTable([s_cu, s_ni with { Descriptors = [s_ct with { Unit = "meV" }] }], [])).Message, StringComparison.Ordinal);

    [Fact]
    public void Write_goes_by_the_extension_and_refuses_others()
    {
        using var temporary = new TemporaryFolder();
        PredictionWriter.Write(temporary.File("r.CSV"), s_table);
        PredictionWriter.Write(temporary.File("r.jsonl"), s_table);
        Assert.StartsWith("file,", File.ReadAllText(temporary.File("r.CSV")), StringComparison.Ordinal);
        Assert.StartsWith("{\"file\"", File.ReadAllText(temporary.File("r.jsonl")), StringComparison.Ordinal);
        var error = Assert.Throws<XanesDataException>(() => PredictionWriter.Write(temporary.File("r.xlsx"), s_table));
        Assert.Contains("End the name in .csv, .jsonl or .parquet", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(temporary.Path).Count());
    }
}
