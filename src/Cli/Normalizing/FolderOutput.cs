using System.Globalization;
using System.Text;
using System.Text.Json;
using XanesMl.Cli.Plotting;
using XanesMl.Spectra;

namespace XanesMl.Cli.Normalizing;

/// <summary>Writes a folder of normalized spectra: one CSV a spectrum, summary.csv, normalize.json and, when asked for, plots.</summary>
internal sealed class FolderOutput(string folder, bool plot)
{
    /// <summary>The file that shows that a folder is one of ours.</summary>
    public const string Marker = "normalize.json";

    private const string Plots = "plots";
    private const int LongestName = 100;

    private readonly List<string> _files = [Marker, "summary.csv"];
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase) { "summary", Path.GetFileNameWithoutExtension(Marker), Plots };

    /// <summary>Writes one spectrum's CSV (and figure) and returns the outcome with its name.</summary>
    public NormalizeOutcome Add(NormalizeOutcome outcome, bool several)
    {
        string stem = Path.GetFileNameWithoutExtension(outcome.File);
        string name = Unique(Safe(outcome.Name == "merged" ? "merged" : several ? stem + "_" + outcome.Name : stem));
        outcome = outcome with { OutputName = name };
        File.WriteAllText(Path.Combine(folder, name + ".csv"), Csv(outcome));
        _files.Add(name + ".csv");
        if (plot)
        {
            _files.Add($"{Plots}/{name}.png");
            Directory.CreateDirectory(Path.Combine(folder, Plots));
            File.WriteAllBytes(Path.Combine(folder, Plots, name + ".png"), NormalizationFigure.Create(name, outcome).ToPng());
        }

        return outcome;
    }

    /// <summary>Writes what belongs to the whole run.</summary>
    public void Finish(NormalizeRequest request, IReadOnlyList<NormalizeOutcome> outcomes)
    {
        File.WriteAllText(Path.Combine(folder, "summary.csv"), NormalizeSummary.Csv(outcomes));
        if (plot)
        {
            _files.Add(Plots + "/overview.png");
            File.WriteAllBytes(Path.Combine(folder, Plots, "overview.png"), NormalizationFigure.Overview(outcomes).ToPng());
        }

        File.WriteAllText(Path.Combine(folder, Marker), Description(request, outcomes));
    }

    /// <summary>Refuses to replace a folder of an earlier run that holds what the run did not write.</summary>
    /// <exception cref="XanesDataException">A file or folder that is not in its normalize.json's list, or no such list.</exception>
    public static void RequireOwnFiles(string folder)
    {
        string marker = Path.Combine(folder, Marker);
        if (!File.Exists(marker))
            return;
        var own = Listed(marker);
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            bool plots = entry is DirectoryInfo && entry.LinkTarget is null && entry.Name == Plots;
            IEnumerable<string> names = plots ? ((DirectoryInfo)entry).EnumerateFileSystemInfos().Select(e => $"{Plots}/{e.Name}") : [entry.Name];
            if (names.FirstOrDefault(n => !own.Contains(n)) is { } foreign)
                throw new XanesDataException($"the folder holds {foreign}, which was not written by this program and would be lost", folder, remedy: "Give another --out, or move it away.");
        }
    }

    private static HashSet<string> Listed(string marker)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllText(marker));
            return [.. json.RootElement.GetProperty("files").EnumerateArray().Select(e => e.GetString()!)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new XanesDataException("the file does not list what was written, so the folder is not replaced", marker, remedy: "Give another --out, or remove the folder yourself.", inner: e);
        }
    }

    /// <summary>energy,mu,pre_edge,post_edge,norm,flat and, for merged scans, mu_std; energies are the file's own.</summary>
    private static string Csv(NormalizeOutcome outcome)
    {
        var (spectrum, r) = (outcome.Spectrum!, outcome.Result!);
        var text = new StringBuilder("energy,mu,pre_edge,post_edge,norm,flat");
        text.Append(outcome.Deviation.IsEmpty ? "\n" : ",mu_std\n");
        ReadOnlyMemory<double>[] columns = [spectrum.Energies, spectrum.Mu, r.PreEdge, r.PostEdge, r.Norm, r.Flat, .. outcome.Deviation.IsEmpty ? [] : (ReadOnlyMemory<double>[])[outcome.Deviation]];
        for (int i = 0; i < spectrum.Energies.Length; i++)
        {
            for (int c = 0; c < columns.Length; c++)
                text.Append(c == 0 ? "" : ",").Append(columns[c].Span[i].ToString("R", CultureInfo.InvariantCulture));
            text.Append('\n');
        }

        return text.ToString();
    }

    private string Description(NormalizeRequest request, IReadOnlyList<NormalizeOutcome> outcomes)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("program", "xanesml normalize");
            json.WriteString("version", typeof(FolderOutput).Assembly.GetName().Version?.ToString(3));
            json.WriteString("kind", NormalizeSummary.Word(request.Normalization.Kind));
            json.WriteString("input", request.Normalization.Input.ToString());
            json.WriteBoolean("deglitch", request.Deglitch);
            json.WriteBoolean("rebin", request.Rebin);
            json.WriteBoolean("merge", request.Merge);
            json.WriteString("model", request.Model);
            json.WriteNumber("spectra", outcomes.Count(o => o.Result is not null));
            json.WriteNumber("failed", outcomes.Count(o => o.Error is not null));
            json.WriteStartArray("files");
            foreach (string file in _files)
                json.WriteStringValue(file);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    // Names of files and spectra may hold anything: what is not a letter, digit, dash or dot becomes an underscore.
    private static string Safe(string name)
    {
        string safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' ? c : '_')).TrimStart('.');
        safe = safe.Length > LongestName ? safe[..LongestName] : safe;
        return safe.Length == 0 ? "spectrum" : safe;
    }

    private string Unique(string name)
    {
        string candidate = name;
        for (int i = 2; !_names.Add(candidate); i++)
            candidate = string.Create(CultureInfo.InvariantCulture, $"{name}_{i}");
        return candidate;
    }
}
