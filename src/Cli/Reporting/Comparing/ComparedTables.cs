using XanesMl.Cli.Demo;
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
    /// <param name="data">Files of --data; empty for none. A run's table may be those that are called as its own were, all of them, one of them, those of one folder or of one element; else it is
    /// what run.json names, or the embedded spectra.</param>
    /// <exception cref="XanesDataException">A run whose table is not found.</exception>
    public static IReadOnlyList<SpectraTable> Find(CliHost host, IReadOnlyList<ComparedRun> runs, IReadOnlyList<string> data)
    {
        // Every file is read first: one that is not there or damaged is an error even where it is not needed.
        GivenFile[] given = [.. data.Select(f => new GivenFile(f, SpectraTableReader.ReadMany([f])))];
        var found = new Dictionary<string, SpectraTable>(StringComparer.Ordinal);
        bool used = false;
        foreach (var run in runs.Select(r => r.Run).DistinctBy(r => r.DataHash))
        {
            host.Interrupt.ThrowIfCancellationRequested();
            var table = Candidates(run, given).Select(files => Match(run, [.. files.SelectMany(f => f.Tables)])).FirstOrDefault(t => t is not null);
            used |= table is not null;
            found[run.DataHash] = table ?? Known(run, given.Length > 0, host.ContentFolder);
        }

        // Another table than that of any run is a mistake, even where the runs know their own.
        return given.Length == 0 || used ? [.. runs.Select(r => found[r.Run.DataHash])] : throw Other(runs[0].Run);
    }

    /// <summary>The files that run.json names, or the embedded spectra.</summary>
    private static SpectraTable Known(CompletedRun run, bool isGiven, string contentFolder)
    {
        var own = RunData.Find(run, [], contentFolder);
        if (own.Table is { } known)
            return known;
        if (Directory.Exists(Path.Combine(contentFolder, "data")) && Match(run, EmbeddedData.Read(contentFolder)) is { } embedded)
            return embedded;
        throw isGiven ? Other(run)
            : new XanesDataException("the rows of the run are not found: " + own.Missing.Split(" Give it with")[0].TrimEnd('.'), run.Folder, remedy: "Give the tables of the runs with --data.");
    }

    private static XanesDataException Other(CompletedRun run) =>
        new($"none of the tables of --data is the one that the run was trained on, whose hash is {run.DataHash}", run.Folder,
            remedy: "Give the files of its training too, whole and in their order" + (run.DataFiles.Count > 0 ? $": {string.Join(" ", run.DataFiles)}." : "."));

    /// <summary>Sets of files that can be a run's table, the likely ones first.</summary>
    private static IEnumerable<GivenFile[]> Candidates(CompletedRun run, GivenFile[] given)
    {
        GivenFile?[] named = [.. run.DataFiles.Select(own => given.FirstOrDefault(g => g.Name == GivenFile.NameOf(own)))];
        if (named.Length > 0 && named.All(f => f is not null))
            yield return named!;
        if (given.Length > 0)
            yield return given;
        foreach (var file in given)
            yield return [file];
        foreach (var folder in given.GroupBy(f => Path.GetDirectoryName(Path.GetFullPath(f.Path)), StringComparer.Ordinal))
            yield return [.. folder];
        foreach (var element in given.GroupBy(f => f.Elements, StringComparer.Ordinal))
            yield return [.. element];
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

    /// <summary>A file or folder of --data.</summary>
    private sealed record GivenFile(string Path, IReadOnlyList<SpectraTable> Tables)
    {
        public string Name { get; } = NameOf(Path);

        public string Elements { get; } = string.Join(' ', Tables.SelectMany(t => t.Elements).Distinct().Order(StringComparer.Ordinal));

        public static string NameOf(string path) => System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(path));
    }
}
