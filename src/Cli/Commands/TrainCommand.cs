using System.CommandLine;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Terminal;
using XanesMl.Inference.Evaluation;
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
        var data = new Option<string[]>("--data")
        {
            Description = "Tables of spectra with AUX_ and ENE_ columns (.csv, .csv.gz, .parquet), or a folder of them. Default: data_file of --config.",
            HelpName = "F",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
        };
        var output = Options.Path("--out", "DIR", "Run folder: model/, trials/NNN/, metrics.json, losses.csv, run.json.", required: true);
        var config = Options.Path("--config", "Y", "YAML configuration: the reference program's keys or ours; see docs/training.md.");
        var trials = Options.Whole("--trials", "N", "Trials (seeds) to train. Overrides the configuration.", 1, 10_000);
        var seed = Options.Whole("--seed", "S", "Seed of the first trial; trial t has S + t. Overrides the configuration.", 0, int.MaxValue - 10_000);
        var device = Options.Choice("--device", "Where to train. Overrides the configuration.", "cpu", "cuda");
        var split = Options.Choice("--split", "How rows are divided: whole materials, by position, or at random. Overrides the configuration.", s_splits);
        var resume = new Option<bool>("--resume") { Description = "Continue the trials that --out holds, with the same data and options." };
        var json = Options.Json("metrics.json");
        var quiet = Options.Quiet();
        var command = new Command("train", "Train RankAAE on tables of spectra and export the best trials as a model folder.")
        {
            data, output, config, trials, seed, device, split, resume, json, quiet,
        };
        command.SetAction(result =>
        {
            string? configPath = result.GetValue(config);
            var options = configPath is null ? new TrainingOptions() : ConfigurationFile.Read(configPath);
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
            return Run(host, paths, options.Validated(), result.GetRequiredValue(output), result.GetValue(resume), result.GetValue(json), result.GetValue(quiet));
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

    private static int Run(CliHost host, string[] paths, TrainingOptions options, string output, bool resume, bool json, bool quiet)
    {
        var input = RunInput.Prepare(SpectraTableReader.ReadMany(paths), options);
        var request = TrainingWork.Request(input, options, output, options.DataNotice ?? DataNotice.Of(paths), resume);
        if (!quiet)
            host.Error.WriteLine(TrainingWork.Banner(request));
        TrainingResult result;
        try
        {
            result = TrainingWork.Execute(host, request, quiet);
        }
        catch (OperationCanceledException) when (host.Interrupt.IsCancellationRequested)
        {
            host.Error.WriteLine($"interrupted: checkpoints are saved. Continue with the same command line and --resume; the run is in {SafeText.OneLine(output)}");
            return ExitCode.Interrupted;
        }

        if (json)
            host.Out.WriteLine(MetricsJson.Serialize(result.Report));
        else if (!quiet)
            host.Out.Write(MetricsTable.Descriptors(result.Report) + "\n" + MetricsTable.Notes(result.Report) + "\n" + TrainingWork.Summary(result, output));
        return ExitCode.Done;
    }
}
