using System.CommandLine;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Predictions;

namespace XanesMl.Verbs;

/// <summary>Options of the verbs that take files to predictions: the models, and how files are read and prepared.</summary>
internal sealed class PredictArguments
{
    private readonly Option<string> _model;
    private readonly Option<bool> _resample = Options.Resample();
    private readonly PreparationOptions _preparation = new("Added to the energies. Default: found by comparison with the model, 0 for simulated spectra and tables.");
    private readonly ReadingOptions _reading = new();

    /// <summary>Makes them for a program.</summary>
    public PredictArguments(VerbHost host) => _model = host.ShippedModels is null
        ? Options.Path("--model", "DIR", "Model folder.", required: true)
        : Options.Path("--model", "DIR", "Model folder. Default: the models in the program, by element.");

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_resample);
        _preparation.AddTo(command);
        _reading.AddTo(command);
    }

    /// <summary>The model folder, or null.</summary>
    public string? Model(ParseResult result) => result.GetValue(_model);

    /// <summary>The model that was named, or those of the program.</summary>
    /// <exception cref="XanesMl.Inference.XanesModelException">A folder that is no model.</exception>
    public ModelSet Models(ParseResult result, VerbHost host) => Model(result) is { } folder ? ModelSet.Open(folder) : host.ShippedModels!();

    /// <summary>What was given.</summary>
    /// <exception cref="XanesMl.Spectra.XanesDataException">Options that no file could be predicted with.</exception>
    public PredictionOptions Get(ParseResult result, VerbHost host)
    {
        var options = new PredictionOptions
        {
            Reading = _reading.Get(result),
            Preparation = new MeasuredPredictionOptions { Normalization = _preparation.Normalization(result), Element = _preparation.Element(result), Shift = _preparation.Shift(result) },
            Resample = result.GetValue(_resample),
            Clock = host.Clock,
        };
        options.Validate();
        return options;
    }
}
