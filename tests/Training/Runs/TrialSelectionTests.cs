using System.Security.Cryptography;
using Xunit;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;

namespace XanesMl.Training.Tests.Runs;

/// <summary>Trials of several processes. Oracle of the bytes: one process that trains all of them.</summary>
public sealed class TrialSelectionTests : IDisposable
{
    private static readonly TrainingOptions s_options = new() { Epochs = 12, BatchSize = 64, Hidden = 16, Layers = 3, Trials = 5, TopTrials = 3, CheckpointInterval = 5 };
    private static readonly string[] s_files =
    [
        "model/encoder.onnx", "model/decoder.onnx", "model/predictor.onnx", "model/split.json", "model/card.md", "metrics.json", "losses.csv", "trials.csv",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("xanesml-test-").FullName;
    private readonly SpectraTable _table = SyntheticTable.Create(200, 40);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TrainingRequest Request(string name, TrainingOptions? options = null, SpectraTable? table = null) => new()
    {
        Table = table ?? _table, EnergyAxis = EnergyAxis.Absolute, EdgeReferences = new Dictionary<string, double> { ["Cu"] = 8979 }, Name = "synthetic", DataNotice = "made by a test",
        Options = options ?? s_options, OutputFolder = Path.Combine(_folder, name), Parallelism = 2,
    };

    private void Train(string name, int first, int last, TrainingOptions? options = null) =>
        Assert.All(TrainingRun.ExecuteRange(Request(name, options), new TrialRange(first, last), null, CancellationToken.None), t => Assert.Null(t.Failure));

    private GatheredTrials Gather(params string[] names) => GatheredTrials.Read([.. names.Select(n => Path.Combine(_folder, n))], allowMissing: false);

    private string Hashes(string name) => string.Join('\n', s_files.Select(f => f + " " + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path.Combine(_folder, name, f))))));

    private static string Refused(Action act) => Assert.Throws<XanesDataException>(act).Message;

    [Fact]
    public void Ranges_in_one_folder_give_the_bytes_of_one_process()
    {
        TrainingRun.Execute(Request("whole"), null, CancellationToken.None);
        Train("parts", 3, 4);
        Assert.False(Directory.Exists(Path.Combine(_folder, "parts", "model")));
        Train("parts", 0, 0);
        Assert.Contains("2 of 5 trials have not ended: 1 (seed 2), 2 (seed 3)", Refused(() => Gather("parts")), StringComparison.Ordinal);
        Train("parts", 1, 2);
        var trials = Gather("parts");
        var result = TrialSelection.Execute(trials, Request("chosen", trials.Options));
        Assert.Equal(Hashes("whole"), Hashes("chosen"));
        Assert.Equal(3, result.Trials.Count(t => t.InEnsemble));

        // the same command again, as a scheduler repeats it, and the whole run on top of the parts
        TrialSelection.Execute(trials, Request("chosen", trials.Options));
        TrainingRun.Execute(Request("parts") with { Resume = true }, null, CancellationToken.None);
        Assert.Equal(Hashes("whole"), Hashes("chosen"));
        Assert.Equal(Hashes("whole"), Hashes("parts"));
    }

    [Fact]
    public void Run_folders_of_neighbouring_seeds_are_one_ensemble_and_top_may_be_another()
    {
        TrainingRun.Execute(Request("whole", s_options with { TopTrials = 2 }), null, CancellationToken.None);
        Train("a", 0, 1, s_options with { Trials = 2 });
        Train("b", 0, 2, s_options with { Trials = 3, Seed = 3 });
        var trials = Gather("b", "a");
        Assert.Equal((5, 1), (trials.Options.Trials, trials.Options.Seed));
        TrialSelection.Execute(trials, Request("chosen", trials.Options with { TopTrials = 2 }));
        Assert.Equal(Hashes("whole"), Hashes("chosen"));
        Assert.Contains("itself a choice", Refused(() => Gather("chosen")), StringComparison.Ordinal);
    }

    [Fact]
    public void What_differs_is_named()
    {
        var two = s_options with { Trials = 2, Epochs = 4 };
        Train("a", 0, 1, two);
        Train("hidden", 0, 1, two with { Hidden = 24, Seed = 3 });
        string message = Refused(() => Gather("a", "hidden"));
        Assert.Contains("hidden is 16 in", message, StringComparison.Ordinal);
        Assert.Contains("and 24 in", message, StringComparison.Ordinal);

        Train("split", 0, 1, two with { SplitSeed = 2, Seed = 3 });
        Assert.Contains("split_seed is 1 in", Refused(() => Gather("a", "split")), StringComparison.Ordinal);

        TrainingRun.ExecuteRange(Request("data", two with { Seed = 3 }, SyntheticTable.Create(200, 40, seed: 9)), new TrialRange(0, 1), null, CancellationToken.None);
        Assert.Contains("the data differ: the table of", Refused(() => Gather("a", "data")), StringComparison.Ordinal);

        var trials = Gather("a");
        Assert.Contains("the data differ", Refused(() => TrialSelection.Execute(trials, Request("chosen", trials.Options, SyntheticTable.Create(200, 40, seed: 9)))), StringComparison.Ordinal);
        Assert.Contains("max_epoch is 5", Refused(() => TrialSelection.Execute(trials, Request("chosen", trials.Options with { Epochs = 5 }))), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "chosen")));

        Train("again", 0, 1, two with { Trials = 2 });
        File.Copy(Path.Combine(_folder, "again", "trials", "001", "weights.safetensors"), Path.Combine(_folder, "again", "trials", "000", "weights.safetensors"), overwrite: true);
        var damaged = Gather("again");
        Assert.Contains("the file is damaged", Refused(() => TrialSelection.Execute(damaged, Request("chosen", damaged.Options))), StringComparison.Ordinal);
        Assert.Equal(2, Gather("a", "again").Count);   // the same trials twice are the same trials
    }

    [Fact]
    public void A_range_does_not_mix_with_another_run_or_with_trials_that_are_there()
    {
        var two = s_options with { Trials = 2, Epochs = 4 };
        Train("a", 0, 0, two);
        Assert.Contains("trial 0 has been trained here before", Refused(() => Train("a", 0, 1, two)), StringComparison.Ordinal);
        Assert.Contains("the folder holds another run: trials is 3", Refused(() => Train("a", 1, 1, two with { Trials = 3 })), StringComparison.Ordinal);
        Assert.Contains("the folder holds another run: seed is 7", Refused(() => Train("a", 1, 1, two with { Seed = 7 })), StringComparison.Ordinal);
        Assert.Contains("not among the 2", Refused(() => Train("a", 1, 2, two)), StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(_folder, "mine"));
        File.WriteAllText(Path.Combine(_folder, "mine", "thesis.txt"), "mine");
        Assert.Contains("not a run", Refused(() => Train("mine", 0, 0, two)), StringComparison.Ordinal);
        var trials = GatheredTrials.Read([Path.Combine(_folder, "a")], allowMissing: true);
        Assert.Contains("not a run", Refused(() => TrialSelection.Execute(trials, Request("mine", trials.Options))), StringComparison.Ordinal);
        Assert.Contains("already holds a run", Refused(() => TrialSelection.Execute(trials, Request("a", trials.Options))), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_failed_trials_are_in_the_table_and_not_in_the_model()
    {
        var three = s_options with { Trials = 3, Epochs = 4 };
        Train("a", 0, 1, three);
        var trials = GatheredTrials.Read([Path.Combine(_folder, "a")], allowMissing: true);
        var result = TrialSelection.Execute(trials, Request("chosen", trials.Options));
        Assert.Equal([true, true, false], result.Trials.Select(t => t.InEnsemble));
        Assert.Contains("missing", result.Trials[2].Failure, StringComparison.Ordinal);
        string[] csv = File.ReadAllLines(Path.Combine(_folder, "chosen", "trials.csv"));
        Assert.StartsWith(",2,3,0,,", csv[3], StringComparison.Ordinal);

        var failed = TrainingRun.ExecuteRange(Request("bad", three with { LearningRate = 1e30 }), new TrialRange(0, 2), null, CancellationToken.None);
        Assert.All(failed, t => Assert.Contains("diverged", t.Failure, StringComparison.Ordinal));
        Assert.All(failed, t => Assert.False(t.Retry));
        var bad = Gather("bad");
        Assert.Contains("every trial failed", Refused(() => TrialSelection.Execute(bad, Request("none", bad.Options))), StringComparison.Ordinal);
    }

    // A record whose score is NaN is what a trial leaves whose style is the same for every spectrum: Spearman's correlation with a constant does not exist.
    [Fact]
    public void A_trial_with_a_score_that_is_not_a_number_never_joins()
    {
        var three = s_options with { Trials = 3, Epochs = 4, TopTrials = 3 };
        Train("a", 0, 2, three);
        void Collapse(int trial)
        {
            string file = Path.Combine(_folder, "a", "trials", $"00{trial}", "trial.json");
            var record = TrialRecord.Read(file);
            (record with { Scores = record.Scores.ToDictionary(s => s.Key, s => s.Key == "spearman_PEAK" ? double.NaN : s.Value) }).Write(file);
        }

        Collapse(1);
        var trials = Gather("a");
        var result = TrialSelection.Execute(trials, Request("chosen", trials.Options));
        Assert.Equal([true, false, true], result.Trials.Select(t => t.InEnsemble));
        Assert.Equal(0, result.Trials[1].Rank);
        Assert.Contains("spearman_PEAK", result.Trials[1].Failure, StringComparison.Ordinal);
        Assert.Contains("spearman_PEAK", File.ReadAllLines(Path.Combine(_folder, "chosen", "trials.csv"))[^1], StringComparison.Ordinal);
        Assert.Equal([1, 3], ModelFolder.Open(result.ModelFolder).Metadata.Provenance.TrialSeeds.Order());

        // in one process too; and where no trial is left there is no model, though all lack the same score
        Assert.False(TrainingRun.Execute(Request("a", three) with { Resume = true }, null, CancellationToken.None).Trials[1].InEnsemble);
        Collapse(0);
        Collapse(2);
        trials = Gather("a");
        string error = Refused(() => TrialSelection.Execute(trials, Request("none", trials.Options)));
        Assert.Contains("every trial failed: the score spearman_PEAK", error, StringComparison.Ordinal);
        Assert.DoesNotContain("lr_base", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "none")));
    }

    [Fact]
    public void A_descriptor_without_labelled_validation_rows_has_no_score_and_fails_no_trial()
    {
        var two = s_options with { Trials = 2, Epochs = 4, Split = "positional", SplitFractions = [0.15, 0.85, 0], BatchSize = 16, KeepWeights = KeptWeights.Last };
        var labels = _table.Descriptors.ToArray();
        for (int row = 30; row < _table.RowCount; row++)
            labels[(row * 3) + 1] = float.NaN;
        var table = new SpectraTable(_table.Grid, _table.Spectra.ToArray(), _table.DescriptorNames, labels, [.. _table.Materials], [.. _table.Sites], [.. _table.Elements]);
        var trials = TrainingRun.ExecuteRange(Request("a", two, table), new TrialRange(0, 1), null, CancellationToken.None);
        Assert.All(trials, t => Assert.Null(t.Failure));
        Assert.All(trials, t => Assert.Equal(double.NaN, t.Scores["spearman_PEAK"]));
    }

    [Theory]
    [InlineData("\"spearman_PEAK\"|\"spearman_OTHER\"")]
    [InlineData("\"spearman_PEAK\": |\"spearman_RIPPLE\": ")]   // one too few, as a key twice counts once
    [InlineData("\"inter_style\"|\"spearman_EDGE\": 0.5, \"inter_style\"")]
    public void Scores_of_other_descriptors_are_refused_with_file_and_remedy(string change)
    {
        var two = s_options with { Trials = 2, Epochs = 2 };
        Train("a", 0, 1, two);
        string file = Path.Combine(_folder, "a", "trials", "001", "trial.json"), text = File.ReadAllText(file);
        string[] parts = change.Split('|');
        File.WriteAllText(file, text.Replace(parts[0], parts[1], StringComparison.Ordinal));
        Assert.NotEqual(text, File.ReadAllText(file));
        var trials = Gather("a");
        foreach (string error in new[] { Refused(() => TrialSelection.Execute(trials, Request("chosen", trials.Options))), Refused(() => TrainingRun.Execute(Request("a", two) with { Resume = true }, null, CancellationToken.None)) })
        {
            Assert.Contains(file, error, StringComparison.Ordinal);
            Assert.Contains("the scores are", error, StringComparison.Ordinal);
            Assert.Contains("--resume", error, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Path.Combine(_folder, "chosen")));
    }

    [Fact]
    public void A_folder_in_use_is_refused()
    {
        var two = s_options with { Trials = 2, Epochs = 4 };
        Train("a", 0, 0, two);
        string folder = Path.Combine(_folder, "a");
        using (RunLock.Exclusive(folder))
        {
            Assert.Contains("another process", Refused(() => Train("a", 1, 1, two)), StringComparison.Ordinal);
            Assert.Contains("another process", Refused(() => TrainingRun.Execute(Request("a", two) with { Resume = true }, null, CancellationToken.None)), StringComparison.Ordinal);
            Assert.Contains("another process", Refused(() => GatheredTrials.Read([folder], allowMissing: true)), StringComparison.Ordinal);
        }

        using (RunLock.Shared(folder))
        using (RunLock.Exclusive(Path.Combine(folder, "trials", "000")))
        {
            Train("a", 1, 1, two);   // beside another range
            Assert.Contains("another process", Refused(() => TrainingRun.ExecuteRange(Request("a", two) with { Resume = true }, new TrialRange(0, 1), null, CancellationToken.None)), StringComparison.Ordinal);
            Assert.Contains("another process", Refused(() => TrainingRun.Execute(Request("a", two) with { Resume = true }, null, CancellationToken.None)), StringComparison.Ordinal);
            Assert.Contains("another process", Refused(() => GatheredTrials.Read([folder], allowMissing: true)), StringComparison.Ordinal);
        }
    }

    // Slurm starts the tasks of an array at once: one looks at the folder while another makes it.
    [Fact]
    public async Task Processes_of_one_run_that_start_at_once_do_not_refuse_each_other()
    {
        using var together = new Barrier(2);
        for (int i = 0; i < 100; i++)
        {
            var plan = RunPlan.Create(Request("race" + i));
            var other = Task.Run(() =>
            {
                var record = new RunRecord(plan);
                together.SignalAndWait();
                using var shared = record.MakeFolder(RunLock.Shared);
                record.BeginShared();
            });
            together.SignalAndWait();
            for (int k = 0; k < 50; k++)
                new RunRecord(plan).RequireShareable(new TrialRange(0, 0));
            await other;
        }
    }

    [Theory]
    [InlineData("{", "line 1")]
    [InlineData("null", "holds null")]
    [InlineData("{}", "version")]
    [InlineData("\"format\": \"xanesml-trial-result-1\"|\"format\": \"other\"", "the format is 'other'")]
    [InlineData("\"trial\": 0|\"trial\": -1", "trial is -1")]
    [InlineData("\"seed\": 1|\"seed\": 1.5", "seed")]
    [InlineData("\"inter_style\"|\"inter\"", "inter_style")]
    [InlineData("\"failure\": null|\"failure\": \"x\"", "either weights or a failure")]
    [InlineData("\"configuration\": [|\"configuration\": [ null,", "a line of the configuration is null")]
    [InlineData("\"inter_style\": |\"inter_style\": null, \"x\": ", "scores")]
    [InlineData("\"data_hash\": \"|\"data_hash\": null, \"x\": \"", "data_hash")]
    public void Damaged_records_are_refused_with_file_and_remedy(string change, string message)
    {
        Train("a", 0, 0, s_options with { Trials = 1, Epochs = 2 });
        string file = Path.Combine(_folder, "a", "trials", "000", "trial.json"), text = File.ReadAllText(file);
        string[] parts = change.Split('|');
        string changed = parts.Length == 1 ? change : text.Replace(parts[0], parts[1], StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        File.WriteAllText(file, changed);
        string error = Refused(() => Gather("a"));
        Assert.Contains(file, error, StringComparison.Ordinal);
        Assert.Contains(message, error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("--resume", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trial_that_ran_into_its_time_limit_is_chosen_from_and_goes_on_when_resumed()
    {
        var one = s_options with { Trials = 1, KeepWeights = KeptWeights.Last };
        var cut = TrainingRun.ExecuteRange(Request("a", one with { TimeoutHours = 1e-9 }), new TrialRange(0, 0), null, CancellationToken.None);
        Assert.InRange(cut[0].Epochs, 0, one.Epochs - 1);
        Assert.Null(cut[0].Failure);
        var resumed = TrainingRun.ExecuteRange(Request("a", one) with { Resume = true }, new TrialRange(0, 0), null, CancellationToken.None);
        Assert.Equal(one.Epochs, resumed[0].Epochs);
    }

    [Fact]
    public void Other_kept_weights_come_from_the_checkpoint_of_a_finished_trial()
    {
        var one = s_options with { Trials = 1 };
        TrainingRun.Execute(Request("last", one with { KeepWeights = KeptWeights.Last }), null, CancellationToken.None);
        TrainingRun.Execute(Request("changed", one), null, CancellationToken.None);
        var epochs = new List<int>();
        TrainingRun.Execute(Request("changed", one with { KeepWeights = KeptWeights.Last }) with { Resume = true }, new Recorder(epochs), CancellationToken.None);
        Assert.Equal([one.Epochs], epochs);   // nothing but the end
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "last", "model", "encoder.onnx")), File.ReadAllBytes(Path.Combine(_folder, "changed", "model", "encoder.onnx")));
    }

    [Theory]
    [InlineData("0..0", true, 0, 0)]
    [InlineData("12..40", true, 12, 40)]
    [InlineData("4..3", false, 0, 0)]
    [InlineData("-1..3", false, 0, 0)]
    [InlineData("1...3", false, 0, 0)]
    [InlineData("1..", false, 0, 0)]
    [InlineData(" 1..2", false, 0, 0)]
    [InlineData("1..99999999999", false, 0, 0)]
    public void Ranges_are_two_whole_numbers(string text, bool ok, int first, int last)
    {
        Assert.Equal(ok, TrialRange.TryParse(text, out var range));
        Assert.Equal(new TrialRange(first, last), range);
    }

    [Fact]
    public void Cells_of_the_trial_table_are_quoted_as_RFC_4180_says()
    {
        TrialOutcome[] trials =
        [
            new(0, 1, 9, 0, double.NaN, "a \"b\", c", double.NaN, 0),
            new(1, 2, 9, 7, 0.1, null, -0.5, 2) { Scores = new Dictionary<string, double> { ["inter_style"] = 0.25, ["spearman_a,b"] = double.NaN } },
            new(2, 3, 9, 8, 0.2, null, 0.5, 1) { Scores = new Dictionary<string, double> { ["inter_style"] = 0.3, ["spearman_a,b"] = 1 }, InEnsemble = true },
        ];
        Assert.Equal("""
            rank,trial,seed,epochs,best_epoch,metric,inter_style,"spearman_a,b",z_score,in_ensemble,failure
            1,2,3,9,8,0.2,0.3,1,0.5,yes,
            2,1,2,9,7,0.1,0.25,,-0.5,no,
            ,0,1,9,,,,,,no,"a ""b"", c"

            """.ReplaceLineEndings("\n"), TrialTable.ToCsv(trials));
    }

    private sealed class Recorder(List<int> epochs) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => epochs.Add(value.Epoch);
    }
}
