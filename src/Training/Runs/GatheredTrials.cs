using XanesMl.Spectra;
using XanesMl.Training.Configuration;

namespace XanesMl.Training.Runs;

/// <summary>Trials of one or several run folders that belong to one ensemble: same data, split and configuration, each seed once.</summary>
public sealed class GatheredTrials
{
    private const string SameOptions = "Choose among trials of one table and one configuration.";

    // What may differ between the run folders: where they begin and how many trials they have, and what happens around a trial.
    private static readonly string[] s_free = ["trials", "seed", "data_file", "verbose", "checkpoint_interval", "timeout"];

    private readonly Dictionary<int, TrialFolder> _folders;

    private GatheredTrials(IReadOnlyList<string> folders, TrainingOptions options, IReadOnlyList<TrialRecord> records, Dictionary<int, TrialFolder> trialFolders) =>
        (Folders, Options, Records, _folders) = (folders, options, records, trialFolders);

    /// <summary>The run folders.</summary>
    public IReadOnlyList<string> Folders { get; }

    /// <summary>Options of the ensemble: those of the folders, with the number of all trials and the smallest seed.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Number of trials, failed and missing ones included.</summary>
    public int Count => Records.Count;

    /// <summary>By seed; trial t has the smallest seed + t.</summary>
    internal IReadOnlyList<TrialRecord> Records { get; }

    /// <summary>What all trials were trained on.</summary>
    internal RunIdentity Identity => Records.First(r => !r.Transient).Identity;

    /// <summary>Where the files of a trial are.</summary>
    internal TrialFolder FolderOf(TrialRecord record) => _folders[record.Seed];

    /// <summary>Reads the trials' records and checks that they belong together; their weights are read when the best are known.</summary>
    /// <param name="folders">Run folders that xanesml train wrote, with or without a range.</param>
    /// <param name="allowMissing">Go on without trials that are not there; they count as failed.</param>
    /// <exception cref="XanesDataException">Not a run folder, a process still at work in one, a trial that is missing, damaged, there twice, or of another run: the message names what differs.</exception>
    public static GatheredTrials Read(IReadOnlyList<string> folders, bool allowMissing)
    {
        ArgumentNullException.ThrowIfNull(folders);
        string[] distinct = [.. folders.DistinctBy(Path.GetFullPath, StringComparer.Ordinal)];
        if (distinct.Length == 0)
            throw new XanesDataException("no run folder to choose from", remedy: "Name at least one.");
        var runs = distinct.Select(f => (Folder: f, Description: Describe(f))).ToArray();
        foreach (var (folder, description) in runs.Skip(1))
            if (RunIdentity.DifferenceOfConfigurations(runs[0].Description.Configuration, description.Configuration, runs[0].Folder, folder, s_free) is { } difference)
                throw new XanesDataException("the runs differ: " + difference, folder, remedy: SameOptions);
        var options = runs.Select(r => ConfigurationFile.Parse(string.Join('\n', r.Description.Configuration), Path.Combine(r.Folder, RunRecord.FileName))).ToArray();
        int[] expected = [.. options.SelectMany(o => Enumerable.Range(o.Seed, o.Trials)).Distinct().Order()];
        if (expected.Length > TrainingOptions.MaxTrials)
            throw new XanesDataException($"{expected.Length} trials are more than one choice can have", distinct[0], remedy: $"The limit is {TrainingOptions.MaxTrials}.");

        var found = Collect(runs, options);
        int[] missing = [.. expected.Where(seed => !found.ContainsKey(seed))];
        if (found.Count == 0)
            throw new XanesDataException("no trial has ended here", distinct[0], remedy: "Train them with xanesml train --trial-range.");
        if (missing.Length > 0 && !allowMissing)
            throw new XanesDataException($"{missing.Length} of {expected.Length} trials have not ended: {Listed(missing, expected[0])}", distinct[0],
                remedy: "Train them with xanesml train --trial-range A..B --resume, or go on without them with --allow-missing.");
        var first = found.Values.First().Record;
        TrialRecord[] records = [.. expected.Select((seed, i) => found.TryGetValue(seed, out var t) ? t.Record with { Trial = seed - expected[0] }
            : first with { Trial = seed - expected[0], Seed = seed, Epochs = 0, BestEpoch = 0, BestMetric = double.NaN, Scores = new Dictionary<string, double>(), WeightsSha256 = null, Failure = "missing: the trial has not ended", Transient = true })];
        var folderOf = records.ToDictionary(r => r.Seed, r => found.TryGetValue(r.Seed, out var t) ? t.Folder : new TrialFolder(distinct[0], r.Trial));
        return new GatheredTrials(distinct, options[0] with { Trials = expected.Length, Seed = expected[0] }, records, folderOf);
    }

    private static RunDescription Describe(string folder)
    {
        if (!Directory.Exists(folder))
            throw new XanesDataException("the run folder does not exist", folder, remedy: "Name a folder that xanesml train wrote.");
        var description = RunDescription.Read(folder);
        if (description.Selected)
            throw new XanesDataException("this folder is itself a choice among trials of others", folder, remedy: "Name the folders that it was made from; its run.json lists them as sources.");
        RunLock.RequireFree(folder);
        return description;
    }

    /// <summary>All trials that have ended, by seed.</summary>
    private static SortedDictionary<int, (TrialRecord Record, TrialFolder Folder)> Collect((string Folder, RunDescription Description)[] runs, TrainingOptions[] options)
    {
        var found = new SortedDictionary<int, (TrialRecord Record, TrialFolder Folder)>();
        foreach (var ((run, _), o) in runs.Zip(options))
        {
            for (int i = 0; i < o.Trials; i++)
            {
                var folder = new TrialFolder(run, i);
                RunLock.RequireFree(folder.Path);
                if (!File.Exists(folder.Record))
                    continue;
                var record = TrialRecord.Read(folder.Record);
                if (record.Trial != i || record.Seed != o.Seed + i)
                    throw new XanesDataException($"this is trial {record.Trial} with seed {record.Seed}; trial {i} of this run has seed {o.Seed + i}", folder.Path, remedy: "Put the trial's folder back where it was trained.");
                Add(found, record, folder);
            }
        }

        return found;
    }

    private static void Add(SortedDictionary<int, (TrialRecord Record, TrialFolder Folder)> found, TrialRecord record, TrialFolder folder)
    {
        if (found.Count > 0)
        {
            var (other, its) = found.Values.First();
            string? difference = record.Identity.Difference(other.Identity, folder.Path, its.Path)
                ?? (record.KeepWeights == other.KeepWeights ? null : $"keep_weights is {record.KeepWeights} in {folder.Path} and {other.KeepWeights} in {its.Path}");
            if (difference is not null)
                throw new XanesDataException("the trials differ: " + difference, folder.Path, remedy: SameOptions);
        }

        // the same trial copied to two folders is one trial; a failed attempt gives way to a good one
        if (found.TryGetValue(record.Seed, out var known) && known.Record.Failure is null && record.Failure is null && known.Record.WeightsSha256 != record.WeightsSha256)
            throw new XanesDataException($"the trial with seed {record.Seed} is there twice with different weights, here and in {known.Folder.Path}", folder.Path, remedy: "Name only one of the two run folders.");
        if (known.Record is null || known.Record.Failure is not null)
            found[record.Seed] = (record, folder);
    }

    private static string Listed(int[] seeds, int firstSeed) =>
        string.Join(", ", seeds.Take(10).Select(s => $"{s - firstSeed} (seed {s})")) + (seeds.Length > 10 ? $" and {seeds.Length - 10} more" : "");
}
