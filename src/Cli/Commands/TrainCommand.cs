using System.CommandLine;
using XanesMl.Cli.Terminal;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Commands;

/// <summary>xanesml train: tables of spectra to a run folder with a model.</summary>
internal static class TrainCommand
{
    private static readonly string[] s_splits = ["grouped", "positional", "random"];

    /// <summary>The verb and its example.</summary>
    public static (Command Command, string Example) Create(CliHost host)
    {
        var data = RunOptions.Tables("Tables of spectra with AUX_ and ENE_ columns (.csv, .csv.gz, .parquet), or a folder of them. Default: data_file of --config.");
        var output = Options.Path("--out", "DIR", "Run folder: model/, trials/NNN/, metrics.json, trials.csv, losses.csv, run.json, report.html, plots/.", required: true);
        var config = Options.Path("--config", "Y", "YAML configuration: the reference program's keys or ours; see docs/training.md.");
        var preset = Options.Choice("--preset", "Values of the keys that the configuration does not give. Default: fast without --config; with one what it says, or reference.", [.. TrainingPresets.Names]);
        var trials = Options.Whole("--trials", "N", "Trials (seeds) to train. Overrides the configuration.", 1, 10_000);
        var range = TrialOptions.Range("--trial-range", "Train only these of the trials, counted from 0, and make no model: xanesml select does when all are there.");
        var parallel = Options.Whole("--parallel", "P", "Trials at once, one core each. Default: as many as this process may use cores.", 1, 1024);
        var seed = Options.Whole("--seed", "S", "Seed of the first trial; trial t has S + t. Overrides the configuration.", 0, int.MaxValue - 10_000);
        var device = Options.Choice("--device", "Where to train. Overrides the configuration.", "cpu", "cuda");
        var split = Options.Choice("--split", "How rows are divided: whole materials, by position, or at random. Overrides the configuration.", s_splits);
        var resume = new Option<bool>("--resume") { Description = "Continue the trials that --out holds, with the same data and options; begin where it holds none." };
        var noReport = RunOptions.NoReport();
        var json = Options.Json("metrics.json with the trials");
        var quiet = Options.Quiet();
        var command = new Command("train", "Train RankAAE on tables of spectra and export the best trials as a model folder.")
        {
            data, output, config, preset, trials, range, parallel, seed, device, split, resume, noReport, json, quiet,
        };
        command.SetAction(result =>
        {
            string? configPath = result.GetValue(config);
            var basis = result.GetValue(preset) is { } name ? TrainingPresets.Find(name) : null;
            var options = configPath is null ? basis ?? TrainingPresets.Fast : ConfigurationFile.Read(configPath, basis);
            options = options with
            {
                Trials = result.GetValue(trials) ?? options.Trials,
                Seed = result.GetValue(seed) ?? options.Seed,
                UseGpu = result.GetValue(device) is { } d ? d == "cuda" : options.UseGpu,
                Split = result.GetValue(split) ?? options.Split,
            };
            if (result.GetValue(device) == "cuda" && !TorchSharp.torch.cuda.is_available())
                throw new XanesDataException("no CUDA device can be used", "--device", remedy: "Use --device cpu, or build with a CUDA libtorch on a machine with a GPU (src/Training/LibTorch.props).");
            string[] paths = result.GetValue(data) is { Length: > 0 } given ? given : DataOf(options, configPath);
            options = options.Validated();
            result.GetValue(range)?.RequireWithin(options.Trials);
            var input = RunInput.Prepare(SpectraTableReader.ReadMany(paths), options);
            var request = TrainingWork.Request(input, options, result.GetRequiredValue(output), options.DataNotice ?? DataNotice.Of(paths), result.GetValue(resume), paths);
            request = request with { Parallelism = result.GetValue(parallel) ?? request.Parallelism };
            return Run(host, request, result.GetValue(range), !result.GetValue(noReport), result.GetValue(json), result.GetValue(quiet));
        });
        return (command, "xanesml train --data Cu.csv.gz --config fix_config.yaml --trials 8 --seed 1 --out runs/Cu");
    }

    private static string[] DataOf(TrainingOptions options, string? configPath)
    {
        if (options.DataFile is null)
            throw new XanesDataException("no data is named", "--data", remedy: "Give --data F, or data_file in the configuration.");
        return [Beside(options.DataFile, configPath)];
    }

    /// <summary>A file that a configuration names: beside it as in the reference program, unless that does not exist.</summary>
    internal static string Beside(string file, string? configPath)
    {
        string beside = Path.Combine(Path.GetDirectoryName(configPath) ?? "", file);
        return File.Exists(beside) || Directory.Exists(beside) ? beside : file;
    }

    private static int Run(CliHost host, TrainingRequest request, TrialRange? range, bool report, bool json, bool quiet)
    {
        if (!quiet)
            host.Error.WriteLine(TrainingWork.Banner(request, range));
        try
        {
            if (range is { } some)
                return RunRange(host, request, some, json, quiet);
            var trained = TrainingWork.Execute(host, request, quiet);
            if (report)
                TrainingWork.Report(host, request, quiet);
            TrainingWork.Print(host, trained, request.OutputFolder, json, quiet);
            return ExitCode.Done;
        }
        catch (OperationCanceledException) when (host.Interrupt.IsCancellationRequested)
        {
            host.Error.WriteLine($"interrupted: checkpoints are saved. Continue with the same command line and --resume; the run is in {SafeText.OneLine(request.OutputFolder)}");
            return ExitCode.Interrupted;
        }
    }

    private static int RunRange(CliHost host, TrainingRequest request, TrialRange range, bool json, bool quiet)
    {
        var trials = TrainingWork.ExecuteRange(host, request, range, quiet);
        if (!quiet)
            host.Error.Write(TrialText.Table(trials));
        if (json)
            host.Out.WriteLine(TrialText.Json(null, trials));
        // A diverged trial is a result, which the choice counts; trouble that another attempt may not have is for the scheduler to repeat.
        int again = trials.Count(t => t.Retry);
        if (again == 0)
            return ExitCode.Done;
        host.Error.WriteLine($"error: {again} of {trials.Count} trials could not be finished: {SafeText.OneLine(trials.First(t => t.Retry).Failure!)}. Run the same command line with --resume");
        return ExitCode.SomeFailed;
    }
}
