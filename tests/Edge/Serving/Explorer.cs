using System.Globalization;
using System.Text.Json;
using PuppeteerSharp;
using PuppeteerSharp.Media;
using Xunit;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>The page in a tab, and what went wrong there.</summary>
internal sealed class Explorer : IAsyncDisposable
{
    private readonly List<string> _problems = [];
    private readonly List<string> _requests = [];

    private Explorer(IPage page) => Page = page;

    public IPage Page { get; }

    /// <summary>Messages of the console and failed requests.</summary>
    public IReadOnlyList<string> Problems => [.. _problems];

    /// <summary>Addresses of all requests.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public static async Task<Explorer> OpenAsync(Chromium chromium, Uri address, int width = 1280, int height = 1000, bool dark = false)
    {
        var page = await chromium.Browser.NewPageAsync();
        var explorer = new Explorer(page);
        page.Console += (_, e) => explorer._problems.Add(e.Message.Type + ": " + e.Message.Text);
        page.PageError += (_, e) => explorer._problems.Add(e.Message);
        page.RequestFailed += (_, e) => explorer._problems.Add("failed: " + e.Request.Url);
        page.Request += (_, e) => explorer._requests.Add(e.Request.Url);
        await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = height });
        await page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = dark ? "dark" : "light" }]);
        await page.GoToAsync(address.AbsoluteUri);
        return explorer;
    }

    /// <summary>Waits until an expression is true in the page.</summary>
    public Task Until(string expression) => Page.WaitForFunctionAsync("() => " + expression, new WaitForFunctionOptions { Timeout = 60_000, Polling = WaitForFunctionPollingOption.Raf });

    public Task Loaded() => Until("document.querySelector('#spectrum path.decoded') !== null && document.querySelector('#spectrum path.mean') !== null");

    public Task<T> Value<T>(string expression) => Page.EvaluateExpressionAsync<T>(expression);

    public Task<string> Text(string selector) => Value<string>($"document.querySelector('{selector}').textContent");

    /// <summary>y values of a drawn line, read back from its path by the plot's own scale.</summary>
    public async Task<double[]> Curve(string plot, string line)
    {
        string path = await Value<string>($"document.querySelector('#{plot} path.{line}').getAttribute('d')");
        var d = await Value<JsonElement>($"({{...document.querySelector('#{plot}').dataset}})");
        double Of(string name) => double.Parse(d.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
        return [.. path.Split(['M', 'L'], StringSplitOptions.RemoveEmptyEntries).Select(p => double.Parse(p.Split(' ')[1], CultureInfo.InvariantCulture))
            .Select(py => Of("y1") - ((py - Of("top")) / Of("height") * (Of("y1") - Of("y0"))))];
    }

    /// <summary>Drops a file on the page, as a mouse would.</summary>
    public Task Drop(string name, byte[] content) => Page.EvaluateFunctionAsync(
        """
        (name, base64) => {
          const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0)), data = new DataTransfer();
          data.items.add(new File([bytes], name));
          document.querySelector('#drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
        }
        """, name, Convert.ToBase64String(content));

    public void RequireNoProblems() => Assert.True(_problems.Count == 0, string.Join('\n', _problems));

    public async ValueTask DisposeAsync() => await Page.DisposeAsync();
}
