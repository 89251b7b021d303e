using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;
using XanesMl.Spectra.Splitting;
using XanesMl.Training.Configuration;

namespace XanesMl.Training.Runs;

/// <summary>What a run folder says of a finished run: run.json and metrics.json. Folders that earlier versions wrote are read too; what they do not record is empty.</summary>
public sealed record CompletedRun
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Hash of the table (<see cref="Spectra.Splitting.DataHash"/>).</summary>
    public required string DataHash { get; init; }

    /// <summary>Files and folders of the table as they were named then; empty where they were not recorded.</summary>
    public required IReadOnlyList<string> DataFiles { get; init; }

    /// <summary>The resolved configuration.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>Every trial, failed ones included.</summary>
    public required IReadOnlyList<TrialOutcome> Trials { get; init; }

    /// <summary>Largest difference between ONNX Runtime and TorchSharp when the model was written; NaN where it was not recorded.</summary>
    public required double OnnxDifference { get; init; }

    /// <summary>Start and end as run.json has them, ISO 8601; "" where they were not recorded.</summary>
    public required (string Started, string Finished) Time { get; init; }

    /// <summary>Content of metrics.json: scores on test rows, or on validation rows where the split has no test rows.</summary>
    public required EvaluationReport Report { get; init; }

    /// <summary>The model folder.</summary>
    public string ModelFolder => Path.Combine(Folder, TrainingRun.ModelFolderName);

    /// <summary>Reads a run folder.</summary>
    /// <param name="folder">A folder that xanesml train, select or demo wrote.</param>
    /// <exception cref="XanesDataException">No such folder, not a run, a process still at work in it, a run without a model yet, or files that are damaged.</exception>
    public static CompletedRun Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new XanesDataException("the run folder does not exist", folder, remedy: "Name a folder that xanesml train, select or demo wrote.");
        RunLock.RequireFree(folder);
        var description = RunDescription.Read(folder);
        string path = Path.Combine(folder, RunRecord.FileName), metrics = Path.Combine(folder, "metrics.json");
        if (!Directory.Exists(Path.Combine(folder, TrainingRun.ModelFolderName)) || !File.Exists(metrics))
            throw new XanesDataException("the run has no model yet", folder, remedy: "Continue it with xanesml train --resume, or make a model of its trials with xanesml select.");
        try
        {
            // RunDescription has checked that the file is a JSON object of ours.
            var root = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
            return new CompletedRun
            {
                Folder = folder,
                DataHash = description.DataHash,
                DataFiles = root["data_files"]?.Deserialize<string[]>(s_json) ?? [],
                Options = ConfigurationFile.Parse(string.Join('\n', description.Configuration), path),
                Trials = Checked(root["trials"]?.Deserialize<TrialOutcome[]>(s_json) ?? [], path),
                OnnxDifference = root["onnx_difference"]?.Deserialize<double>(s_json) ?? double.NaN,
                Time = (root["started"]?.GetValue<string>() ?? "", root["finished"]?.GetValue<string>() ?? ""),
                Report = MetricsJson.Read(metrics),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new XanesDataException(e.Message.TrimEnd('.'), path, (e as JsonException)?.LineNumber + 1, (e as JsonException)?.Path, "Restore the file as xanesml train wrote it.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesDataException("cannot be read: " + e.Message.TrimEnd('.'), path, inner: e);
        }
    }

    /// <summary>Prepares tables as the run did and checks that they are those of the run.</summary>
    /// <param name="tables">At least one.</param>
    /// <returns>The table on the model's grid with the model's descriptors, or null where its hash is another.</returns>
    /// <exception cref="XanesDataException">Tables that cannot be put together.</exception>
    public RunInput? Match(IReadOnlyList<SpectraTable> tables)
    {
        var input = RunInput.Prepare(tables, Options);
        return Spectra.Splitting.DataHash.Of(input.Table) == DataHash ? input : null;
    }

    private static TrialOutcome[] Checked(TrialOutcome[] trials, string path) =>
        trials.Any(t => t is null || t.Scores is null) ? throw new XanesDataException("a trial is null", path, remedy: "Restore the file as xanesml train wrote it.") : trials;
}
