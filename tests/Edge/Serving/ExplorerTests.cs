using System.Text;
using System.Text.Json;
using XanesMl.Edge.Serving;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>The page in a real browser, with the models that ship.</summary>
public sealed class ExplorerTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Hostile = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>.xdi";

    [ChromiumFact]
    public async Task It_loads_without_a_message_in_the_console_and_without_a_request_to_anyone_else()
    {
        await using var server = await Start();
        await using var page = await Explorer.OpenAsync(chromium, server.Client.BaseAddress!);
        await page.Loaded();
        page.RequireNoProblems();
        Assert.True(page.Requests.Count >= 8, "only " + string.Join(' ', page.Requests));
        Assert.All(page.Requests, r => Assert.StartsWith(server.Client.BaseAddress!.AbsoluteUri, r, StringComparison.Ordinal));
        Assert.Equal("", await page.Value<string>("[...document.querySelectorAll('*')].filter(e => e.hasAttribute('style') && !e.closest('.marks')).map(e => e.outerHTML).join()"));
        // Every input has a name for those who do not see it.
        Assert.Equal(0, await page.Value<int>("[...document.querySelectorAll('input, select')].filter(e => e.labels.length === 0).length"));
        // The axis is the model's own: from its first to its last energy, with the unit.
        var energies = (await server.Get("model")).GetProperty("models")[0].GetProperty("energies");
        Assert.Equal(energies[0].GetDouble(), await page.Value<double>("Number(document.querySelector('#spectrum').dataset.x0)"));
        Assert.Contains("(eV)", await page.Text("#spectrum"), StringComparison.Ordinal);
        Assert.Equal(energies.GetArrayLength(), (await page.Curve("spectrum", "decoded")).Length);
    }

    // Oracle: POST /decode of the styles that the page shows; the picture is 0.01 px exact, that is 1e-4 of the axis at most.
    [ChromiumFact]
    public async Task A_style_moved_by_the_keyboard_changes_the_curve_and_its_descriptor()
    {
        await using var server = await Start();
        await using var page = await Explorer.OpenAsync(chromium, server.Client.BaseAddress!);
        await page.Loaded();
        double[] before = await page.Curve("spectrum", "decoded");
        string descriptor = await page.Text("#descriptor-1 ~ output, label[for=descriptor-1] ~ output");
        await page.Page.FocusAsync("#style-1");
        for (int i = 0; i < 40; i++)
            await page.Page.Keyboard.PressAsync("ArrowRight");
        double style = await page.Value<double>("document.querySelector('#style-1').valueAsNumber");
        var model = (await server.Get("model")).GetProperty("models")[0];
        double[] styles = [.. model.GetProperty("styles").EnumerateArray().Select(s => s.GetProperty("mean").GetDouble())];
        Assert.True(style > styles[1] + 0.3, $"the slider is at {style}");
        styles[1] = style;
        var decoded = await server.PostOk("decode", "{\"styles\":" + JsonSerializer.Serialize(styles) + "}");
        string shown = decoded.GetProperty("descriptors").GetProperty(model.GetProperty("styles")[1].GetProperty("descriptor").GetString()!).GetProperty("value").GetDouble().ToString("F2", System.Globalization.CultureInfo.InvariantCulture);
        await page.Until($"document.querySelector('#descriptor-1').getAttribute('aria-valuetext').startsWith('{shown}')");
        double[] drawn = await page.Curve("spectrum", "decoded"), expected = Numbers(decoded.GetProperty("spectrum"));
        RequireClose(expected, drawn);
        Assert.True(before.Zip(drawn).Max(p => Math.Abs(p.First - p.Second)) > 0.01, "the curve did not move");
        double[] mean = Numbers((await server.PostOk("decode", "{}")).GetProperty("spectrum"));
        RequireClose(mean, await page.Curve("spectrum", "mean"));
        RequireClose([.. expected.Zip(mean).Select(p => p.First - p.Second)], await page.Curve("difference", "decoded"));
        Assert.NotEqual(descriptor, await page.Text("label[for=descriptor-1] ~ output"));
        await page.Page.ClickAsync("#reset");
        await page.Until("document.querySelector('#spectrum path.decoded').getAttribute('d') === document.querySelector('#spectrum path.mean').getAttribute('d')");
        page.RequireNoProblems();
    }

    [ChromiumFact]
    public async Task A_descriptor_moved_by_the_keyboard_moves_its_style()
    {
        await using var server = await Start();
        await using var page = await Explorer.OpenAsync(chromium, server.Client.BaseAddress!);
        await page.Loaded();
        string style = await page.Text("label[for=style-0] ~ output"), other = await page.Text("label[for=style-2] ~ output");
        await page.Page.FocusAsync("#descriptor-0");
        await page.Page.Keyboard.PressAsync("End");
        await page.Until($"document.querySelector('label[for=style-0] ~ output').textContent !== {JsonSerializer.Serialize(style)}");
        var model = (await server.Get("model")).GetProperty("models")[0];
        double end = await page.Value<double>("document.querySelector('#descriptor-0').valueAsNumber"), reach = model.GetProperty("descriptors")[0].GetProperty("calibrated_high").GetDouble();
        Assert.True(end > reach, "this test needs a slider that goes beyond the calibration");
        await page.Until("document.querySelector('fieldset .note').textContent.startsWith('The calibration reaches')");
        Assert.Equal(other, await page.Text("label[for=style-2] ~ output"));
        // Left alone, the slider goes back to what can be had.
        await page.Page.Keyboard.PressAsync("Tab");
        Assert.Equal(reach, await page.Value<double>("document.querySelector('#descriptor-0').valueAsNumber"), 0.01);
        page.RequireNoProblems();
    }

    // Oracle: POST /predict of the same bytes.
    [ChromiumFact]
    public async Task A_dropped_file_shows_its_verdict_and_lands_at_its_styles_and_its_name_is_text()
    {
        await using var server = await Start();
        byte[] file = await Spectra.MeasuredFile(server);
        var expected = (await server.PostOk("predict", file, "application/octet-stream")).GetProperty("result");
        await using var page = await Explorer.OpenAsync(chromium, server.Client.BaseAddress!);
        await page.Loaded();
        await page.Drop(Hostile, file);
        await page.Until("document.querySelector('#spectrum path.input') !== null");
        Assert.Equal(Hostile, await page.Text("#progress"));
        Assert.Equal("XanesMl latent explorer", await page.Page.GetTitleAsync());
        Assert.Equal(0, await page.Value<int>("document.querySelectorAll('main img, main script').length"));
        string verdict = expected.GetProperty("verdict").GetString()!;
        Assert.Equal(verdict, await page.Value<string>("document.querySelector('#verdict').dataset.verdict"));
        Assert.True((await page.Text("#verdict strong")).Length > 1);
        double[] styles = Numbers(expected.GetProperty("styles"));
        for (int s = 0; s < styles.Length; s++)
        {
            // The tip's place is 9 px + t (width - 18 px), as the middle of the thumb is.
            double t = await page.Value<double>($"(() => {{ const i = document.querySelector('#style-{s}'), m = i.parentNode.querySelector('.marks'), tip = m.querySelector('.tip').getBoundingClientRect(), box = m.getBoundingClientRect(); return (tip.left + tip.width / 2 - box.left - 9) / (box.width - 18) * (i.max - i.min) + Number(i.min); }})()");
            Assert.Equal(styles[s], t, 0.03);
        }

        int rows = await page.Value<int>("document.querySelectorAll('#descriptors tbody tr').length");
        Assert.Equal(expected.GetProperty("descriptors").EnumerateObject().Count(), rows);
        await page.Page.ClickAsync("#start");
        await page.Until($"Math.abs(document.querySelector('#style-0').valueAsNumber - ({styles[0].ToString("R", System.Globalization.CultureInfo.InvariantCulture)})) < 0.02");
        RequireClose(Numbers((await server.PostOk("decode", "{\"styles\":" + JsonSerializer.Serialize(styles) + "}")).GetProperty("spectrum")), await page.Curve("spectrum", "decoded"));
        await page.Page.ClickAsync("#forget");
        await page.Until("document.querySelector('#spectrum path.input') === null && document.querySelector('.tip') === null");
        page.RequireNoProblems();
    }

    [ChromiumFact]
    public async Task What_the_server_refuses_is_shown_as_text()
    {
        await using var server = await Start();
        await using var page = await Explorer.OpenAsync(chromium, server.Client.BaseAddress!);
        await page.Loaded();
        await page.Drop("<b>bold<b>.xdi", Encoding.UTF8.GetBytes("no numbers here"));
        await page.Until("!document.querySelector('#error').hidden");
        Assert.Contains("Give a file", await page.Text("#error"), StringComparison.Ordinal);
        Assert.Contains("<b>bold<b>.xdi", await page.Text("#error"), StringComparison.Ordinal);
        Assert.Equal(0, await page.Value<int>("document.querySelectorAll('#error *').length"));
        Assert.True(await page.Value<bool>("document.querySelector('#result').hidden"));
    }

    [ChromiumFact]
    public async Task It_fits_400_pixels_and_its_curve_stays_in_sight()
    {
        await using var server = await Start();
        await using var page = await Explorer.OpenAsync(chromium, server.Client.BaseAddress!, 400, 800);
        await page.Loaded();
        await page.Drop(new string('n', 200) + ".xdi", await Spectra.MeasuredFile(server));
        await page.Until("document.querySelector('#spectrum path.input') !== null");
        Assert.Equal(400, await page.Value<int>("document.documentElement.scrollWidth"));
        await page.Page.FocusAsync("#style-3");
        Assert.True(await page.Value<bool>("(() => { const v = document.querySelector('#spectrum').getBoundingClientRect(), s = document.querySelector('#style-3').getBoundingClientRect(); return v.top >= 0 && s.top >= v.bottom && s.bottom <= innerHeight; })()"));
        page.RequireNoProblems();
    }

    [ChromiumFact]
    public async Task A_server_with_a_token_serves_the_page_which_asks_for_it()
    {
        const string Token = "correct-horse-battery";
        await using var server = await TestServer.StartAsync(new ServeOptions { Token = Token }, SharedData.Repository("models", "Cu"));
        await using var page = await Explorer.OpenAsync(chromium, server.Client.BaseAddress!);
        await page.Until("!document.querySelector('#token-form').hidden");
        await page.Page.TypeAsync("#token", Token);
        await page.Page.Keyboard.PressAsync("Enter");
        await page.Loaded();
        Assert.True(await page.Value<bool>("document.querySelector('#token-form').hidden && document.querySelector('#error').hidden"));
        Assert.DoesNotContain(page.Requests, r => r.Contains(Token, StringComparison.Ordinal));
    }

    [ChromiumFact]
    public async Task A_model_of_relative_energies_shows_them_for_the_element_that_is_chosen()
    {
        await using var server = await Start();
        await using var page = await Explorer.OpenAsync(chromium, server.Client.BaseAddress!);
        await page.Loaded();
        var relative = (await server.Get("model")).GetProperty("models").EnumerateArray().Single(m => m.GetProperty("relative_to_edge").GetBoolean());
        await page.Page.SelectAsync("#model", relative.GetProperty("id").GetString()!);
        double first = relative.GetProperty("energies")[0].GetDouble(), reference = relative.GetProperty("edge_references").GetProperty("Fe").GetDouble();
        await page.Until($"document.querySelector('#spectrum').dataset.x0 === '{first}'");
        Assert.Contains("relative to the edge", await page.Text("#spectrum"), StringComparison.Ordinal);
        await page.Page.SelectAsync("#element", "Fe");
        await page.Until($"document.querySelector('#spectrum').dataset.x0 === '{first + reference}'");
        page.RequireNoProblems();
    }

    private static Task<TestServer> Start() => TestServer.StartAsync(null, SharedData.Repository("models", "Cu"), SharedData.Repository("models", "oxides-8"));

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetDouble())];

    private static void RequireClose(double[] expected, double[] drawn)
    {
        Assert.Equal(expected.Length, drawn.Length);
        for (int i = 0; i < drawn.Length; i++)
            Assert.Equal(expected[i], drawn[i], 5e-4);
    }
}
