using System.Text.Json;
using XanesMl.Spectra;

namespace XanesMl.Training.Runs;

/// <summary>What run.json of a folder says of its run.</summary>
/// <param name="DataHash">Hash of the table.</param>
/// <param name="Configuration">The resolved configuration, "key: value".</param>
/// <param name="Selected">Whether the folder was written by a choice among trials of other folders.</param>
internal sealed record RunDescription(string DataHash, IReadOnlyList<string> Configuration, bool Selected)
{
    private const long MaximumBytes = 64 << 20;
    private const string Remedy = "Name a folder that xanesml train wrote.";

    /// <summary>Reads run.json.</summary>
    /// <param name="folder">The run folder.</param>
    /// <exception cref="XanesDataException">No such file, or not of this form.</exception>
    public static RunDescription Read(string folder)
    {
        string path = Path.Combine(folder, RunRecord.FileName);
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaximumBytes } large)
                throw new XanesDataException($"{large.Length} bytes are too many for a run.json", path, remedy: Remedy);
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = json.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("data_hash", out var hash) && hash.ValueKind == JsonValueKind.String
                && root.TryGetProperty("configuration", out var lines) && lines.ValueKind == JsonValueKind.Array && lines.EnumerateArray().All(l => l.ValueKind == JsonValueKind.String)
                ? new RunDescription(hash.GetString()!, [.. lines.EnumerateArray().Select(l => l.GetString()!)], root.TryGetProperty("sources", out var sources) && sources.ValueKind == JsonValueKind.Array)
                : throw new XanesDataException("data_hash and configuration are missing", path, remedy: Remedy);
        }
        catch (JsonException e)
        {
            throw new XanesDataException(e.Message.TrimEnd('.'), path, e.LineNumber + 1, remedy: Remedy, inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesDataException("cannot be read: " + e.Message.TrimEnd('.'), path, remedy: Remedy, inner: e);
        }
    }
}
