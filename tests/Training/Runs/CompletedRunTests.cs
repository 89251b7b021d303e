using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;
using XanesMl.Spectra.Splitting;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;
using Xunit;

namespace XanesMl.Training.Tests.Runs;

/// <summary>What a run folder says of itself, from files that the test writes.</summary>
public sealed class CompletedRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("xanesml-run-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private CompletedRun Read(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "run.json"), json);
        Directory.CreateDirectory(Path.Combine(_folder, "model"));
        MetricsJson.Write(Path.Combine(_folder, "metrics.json"), new EvaluationReport
        {
            Split = "test", Rows = 3, Descriptors = new Dictionary<string, DescriptorEvaluation>(), Reconstruction = new ReconstructionEvaluation { Mae = 0.1, MaeStd = 0 }, Styles = new StyleEvaluation([], double.NaN, double.NaN),
        });
        return CompletedRun.Read(_folder);
    }

    [Fact]
    public void Everything_that_is_recorded_is_read()
    {
        var run = Read("""
            {"data_hash": "ab", "data_files": ["a.csv", "b"], "configuration": ["batch_size: 7", "seed: 5"], "started": "s", "finished": "f", "onnx_difference": 1e-6, "unknown": [1],
             "trials": [{"index": 0, "seed": 5, "epochs": 9, "best_epoch": 8, "best_metric": "NaN", "failure": "why", "score": "NaN", "rank": 0, "scores": {"inter_style": 0.5}, "in_ensemble": true}]}
            """);
        Assert.Equal(("ab", 1e-6, ("s", "f"), 3), (run.DataHash, run.OnnxDifference, run.Time, run.Report.Rows));
        Assert.Equal(["a.csv", "b"], run.DataFiles);
        Assert.Equal((7, 5), (run.Options.BatchSize, run.Options.Seed));
        var trial = Assert.Single(run.Trials);
        Assert.Equal((5, 9, 8, "why", true, 0.5), (trial.Seed, trial.Epochs, trial.BestEpoch, trial.Failure, trial.InEnsemble, trial.Scores["inter_style"]));
        Assert.True(double.IsNaN(trial.Score));
    }

    [Fact]
    public void What_an_early_version_did_not_record_is_empty()
    {
        var run = Read("""{"data_hash": "ab", "configuration": [], "trials": [{"index": 0, "seed": 5, "epochs": 9, "best_epoch": 8, "best_metric": 0.5, "failure": null, "score": 1.5, "rank": 1}]}""");
        Assert.Empty(run.DataFiles);
        Assert.True(double.IsNaN(run.OnnxDifference));
        Assert.Equal(("", ""), run.Time);
        Assert.Empty(Assert.Single(run.Trials).Scores);
    }

    [Theory]
    [InlineData("{", "run.json")]
    [InlineData("{}", "data_hash and configuration are missing")]
    [InlineData("""{"data_hash": "ab", "configuration": ["no_such_key: 1"]}""", "no_such_key")]
    [InlineData("""{"data_hash": "ab", "configuration": [], "trials": 3}""", "run.json")]
    [InlineData("""{"data_hash": "ab", "configuration": [], "trials": [null]}""", "a trial is null")]
    [InlineData("""{"data_hash": "ab", "configuration": [], "data_files": "x"}""", "run.json")]
    [InlineData("""{"data_hash": "ab", "configuration": [], "onnx_difference": "big"}""", "run.json")]
    [InlineData("""{"data_hash": "ab", "configuration": [], "started": 3}""", "run.json")]
    public void Damage_is_named(string json, string part) => Assert.Contains(part, Assert.Throws<XanesDataException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_table_is_the_runs_or_not_by_its_hash()
    {
        var table = SyntheticTable.Create(20, 32);
        string names = string.Join(", ", table.DescriptorNames);
        var run = Read($$"""{"data_hash": "{{DataHash.Of(table)}}", "configuration": ["descriptors: [{{names}}]"]}""");
        Assert.Equal(20, run.Match([table])!.Table.RowCount);
        Assert.Null(run.Match([table.Select([.. Enumerable.Range(0, 19)])]));
    }

    [Fact]
    public void A_folder_without_a_model_or_with_a_process_at_work_is_no_completed_run()
    {
        Read("""{"data_hash": "ab", "configuration": []}""");
        using (RunLock.Exclusive(_folder))
            Assert.Contains("another process is at work", Assert.Throws<XanesDataException>(() => CompletedRun.Read(_folder)).Message, StringComparison.Ordinal);
        Directory.Delete(Path.Combine(_folder, "model"));
        Assert.Contains("no model yet", Assert.Throws<XanesDataException>(() => CompletedRun.Read(_folder)).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<XanesDataException>(() => CompletedRun.Read(Path.Combine(_folder, "none"))).Message, StringComparison.Ordinal);
    }
}
