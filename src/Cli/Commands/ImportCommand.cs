using System.CommandLine;
using XanesMl.Cli.Terminal;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Training.Configuration;
using XanesMl.Training.Importing;
using XanesMl.Training.Networks;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Commands;

/// <summary>xanesml import: weights of the reference program to a model folder.</summary>
internal static class ImportCommand
{
    private const int MaxModulesBytes = 1 << 20;

    /// <summary>The verb and its example.</summary>
    public static (Command Command, string Example) Create(CliHost host)
    {
        var weights = Options.Path("--weights", "F", "Weights of a RankAAE model: .safetensors, or .pt as torch.save wrote it. Nothing in the file is executed.", required: true);
        var output = Options.Path("--out", "DIR", "Model folder to write; a model there is replaced.", required: true);
        var config = Options.Path("--config", "Y", "The model's YAML configuration: decoder_activation, descriptors, data_file.");
        var grid = Options.Path("--grid", "F", "A table whose ENE_ columns give the model's energy grid. Default: data_file of --config.");
        var modules = Options.Path("--modules", "F", "Text print of the PyTorch modules, for activations that weights do not show.");
        var element = Options.Path("--element", "EL", "Absorbing element, for instance Cu. Default: the element whose K edge the grid covers.");
        var quiet = Options.Quiet();
        var command = new Command("import", "Turn the weights of a RankAAE model into a model folder with ONNX files. It has styles and reconstruction; descriptor values need a calibration on labelled data.")
        {
            weights, output, config, grid, modules, element, quiet,
        };
        command.SetAction(result =>
        {
            string? configPath = result.GetValue(config);
            var options = configPath is null ? null : ConfigurationFile.Read(configPath);
            string folder = result.GetRequiredValue(output);
            var table = SpectraTableReader.Read(result.GetValue(grid) ?? GridOf(options, configPath), new SpectraReadOptions { Element = result.GetValue(element) });
            string[] elements = [.. table.Elements.OfType<string>().Distinct(StringComparer.Ordinal)];
            ModelImport.Import(result.GetRequiredValue(weights), folder, table.Grid, elements, ImportOptionsOf(options, ModulesText(result.GetValue(modules))));
            if (!result.GetValue(quiet))
                host.Out.WriteLine("model: " + SafeText.OneLine(folder));
            return ExitCode.Done;
        });
        return (command, "xanesml import --weights v_job1.safetensors --grid spectra.csv.gz --element V --out models/V");
    }

    // A print of the modules settles every activation; a configuration knows the decoder's last one.
    private static ImportOptions ImportOptionsOf(TrainingOptions? options, string? modules) => new()
    {
        ModulesText = modules,
        DecoderOutput = options is null || modules is not null ? null : options.DecoderActivation == DecoderActivation.ReLU ? Activation.Relu : Activation.Softplus2,
    };

    private static string GridOf(TrainingOptions? options, string? configPath) => options?.DataFile is { } file
        ? TrainCommand.Beside(file, configPath)
        : throw new XanesDataException("weights do not say at which energies the model works", "--grid", remedy: "Give --grid F, a table whose ENE_ columns are the model's grid.");

    private static string? ModulesText(string? path)
    {
        if (path is null)
            return null;
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new XanesDataException("there is no such file", path, remedy: "Give the text that print(model) wrote.");
        return file.Length <= MaxModulesBytes ? File.ReadAllText(path) : throw new XanesDataException($"{file.Length} bytes are too many for a print of modules", path, remedy: "Give the text that print(model) wrote.");
    }
}
