using XanesMl.Cli.Demo;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Reporting;

/// <summary>The rows of a run: a run folder does not hold its table, but knows its files and its hash.</summary>
/// <param name="Table">The table as it was trained on, verified by its hash, or null.</param>
/// <param name="Missing">Why there is none, a sentence; "" where there is one.</param>
internal sealed record RunData(SpectraTable? Table, string Missing)
{
    private const string Remedy = "Give it with --data to see figures of held-out rows.";

    /// <summary>Finds the rows: the files that the user names, else those that run.json names, else the embedded spectra if they are the ones.</summary>
    /// <param name="run">The run.</param>
    /// <param name="given">Files and folders of --data; empty for none.</param>
    /// <param name="contentFolder">Folder of the embedded data.</param>
    /// <exception cref="XanesDataException">A named file cannot be read, or is another table than the run's.</exception>
    public static RunData Find(CompletedRun run, IReadOnlyList<string> given, string contentFolder)
    {
        if (given.Count > 0)
            return run.Match(SpectraTableReader.ReadMany(given)) is { } input ? new RunData(input.Table, "")
                : throw new XanesDataException($"this is not the table that the run was trained on, whose hash is {run.DataHash}", string.Join(", ", given),
                    remedy: "Give the files of the training, whole and in their order" + (run.DataFiles.Count > 0 ? $": {string.Join(" ", run.DataFiles)}." : "."));
        if (run.DataFiles.Count > 0)
            return Recorded(run);
        try
        {
            if (Directory.Exists(Path.Combine(contentFolder, "data")) && run.Match(EmbeddedData.Read(contentFolder)) is { } embedded)
                return new RunData(embedded.Table, "");
        }
        catch (XanesDataException)
        {
            // the embedded spectra lack what this run was trained on: they are not its table
        }

        return new RunData(null, $"The run folder does not say where its table is. {Remedy}");
    }

    private static RunData Recorded(CompletedRun run)
    {
        string names = string.Join(", ", run.DataFiles);
        if (run.DataFiles.FirstOrDefault(f => !File.Exists(f) && !Directory.Exists(f)) is { } absent)
            return new RunData(null, $"The table of the run is not here ({absent}). {Remedy}");
        try
        {
            return run.Match(SpectraTableReader.ReadMany(run.DataFiles)) is { } input ? new RunData(input.Table, "")
                : new RunData(null, $"The files of the run ({names}) hold another table now: their hash is not that of run.json. {Remedy}");
        }
        catch (XanesDataException e)
        {
            return new RunData(null, $"The table of the run cannot be read: {e.Message.TrimEnd('.')}. {Remedy}");
        }
    }
}
