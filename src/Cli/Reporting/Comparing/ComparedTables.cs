using XanesMl.Cli.Terminal;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Reporting.Comparing;

/// <summary>Finds the table of each run; runs of one table share it.</summary>
internal static class ComparedTables
{
    /// <summary>[runs] tables as the runs were trained on, verified by their hashes.</summary>
    /// <param name="host">Embedded data.</param>
    /// <param name="runs">The runs.</param>
    /// <param name="data">Files of --data: of all runs together, or of several tables one by one; empty for the files that run.json names.</param>
    /// <exception cref="XanesDataException">A run whose table is not found.</exception>
    public static IReadOnlyList<SpectraTable> Find(CliHost host, IReadOnlyList<ComparedRun> runs, IReadOnlyList<string> data)
    {
        var found = new Dictionary<string, SpectraTable>(StringComparer.Ordinal);
        List<IReadOnlyList<SpectraTable>> given = Given(data);
        foreach (var run in runs)
        {
            host.Interrupt.ThrowIfCancellationRequested();
            if (found.ContainsKey(run.Run.DataHash))
                continue;
            if (data.Count == 0)
            {
                var own = RunData.Find(run.Run, [], host.ContentFolder);
                found[run.Run.DataHash] = own.Table ?? throw new XanesDataException("the rows of the run are not found: " + own.Missing.Split(" Give it with")[0].TrimEnd('.'), run.Run.Folder,
                    remedy: "Give the tables of the runs with --data.");
                continue;
            }

            found[run.Run.DataHash] = given.Select(tables => Match(run.Run, tables)).FirstOrDefault(t => t is not null)
                ?? throw new XanesDataException($"none of the tables of --data is the one that the run was trained on, whose hash is {run.Run.DataHash}", run.Run.Folder,
                    remedy: "Give the files of its training too, whole and in their order" + (run.Run.DataFiles.Count > 0 ? $": {string.Join(" ", run.Run.DataFiles)}." : "."));
        }

        return [.. runs.Select(r => found[r.Run.DataHash])];
    }

    /// <summary>All files together, then each file by itself.</summary>
    private static List<IReadOnlyList<SpectraTable>> Given(IReadOnlyList<string> data)
    {
        if (data.Count == 0)
            return [];
        IReadOnlyList<SpectraTable>[] each = [.. data.Select(f => SpectraTableReader.ReadMany([f]))];
        return each.Length == 1 ? [each[0]] : [[.. each.SelectMany(t => t)], .. each];
    }

    /// <summary>The run's table, or null where these tables are others; tables that do not even go together are others too.</summary>
    private static SpectraTable? Match(CompletedRun run, IReadOnlyList<SpectraTable> tables)
    {
        try
        {
            return run.Match(tables)?.Table;
        }
        catch (XanesDataException)
        {
            return null;
        }
    }
}
