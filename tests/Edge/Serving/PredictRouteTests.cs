using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using XanesMl.Edge.Serving;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Serving;

public sealed class PredictRouteTests
{
    private static readonly float[] s_styles = [0.5f, -1, 1];

    // Oracle: PredictionSession on the same bytes, which is what xanesml-edge predict runs; only the time differs.
    [Fact]
    public async Task A_file_gives_the_row_that_predict_gives_by_every_way_of_sending_it()
    {
        await using var server = await TestServer.StartAsync();
        byte[] file = File();
        using var temporary = new TemporaryFolder();
        using var models = ModelSet.Open(TinyModel.Write(temporary.File("model")));
        using var line = new MemoryStream();
        var session = new PredictionSession(models);
        PredictionWriter.WriteJsonLines(line, session.ToTable([.. session.Answers(file, "scan.xdi").Select(a => a.Result)]));
        var expected = JsonSerializer.Deserialize<JsonElement>(line.ToArray());
        using var form = new MultipartFormDataContent { { new ByteArrayContent(file), "any", "scan.xdi" } };
        using var response = await server.Client.PostAsync(new Uri("predict", UriKind.Relative), form);
        var answers = new[]
        {
            await server.PostOk("predict?name=scan.xdi", file, "application/octet-stream"),
            await server.PostOk("predict?name=scan.xdi", file, "text/plain"),
            await server.PostOk("predict?name=%2Fhome%2Fsomebody%2Fscan.xdi", file, "application/octet-stream"),
            JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()),
        };
        foreach (var answer in answers)
        {
            var result = answer.GetProperty("result");
            Assert.Equal(expected.EnumerateObject().Select(m => m.Name), result.EnumerateObject().Select(m => m.Name));
            foreach (var member in expected.EnumerateObject().Where(m => m.Name != "time"))
                Assert.True(JsonElement.DeepEquals(member.Value, result.GetProperty(member.Name)), member.Name);
            Assert.Equal(["scan"], answer.GetProperty("spectra").EnumerateArray().Select(s => s.GetString()));
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(file)), result.GetProperty("input_sha256").GetString());
        }
    }

    // Oracle: the decoder of the fixture, by which the input was drawn; the measured path resamples to 1e-3.
    [Fact]
    public async Task Curves_are_what_the_model_saw_and_drew_on_its_grid()
    {
        await using var server = await TestServer.StartAsync();
        var (energies, mu) = Measured();
        var answer = await server.PostOk("predict", Spectra.Json(energies, mu, ",\"element\":\"Cu\",\"options\":{\"shift\":0}"));
        var curves = answer.GetProperty("curves");
        Assert.Equal(TinyModel.Grid.Energies, Numbers(curves.GetProperty("energies")));
        double[] input = Numbers(curves.GetProperty("input")), reconstruction = Numbers(curves.GetProperty("reconstruction"));
        Assert.Equal((TinyModel.Points, TinyModel.Points), (input.Length, reconstruction.Length));
        double error = input.Zip(reconstruction).Average(p => Math.Abs(p.First - p.Second));
        Assert.Equal(answer.GetProperty("result").GetProperty("reconstruction_error").GetDouble(), error, 1e-6);
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("alignment").ValueKind);
        Assert.False((await server.PostOk("predict?curves=false", Spectra.Json(energies, mu))).TryGetProperty("curves", out _));
        var found = await server.PostOk("predict", Spectra.Json(energies, mu));
        Assert.Equal(found.GetProperty("alignment").GetProperty("shift").GetDouble(), found.GetProperty("result").GetProperty("energy_shift").GetDouble());
    }

    [Fact]
    public async Task Options_have_their_effect_in_json_and_in_the_query()
    {
        await using var server = await TestServer.StartAsync();
        var (energies, mu) = Measured();
        var json = (await server.PostOk("predict", Spectra.Json(energies, mu, ",\"options\":{\"shift\":1.5,\"pre1\":-80,\"e0\":8989}"))).GetProperty("result");
        var file = (await server.PostOk("predict?shift=1.5&pre1=-80&e0=8989", File(), "application/octet-stream")).GetProperty("result");
        foreach (var result in new[] { json, file })
        {
            Assert.Equal((1.5, 8989.0), (result.GetProperty("energy_shift").GetDouble(), result.GetProperty("e0").GetDouble()));
            Assert.Equal(-80, result.GetProperty("parameters").GetProperty("pre1").GetDouble());
        }

        double[] kilo = [.. energies.Select(e => e / 1000)];
        Assert.Equal(json.GetProperty("e0").GetDouble(), (await server.PostOk("predict", Spectra.Json(kilo, mu, ",\"options\":{\"unit\":\"keV\",\"e0\":8989}"))).GetProperty("result").GetProperty("e0").GetDouble(), 1e-6);
        Assert.Equal("wrong-element-or-edge", (await server.PostOk("predict?element=Ni", File(), "application/octet-stream")).GetProperty("result").GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task A_file_of_several_spectra_answers_for_the_one_that_is_asked_for_and_names_all()
    {
        await using var server = await TestServer.StartAsync();
        using var temporary = new TemporaryFolder();
        TinyModel.WriteCsv(temporary.File("table.csv"), 0, [0, 0, 0], s_styles);
        byte[] table = System.IO.File.ReadAllBytes(temporary.File("table.csv"));
        var first = await server.PostOk("predict?name=table.csv", table, "application/octet-stream");
        var second = await server.PostOk("predict?name=table.csv&index=1", table, "application/octet-stream");
        Assert.Equal(0, first.GetProperty("result").GetProperty("warnings").GetArrayLength());
        var warned = await server.PostOk("predict?name=table.csv&shift=1", table, "application/octet-stream");
        Assert.Equal(1, warned.GetProperty("result").GetProperty("warnings").GetArrayLength());
        Assert.Equal(2, first.GetProperty("spectra").GetArrayLength());
        Assert.NotEqual(first.GetProperty("result").GetProperty("spectrum").GetString(), second.GetProperty("result").GetProperty("spectrum").GetString());
        // Oracle: CT = 1.5 + 0.5 (1.01 x 0.5 + 0.005) = 1.755 by the weights of make_fixtures.py.
        Assert.Equal(1.755, second.GetProperty("result").GetProperty("descriptors").GetProperty("CT").GetProperty("value").GetDouble(), 1e-4);
    }

    [Fact]
    public async Task A_batch_answers_each_in_order_and_counts_what_failed()
    {
        await using var server = await TestServer.StartAsync();
        var (energies, mu) = Measured();
        var batch = await server.PostOk("predict/batch", "[" + Spectra.Json(energies, mu, ",\"name\":\"a\"") + ",{\"energies\":[1],\"mu\":[]}," + Spectra.Json(energies, mu, ",\"name\":\"b\"") + "]");
        var answers = batch.GetProperty("answers").EnumerateArray().ToArray();
        Assert.Equal((3, 1), (answers.Length, batch.GetProperty("failed").GetInt32()));
        Assert.Equal("a", answers[0].GetProperty("predictions")[0].GetProperty("result").GetProperty("spectrum").GetString());
        Assert.Contains("1 energies", answers[1].GetProperty("error").GetProperty("what").GetString(), StringComparison.Ordinal);
        Assert.Equal("b", answers[2].GetProperty("predictions")[0].GetProperty("result").GetProperty("spectrum").GetString());
        Assert.False(answers[0].GetProperty("predictions")[0].TryGetProperty("curves", out _));
        Assert.Equal(2, (await server.Get("health")).GetProperty("spectra").GetInt32());
    }

    [Fact]
    public async Task A_batch_has_no_more_spectra_than_allowed_however_they_are_packed()
    {
        await using var server = await TestServer.StartAsync(new ServeOptions { MaxBatch = 3 });
        using var temporary = new TemporaryFolder();
        TinyModel.WriteCsv(temporary.File("two.csv"), 0, [0, 0, 0], s_styles);
        byte[] two = System.IO.File.ReadAllBytes(temporary.File("two.csv"));
        using var form = new MultipartFormDataContent { { new ByteArrayContent(two), "f", "1.csv" }, { new ByteArrayContent(two), "f", "2.csv" }, { new ByteArrayContent(File()), "f", "3.xdi" } };
        using var response = await server.Client.PostAsync(new Uri("predict/batch", UriKind.Relative), form);
        var answers = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()).GetProperty("answers").EnumerateArray().ToArray();
        Assert.Equal([2, 0, 1], answers.Select(a => a.GetProperty("predictions").GetArrayLength()));
        Assert.Equal(413, answers[1].GetProperty("error").GetProperty("status").GetInt32());
    }

    // Oracle: SpectrumModel.DecodeStyles and Calibration.Evaluate.
    [Fact]
    public async Task Decode_draws_what_the_decoder_draws_and_a_descriptor_moves_its_style_only()
    {
        await using var server = await TestServer.StartAsync();
        using var temporary = new TemporaryFolder();
        using var model = SpectrumModel.Open(TinyModel.Write(temporary.File("model")));
        var decoded = await server.PostOk("decode", "{\"styles\":[0.5,-1,1]}");
        Assert.Equal(model.DecodeStyles(s_styles, 1).Select(v => (double)v), Numbers(decoded.GetProperty("spectrum")).Select(v => (double)(float)v));
        Assert.Equal(1.75, decoded.GetProperty("descriptors").GetProperty("CT").GetProperty("value").GetDouble(), 1e-6);
        var moved = await server.PostOk("decode", "{\"styles\":[0.5,-1,1],\"descriptors\":{\"CT\":2}}");
        Assert.Equal([1, -1, 1], Numbers(moved.GetProperty("styles")).Select(v => Math.Round(v, 6)));
        Assert.Equal((2.0, false), (moved.GetProperty("descriptors").GetProperty("CT").GetProperty("value").GetDouble(), moved.GetProperty("descriptors").GetProperty("CT").GetProperty("limited").GetBoolean()));
        Assert.True((await server.PostOk("decode", "{\"descriptors\":{\"CT\":99}}")).GetProperty("descriptors").GetProperty("CT").GetProperty("limited").GetBoolean());
        Assert.Equal("out-of-domain", (await server.PostOk("decode", "{\"styles\":[9,9,9]}")).GetProperty("verdict").GetString());
        Assert.Equal("ok", (await server.PostOk("decode", "{}")).GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task With_several_models_the_element_chooses_and_a_name_overrules()
    {
        await using var server = await TestServer.StartAsync(null, SharedData.Repository("models", "Cu"), SharedData.Repository("models", "oxides-8"));
        var models = (await server.Get("model")).GetProperty("models").EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!, m => m.GetProperty("id").GetString());
        byte[] cu = Encoding.UTF8.GetBytes(BadInputs.Edge());
        string? Model(JsonElement answer) => answer.GetProperty("result").GetProperty("model").GetString();
        Assert.Equal(models["Cu"], Model(await server.PostOk("predict", cu, "application/octet-stream")));
        Assert.Equal(models["oxides-8"], Model(await server.PostOk("predict?model=oxides-8", cu, "application/octet-stream")));
        Assert.Equal(models["oxides-8"], Model(await server.PostOk("predict?element=Ni", cu, "application/octet-stream")));
        var none = await server.PostOk("predict?element=Zn", cu, "application/octet-stream");
        Assert.Equal("wrong-element-or-edge", none.GetProperty("result").GetProperty("verdict").GetString());
        Assert.Equal(0, none.GetProperty("curves").GetProperty("input").GetArrayLength());
    }

    private static (double[] Energies, double[] Mu) Measured() => Spectra.Measure(TinyModel.Grid.Energies.ToArray(), TinyModel.Decode(s_styles));

    private static byte[] File()
    {
        var (energies, mu) = Measured();
        return Spectra.Xdi(energies, mu);
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetDouble())];
}
