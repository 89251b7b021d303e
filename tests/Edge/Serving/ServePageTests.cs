using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using XanesMl.Edge.Serving;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>docs/edge-serve.md is compared with the program.</summary>
public sealed partial class ServePageTests
{
    private static readonly string s_page = File.ReadAllText(SharedData.Repository("docs", "edge-serve.md"));

    /// <summary>The requests of the page, sent by the tool that it names to a server on another port.</summary>
    [CurlFact]
    public async Task Its_requests_are_answered()
    {
        await using var server = await TestServer.StartAsync(null, SharedData.Repository("models", "Cu"));
        using var temporary = new TemporaryFolder();
        byte[] file = await Spectra.MeasuredFile(server);
        await File.WriteAllBytesAsync(temporary.File("scan.xdi"), file);
        await File.WriteAllBytesAsync(temporary.File("other.xdi"), file);
        var rows = Encoding.UTF8.GetString(file).Split('\n').Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(' ')).ToArray();
        await File.WriteAllTextAsync(temporary.File("spectrum.json"), $"{{\"energies\":[{string.Join(',', rows.Select(r => r[0]))}],\"mu\":[{string.Join(',', rows.Select(r => r[1]))}],\"element\":\"Cu\",\"name\":\"scan 1\",\"options\":{{\"shift\":0}}}}");
        string[] commands = [.. Block().Matches(s_page).SelectMany(b => b.Groups[1].Value.Split('\n')).Where(l => l.Length > 0)];
        Assert.Equal("xanesml-edge serve", commands[0]);
        Assert.Equal(7, commands.Length);
        foreach (string command in commands[1..])
        {
            var start = new ProcessStartInfo("bash", ["-c", command.Replace("http://127.0.0.1:5080/", server.Client.BaseAddress!.AbsoluteUri, StringComparison.Ordinal)])
            {
                WorkingDirectory = temporary.Path, RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal(0, process.ExitCode);
            var answer = JsonSerializer.Deserialize<JsonElement>(output);
            Assert.False(answer.TryGetProperty("remedy", out _), command + ": " + output);
            if (answer.TryGetProperty("failed", out var failed))
                Assert.Equal(0, failed.GetInt32());
        }
    }

    // Oracle: the help of the program, and ServeOptions.
    [Fact]
    public void Its_options_are_those_of_the_program_with_their_defaults()
    {
        using var help = new StringWriter { NewLine = "\n" };
        Assert.Equal(0, EdgeCommandLine.Run(["serve", "--help"], Stream.Null, help, help));
        string[] known = [.. HelpOption().Matches(help.ToString()).Select(m => m.Groups[1].Value).Where(o => o != "--help")];
        var table = s_page.Split('\n').Where(l => l.StartsWith("| `--", StringComparison.Ordinal)).Select(l => l.Split('|')).ToDictionary(c => c[1].Trim().Trim('`'), c => c[2].Trim().Trim('`'));
        Assert.Equal(known.Order(StringComparer.Ordinal), table.Keys.Order(StringComparer.Ordinal));
        var d = new ServeOptions();
        foreach (var (option, value) in new (string, object)[]
        {
            ("--urls", d.Urls), ("--token", ServeOptions.TokenVariable), ("--max-body", d.MaxBodyMiB), ("--max-batch", d.MaxBatch), ("--rate", d.Rate), ("--seconds", d.Seconds),
            ("--connections", d.Connections), ("--waiting", d.Waiting),
        })
            Assert.Equal((option, FormattableString.Invariant($"{value}")), (option, table[option]));
        Assert.Contains("xanesml-edge serve", help.ToString(), StringComparison.Ordinal);
    }

    // Oracle: the document of the server, which another test compares with its routes.
    [Fact]
    public async Task Its_routes_are_those_of_the_server()
    {
        await using var server = await TestServer.StartAsync();
        string[] routes = [.. (await server.Get("openapi.json")).GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject().Select(m => $"{m.Name.ToUpperInvariant()} {p.Name}"))];
        string[] table = [.. Route().Matches(s_page).Select(m => m.Groups[1].Value)];
        Assert.Equal(routes.Order(StringComparer.Ordinal), table.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("--urls", "http://0.0.0.0:1")]
    [InlineData("--token", "short")]
    [InlineData("--rate", "0")]
    [InlineData("--rate", "many")]
    [InlineData("--max-body", "257")]
    [InlineData("--host", "not a name")]
    [InlineData("--model", "nowhere")]
    [InlineData("--modle", "x")]
    public void Bad_use_returns_2_with_one_line(string option, string value)
    {
        using var messages = new StringWriter { NewLine = "\n" };
        Assert.Equal(2, EdgeCommandLine.Run(["serve", option, value], Stream.Null, messages, messages));
        Assert.StartsWith("xanesml-edge: error: ", messages.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, messages.ToString().Count(c => c == '\n'));
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^  (?:-\?, -h, )?(--[a-z-]+)", RegexOptions.Multiline)]
    private static partial Regex HelpOption();

    [GeneratedRegex(@"^\| `((?:GET|POST) [^`]+)`", RegexOptions.Multiline)]
    private static partial Regex Route();
}

/// <summary>A fact that needs curl and bash, and is skipped, visibly, where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CurlFactAttribute : FactAttribute
{
    /// <summary>Sets the skip reason where a tool is absent.</summary>
    public CurlFactAttribute()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!Array.TrueForAll(["curl", "bash"], tool => Array.Exists(folders, f => File.Exists(Path.Combine(f, tool)))))
            Skip = "needs curl and bash on PATH";
    }
}
