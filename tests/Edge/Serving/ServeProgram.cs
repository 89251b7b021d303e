using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>The real program in its own process, serving the models that it carries on a free port.</summary>
internal sealed class ServeProgram : IDisposable
{
    private ServeProgram(Process process, Uri address)
    {
        Process = process;
        Client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(100) };
    }

    public Process Process { get; }

    public HttpClient Client { get; }

    /// <summary>Resident memory, MiB.</summary>
    public double Memory
    {
        get
        {
            Process.Refresh();
            return Process.WorkingSet64 / 1048576.0;
        }
    }

    /// <summary>Largest resident memory since its start, MiB.</summary>
    public double PeakMemory
    {
        get
        {
            Process.Refresh();
            return Process.PeakWorkingSet64 / 1048576.0;
        }
    }

    /// <summary>Starts it and waits until it says where it is.</summary>
    /// <param name="folder">Its working folder; null for any.</param>
    /// <param name="environment">A variable to set.</param>
    /// <param name="arguments">Options behind serve.</param>
    public static async Task<ServeProgram> StartAsync(string? folder = null, (string Name, string Value)? environment = null, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "xanesml-edge.dll"), "serve", "--urls", "http://127.0.0.1:0", .. arguments])
        {
            WorkingDirectory = folder ?? Path.GetTempPath(), RedirectStandardError = true, RedirectStandardOutput = true,
        };
        if (environment is var (name, value))
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        string line = await process.StandardError.ReadLineAsync() ?? "";
        Assert.StartsWith("serving Cu (", line, StringComparison.Ordinal);
        string address = line.Split(" at ")[1].Split(';')[0];
        Assert.StartsWith("http://127.0.0.1:", address, StringComparison.Ordinal);
        Assert.DoesNotContain(" and ", address, StringComparison.Ordinal);
        return new ServeProgram(process, new Uri(address));
    }

    public static async Task<JsonElement> Json(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        response.Dispose();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!Process.HasExited)
            Process.Kill();
        Process.Dispose();
    }
}
