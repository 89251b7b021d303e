using System.Security.Cryptography;
using System.Text;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Inference.Tests.Predictions;

/// <summary>Files to rows, with the tiny model of make_fixtures.py: what becomes of each kind of file, and which model answers.</summary>
public sealed class PredictionSessionTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly ModelSet _cu;

    public PredictionSessionTests() => _cu = ModelSet.Open(TinyModel.Write(_temporary.File("model")));

    public void Dispose()
    {
        _cu.Dispose();
        _temporary.Dispose();
    }

    private static string Xdi(string element) => $"# XDI/1.0\n# Element.symbol: {element}\n# Element.edge: K\n# Column.1: energy eV\n# Column.2: mutrans\n# ---\n" + BadInputs.Edge()[12..];

    private string Write(string name, string text)
    {
        File.WriteAllText(_temporary.File(name), text);
        return _temporary.File(name);
    }

    private static (string, Func<string, ReadOnlyMemory<byte>>) Source(string name, params string[] elements)
    {
        var metadata = TinyModel.Metadata() with { Name = name, Elements = elements };
        var files = TinyModel.Files(metadata);
        var hashes = files.ToDictionary(f => f.Key, f => Convert.ToHexStringLower(SHA256.HashData(f.Value.Span)));
        files[ModelFolder.MetadataFile] = ModelJson.Serialize(metadata with { Files = hashes });
        return (name, file => files[file]);
    }

    [Fact]
    public void A_measured_file_gives_a_row_with_its_provenance()
    {
        string path = Write("scan.xdi", Xdi("Cu"));
        var clock = new FixedClock(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var row = Assert.Single(new PredictionSession(_cu, new() { Clock = clock }).Predict(path));
        Assert.Equal((path, "scan", "Cu", null), (row.File, row.Spectrum, row.Prediction!.Element, row.Error));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), row.InputSha256);
        Assert.Equal(_cu.Entries[0].Model.Folder.Sha256, row.Model!.Sha256);
        Assert.StartsWith(row.Model.Id, row.Model.Sha256, StringComparison.Ordinal);
        Assert.Equal((clock.GetUtcNow(), "0.1.0"), (row.Time, row.Version));
        Assert.InRange(row.Prediction.Origin!.E0!.Value, 8983, 8987);
        Assert.Equal(["format", "columns", "kind"], row.Parameters.Keys.Take(3));
    }

    /// <summary>Oracle: TablePredictor itself; a row of a table is never normalized or aligned.</summary>
    [Fact]
    public void A_table_goes_through_as_it_is()
    {
        TinyModel.WriteCsv(_temporary.File("t.csv"), 0, [0.5f, -1, 1], [0, 0, 0]);
        var expected = TablePredictor.Predict(_cu.Entries[0].Model, XanesMl.Spectra.Reading.SpectraTableReader.Read(_temporary.File("t.csv")), resample: false);
        var rows = new PredictionSession(_cu).Predict(_temporary.File("t.csv"));
        Assert.Equal(expected.Select(p => p.Estimates[0]), rows.Select(r => r.Prediction!.Estimates[0]));
        Assert.Equal(["mp-0/0", "mp-1/1"], rows.Select(r => r.Spectrum));
        Assert.All(rows, r => Assert.Null(r.Prediction!.Origin));
        Assert.All(rows, r => Assert.Empty(r.Warnings));
        var warned = new PredictionSession(_cu, new() { Preparation = new MeasuredPredictionOptions { Shift = 1 } }).Predict(_temporary.File("t.csv"));
        Assert.All(warned, r => Assert.Contains("taken as it is", Assert.Single(r.Warnings), StringComparison.Ordinal));
    }

    /// <summary>What the caller set itself, and which list object it used, is no option of the user.</summary>
    [Fact]
    public void A_table_is_warned_about_only_where_an_option_for_measured_spectra_was_given()
    {
        TinyModel.WriteCsv(_temporary.File("t.csv"), 0, [0.5f, -1, 1]);
        int Warnings(MeasuredReadOptions reading, MeasuredPredictionOptions? preparation = null) =>
            Assert.Single(new PredictionSession(_cu, new() { Reading = reading, Preparation = preparation ?? new() }).Predict(_temporary.File("t.csv"))).Warnings.Count;
        Assert.Equal(0, Warnings(new MeasuredReadOptions { Ifluor = new List<string>(), MaxBytes = 1 << 20, MaxSpectra = 10 }));
        Assert.Equal(0, Warnings(new(), new MeasuredPredictionOptions { Element = "Cu" }));
        Assert.Equal(1, Warnings(new MeasuredReadOptions { Ifluor = ["i1"] }));
        Assert.Equal(1, Warnings(new MeasuredReadOptions { Mu = "mu" }));
        Assert.Equal(1, Warnings(new(), new MeasuredPredictionOptions { Normalization = new() { PreEdge = new() { Pre1 = -80 } } }));
    }

    [Fact]
    public void A_packed_table_is_a_table_and_has_its_own_limit()
    {
        TinyModel.WriteCsv(_temporary.File("t.csv"), 0, [0.5f, -1, 1]);
        using (var gzip = new System.IO.Compression.GZipStream(File.Create(_temporary.File("t.csv.gz")), System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(File.ReadAllBytes(_temporary.File("t.csv")));
        var (plain, packed) = (new PredictionSession(_cu).Predict(_temporary.File("t.csv")), new PredictionSession(_cu).Predict(_temporary.File("t.csv.gz")));
        Assert.Equal(plain[0].Prediction!.Estimates, packed[0].Prediction!.Estimates);
        var limited = Assert.Single(new PredictionSession(_cu, new() { MaxTableBytes = 200 }).Predict(_temporary.File("t.csv.gz")));
        Assert.Contains("limit of 200", limited.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_another_grid_fails_as_one_row_or_is_resampled()
    {
        TinyModel.WriteCsv(_temporary.File("t.csv"), 0.5, [0, 0, 0], [1, 0, 0]);
        Assert.Contains("--resample", Assert.Single(new PredictionSession(_cu).Predict(_temporary.File("t.csv"))).Error, StringComparison.Ordinal);
        Assert.Equal(2, new PredictionSession(_cu, new() { Resample = true }).Predict(_temporary.File("t.csv")).Count);
    }

    [Theory]
    [InlineData("Cu", "one")]
    [InlineData("Ni", "many")]
    [InlineData("Zn", null)]
    public void The_model_of_the_element_alone_answers_else_one_that_knows_it_else_none(string element, string? expected)
    {
        using var models = ModelSet.FromFiles([Source("many", "Ni", "Cu"), Source("one", "Cu")]);
        var row = Assert.Single(new PredictionSession(models).Predict(Write("scan.xdi", Xdi(element))));
        Assert.Equal(expected, row.Model?.Name);
        if (expected is not null)
            return;
        Assert.Equal(Verdict.WrongElementOrEdge, row.Verdict);
        Assert.Equal("no model knows Zn: there are models of Ni, Cu", Assert.Single(row.Reasons));
        Assert.NotNull(row.InputSha256);
    }

    [Fact]
    public void Without_a_word_of_the_file_the_edge_chooses_and_an_option_overrules()
    {
        using var models = ModelSet.FromFiles([Source("one", "Cu"), Source("other", "Ni")]);
        string path = Write("scan.dat", BadInputs.Edge());
        Assert.Equal("one", Assert.Single(new PredictionSession(models).Predict(path)).Model!.Name);
        Assert.Equal("other", Assert.Single(new PredictionSession(models, new() { Preparation = new MeasuredPredictionOptions { Element = "Ni" } }).Predict(path)).Model!.Name);
        var unknown = Assert.Single(new PredictionSession(models).Predict(Write("far.dat", BadInputs.Edge().Replace("\n9", "\n19", StringComparison.Ordinal).Replace("\n8", "\n18", StringComparison.Ordinal))));
        Assert.Contains("the element is not known", Assert.Single(unknown.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_one_table_go_to_the_models_of_their_elements_and_keep_their_order()
    {
        TinyModel.WriteCsv(_temporary.File("t.csv"), 0, [0.5f, -1, 1], [0, 0, 0], [1, 1, 1]);
        string[] lines = File.ReadAllLines(_temporary.File("t.csv"));
        File.WriteAllLines(_temporary.File("t.csv"), lines.Select((l, i) => (i == 0 ? "ELEMENT" : ((string[])["Ni", "Cu", "Zn"])[i - 1]) + "," + l));
        using var models = ModelSet.FromFiles([Source("one", "Cu"), Source("many", "Ni", "Cu")]);
        var rows = new PredictionSession(models).Predict(_temporary.File("t.csv"));
        Assert.Equal(["many", "one", null], rows.Select(r => r.Model?.Name));
        Assert.Equal(["mp-0", "mp-1", "mp-2"], rows.Select(r => r.Prediction!.Material));
    }

    [Fact]
    public void Many_files_keep_their_order_whatever_the_threads()
    {
        Directory.CreateDirectory(_temporary.File("many"));
        for (int i = 0; i < 20; i++)
            Write(Path.Combine("many", $"s{i:00}.xdi"), i % 7 == 3 ? "junk" : Xdi("Cu"));
        Write(Path.Combine("many", ".hidden"), "junk");
        string[] inputs = [_temporary.File("absent.xdi"), _temporary.File("many"), _temporary.File("many", "s01.xdi")];
        int files = 0;
        var one = new PredictionSession(_cu).Predict(inputs, 1, _ => files++);
        var four = new PredictionSession(_cu).Predict(inputs, 4);
        Assert.Equal(22, files);
        Assert.Equal(["absent.xdi", .. Enumerable.Range(0, 20).Select(i => $"s{i:00}.xdi"), "s01.xdi"], one.Select(r => Path.GetFileName(r.File)));
        Assert.Equal(one.Select(r => (r.File, r.Error, r.Verdict, r.Prediction?.ReconstructionError)), four.Select(r => (r.File, r.Error, r.Verdict, r.Prediction?.ReconstructionError)));
        Assert.Equal(4, one.Count(r => r.Error is not null));
    }

    [Fact]
    public void An_interrupt_stops_it()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => new PredictionSession(_cu).Predict([_temporary.File("a")], 1, cancellation: source.Token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void What_is_done_before_a_stop_is_given_in_order(int threads)
    {
        string[] inputs = [.. Enumerable.Range(0, 12).Select(i => Write($"s{i:00}.xdi", Xdi("Cu")))];
        using var source = new CancellationTokenSource();
        int done = 0;
        var run = new PredictionSession(_cu).PredictUntil(inputs, threads, each: _ =>
        {
            if (++done == 2)
                source.Cancel();
        }, stop: source.Token);
        Assert.False(run.IsComplete);
        // Files that were begun are finished.
        Assert.InRange(run.Rows.Count, 2, 1 + threads);
        Assert.Equal(done, run.Rows.Count);
        Assert.Equal(run.Rows.Select(r => r.File).Order(StringComparer.Ordinal), run.Rows.Select(r => r.File));
        Assert.All(run.Rows, r => Assert.Null(r.Error));
        Assert.Throws<OperationCanceledException>(() => new PredictionSession(_cu).Predict(inputs, threads, cancellation: source.Token));
    }

    [Fact]
    public void A_file_to_write_is_left_out_of_its_folder_and_read_where_it_is_named()
    {
        Directory.CreateDirectory(_temporary.File("in"));
        string scan = Write(Path.Combine("in", "a.xdi"), Xdi("Cu")), output = Write(Path.Combine("in", "r.csv"), "results");
        var run = new PredictionSession(_cu).PredictUntil([_temporary.File("in")], 1, output);
        Assert.Equal((true, scan), (run.IsComplete, Assert.Single(run.Rows).File));
        Assert.Equal([scan, output, output], new PredictionSession(_cu).PredictUntil([_temporary.File("in"), output], 1).Rows.Select(r => r.File));
    }

    /// <summary>No oracle is needed: an error or a verdict other than ok, in one line each, and no defect of ours.</summary>
    [Theory]
    [MemberData(nameof(BadInputs.Names), MemberType = typeof(BadInputs))]
    public void Bad_contents_give_rows_that_say_why(string name)
    {
        var answers = new PredictionSession(_cu).Answers(BadInputs.Content(name), "upload/../../etc/passwd\n.xdi");
        Assert.NotEmpty(answers);
        Assert.All(answers, a =>
        {
            Assert.NotEqual(Verdict.Ok, a.Result.Verdict);
            Assert.NotEmpty(a.Result.Reasons);
            Assert.All(a.Result.Reasons, r => Assert.DoesNotContain(r, char.IsControl));
            Assert.All(a.Result.Reasons, r => Assert.DoesNotContain("defect", r, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void An_embedded_model_that_is_damaged_is_an_error_of_the_model()
    {
        var (name, file) = Source("one", "Cu");
        using var models = ModelSet.FromFiles([(name, f => f == ModelFolder.EncoderFile ? "junk"u8.ToArray() : file(f))]);
        var error = Assert.Throws<XanesModelException>(() => new PredictionSession(models).Predict(Write("scan.xdi", Xdi("Cu"))));
        Assert.Contains("encoder.onnx", error.Message, StringComparison.Ordinal);
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
