using PuppeteerSharp;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>Pictures of the page for people to look at: written where XANESML_SCREENSHOTS points, which also makes docs/images/explorer.png.</summary>
public sealed class ScreenshotTests(Chromium chromium) : IClassFixture<Chromium>
{
    [ChromiumFact]
    public async Task The_page_can_be_pictured_wide_and_narrow_light_and_dark()
    {
        string? folder = Environment.GetEnvironmentVariable("XANESML_SCREENSHOTS");
        await using var server = await TestServer.StartAsync(null, SharedData.Repository("models", "Cu"), SharedData.Repository("models", "oxides-8"));
        byte[] file = Environment.GetEnvironmentVariable("XANESML_SCREENSHOT_FILE") is { Length: > 0 } own ? await File.ReadAllBytesAsync(own) : await Spectra.MeasuredFile(server);
        foreach (var (width, dark) in new[] { (1280, false), (400, true), (1280, true), (400, false) })
        {
            if (folder is null && width == 1280 && dark)
                break; // Two of the four are enough to know that it works.
            await using var page = await Explorer.OpenAsync(chromium, server.Client.BaseAddress!, width, width == 400 ? 800 : 1000, dark);
            await page.Loaded();
            await page.Drop("measured.xdi", file);
            await page.Until("!document.querySelector('#result').hidden && document.querySelector('#spectrum path.input') !== null");
            await page.Page.FocusAsync("#descriptor-1");
            for (int i = 0; i < 30; i++)
                await page.Page.Keyboard.PressAsync("ArrowLeft");
            await page.Until("document.querySelector('#spectrum path.decoded').getAttribute('d') !== document.querySelector('#spectrum path.mean').getAttribute('d')");
            byte[] picture = await page.Page.ScreenshotDataAsync(new ScreenshotOptions { FullPage = true });
            Assert.True(picture.Length > 20_000, "the picture is empty");
            page.RequireNoProblems();
            if (folder is not null)
                await File.WriteAllBytesAsync(Path.Combine(folder, $"explorer-{width}-{(dark ? "dark" : "light")}.png"), picture);
        }
    }
}
