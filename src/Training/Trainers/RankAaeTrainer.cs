using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using XanesMl.Spectra;
using XanesMl.Training.Runs;
using XanesMl.Transforms;
using XanesMl.Transforms.Data;
using XanesMl.Transforms.Pipeline;
using XanesMl.Transforms.Scoring;

namespace XanesMl.Training.Trainers;

/// <summary>Trains a rank-constrained adversarial autoencoder: style k = E(x)_k increases with descriptor k, D(E(x)) gives the spectrum back (Liang et al., Phys. Rev. Mater. 7, 053802 (2023)); losses:
/// docs/training.md. What it gives is the step PredictDescriptors with the trained model.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// ### Estimator Characteristics
/// |  |  |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes |
/// | Input column data type | Known-sized vector of <xref:System.Single> (spectrum); <xref:System.Single> labels, one for each descriptor; vector of energies; text for material and element |
/// | Output column data type | Known-sized vectors of <xref:System.Single> with slot names (descriptor names, Style1..., energies); ReconstructionError is a <xref:System.Single>, Verdict is text |
/// | Exportable to ONNX | No (it is an ONNX model already: the run folder's model/predictor.onnx) |
/// ]]></format>
/// Fit reads the rows once, trains with TorchSharp, and evaluates the ONNX files that it writes; the transformer holds predictor.onnx only, so a saved pipeline loads where TorchSharp is absent.
/// ML.NET's evaluators read a scalar Score: append SelectDescriptor("Score", "Descriptors", name). The same rows, options and seed give the same model on the same machine.
/// </remarks>
/// <example>
/// <code>
/// var trainer = mlContext.Regression.Trainers.RankAae(new RankAaeTrainerOptions { Descriptors = ["CT", "CN"] });
/// </code>
/// </example>
public sealed class RankAaeTrainer : IEstimator<DescriptorPredictionTransformer>
{
    private const string ExpectedFeatures = "known-size Vector<Single> of spectra";
    private readonly IHostEnvironment _environment;
    private readonly RankAaeTrainerOptions _options;

    internal RankAaeTrainer(IHostEnvironment environment, RankAaeTrainerOptions options) => (_environment, _options) = (environment, options.Checked());

    /// <summary>Trains; blocks until done.</summary>
    /// <exception cref="XanesDataException">A column is missing or of another type, rows that cannot be trained on, or every trial failed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public DescriptorPredictionTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        CheckColumns(input.Schema);
        var run = Prepare(Table(input));
        var outputs = _options.Outputs ?? new DescriptorColumns();
        var steps = new XanesCatalog(_environment);
        string? temporary = _options.OutputFolder is null ? Directory.CreateTempSubdirectory("xanesml-rankaae-").FullName : null;
        try
        {
            string folder = Train(run, _options.OutputFolder ?? Path.Combine(temporary!, "run"));
            var predict = _options.BatchSize is { } batch ? steps.PredictDescriptors(_options.Features, folder, outputs, batch) : steps.PredictDescriptors(_options.Features, folder, outputs);
            return predict.Fit(input);
        }
        finally
        {
            if (temporary is not null)
                Directory.Delete(temporary, recursive: true);
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShapes.Require(inputSchema, _options.Features, ExpectedFeatures, c => c.Kind == SchemaShape.Column.VectorKind.Vector && c.ItemType == NumberDataViewType.Single);
        foreach (string label in _options.Descriptors)
            SchemaShapes.Require(inputSchema, label, "Single", c => c.Kind == SchemaShape.Column.VectorKind.Scalar && c.ItemType == NumberDataViewType.Single);
        foreach (var c in OtherInputs())
            SchemaShapes.Require(inputSchema, c.Name, c.Expected, c.AcceptsShape);

        // A shape knows only that a size is known and slots have names, so any size and any name stand for them.
        return SchemaShapes.With(inputSchema, (_options.Outputs ?? new DescriptorColumns()).ToOutputs().Select(o => o.Form switch
        {
            OutputForm.Vector => Columns.FloatVector(o.Column, ["any"]),
            OutputForm.Verdict or OutputForm.Reasons => new DataViewSchema.DetachedColumn(o.Column, TextDataViewType.Instance),
            _ => new DataViewSchema.DetachedColumn(o.Column, NumberDataViewType.Single),
        }));
    }

    private IEnumerable<InputColumn> OtherInputs()
    {
        if (_options.Grid is null)
            yield return InputColumn.Doubles(_options.Energy, EnergyReader.Expected);
        if (_options.Material is { } material)
            yield return InputColumn.Text(material, "Text with the material (or null for option Material)");
        if (_options.Element is { } element)
            yield return InputColumn.Text(element, "Text with the element's symbol (or null for option Element)");
    }

    private void CheckColumns(DataViewSchema schema)
    {
        var features = Columns.Require(schema, _options.Features, ExpectedFeatures, t => t is VectorDataViewType { IsKnownSize: true } v && v.ItemType == NumberDataViewType.Single);
        int points = ((VectorDataViewType)features.Type).Size;
        if (_options.Grid is { } grid && grid.Count != points)
            throw new XanesDataException($"the spectra have {points} points, the grid {grid.Count}", column: _options.Features, remedy: "Give the grid that the spectra are on.");
        foreach (string label in _options.Descriptors)
            Columns.Require(schema, label, "Single", t => t == NumberDataViewType.Single);
        foreach (var c in OtherInputs())
            Columns.Require(schema, c.Name, c.Expected, c.Accepts);
    }

    private SpectraTable Table(IDataView input)
    {
        var columns = new SpectraTableColumns { Material = _options.Material, Site = null, Element = _options.Element, Energy = _options.Energy, Spectrum = _options.Features, Descriptors = _options.Descriptors };
        var table = SpectraTableExtraction.Read(input, columns, _options.Grid);
        if (!table.Elements.Contains(null))
            return table;
        string? covered = KEdges.FindElement(table.Grid);
        return new SpectraTable(table.Grid, table.Spectra.ToArray(), table.DescriptorNames, table.Descriptors.ToArray(), [.. table.Materials], [.. table.Sites], [.. table.Elements.Select(e => e ?? covered)]);
    }

    private static RunInput Prepare(SpectraTable table)
    {
        string[] elements = [.. table.Elements.OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        bool relative = table.Grid.First < KEdges.Energy(KEdges.Elements[0]) / 2;
        if (elements.Length > 1 && !relative)
            throw new XanesDataException($"the spectra are of several elements ({string.Join(", ", elements)}) on one grid of absolute energies, {table.Grid}",
                remedy: "Put AlignEnergy and Resample in front and give their grid (option Grid), or train one model an element.");
        return new RunInput(table, relative ? Inference.Models.EnergyAxis.RelativeToEdge : Inference.Models.EnergyAxis.Absolute, elements.ToDictionary(e => e, KEdges.Energy, StringComparer.Ordinal));
    }

    private string Train(RunInput input, string folder)
    {
        var host = _environment.Register("RankAae");
        using var channel = host.Start("Training");
        var elements = input.EdgeReferences.Keys.Order(StringComparer.Ordinal);
        var report = new ChannelProgress(channel, _options.Progress);
        var result = TrainingRun.Execute(new TrainingRequest
        {
            Table = input.Table, EnergyAxis = input.EnergyAxis, EdgeReferences = input.EdgeReferences, Name = _options.Training.Name ?? (elements.Any() ? string.Join('-', elements) : "model"),
            DataNotice = _options.DataNotice, Options = _options.Training with { Descriptors = [] }, OutputFolder = folder, Resume = _options.Resume, Parallelism = _options.Parallelism,
        }, report, _options.Cancellation);
        channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"{result.Trials.Count} trials trained; ONNX Runtime and TorchSharp differ by at most {result.OnnxDifference:0.0e+0}"));
        return result.ModelFolder;
    }

    /// <summary>Epoch reports as messages of the host, one at a time: they come from several threads, and a channel serves one.</summary>
    private sealed class ChannelProgress(IChannel channel, IProgress<TrainingProgress>? next) : IProgress<TrainingProgress>
    {
        private readonly Lock _gate = new();

        public void Report(TrainingProgress value)
        {
            string what = value.Failure is { } why ? "failed: " + why
                : string.Create(CultureInfo.InvariantCulture, $"epoch {value.Epoch} of {value.Epochs}, losses {string.Join(" ", value.Report.Losses.Select(l => l.ToString("0.####", CultureInfo.InvariantCulture)))}");
            lock (_gate)
                channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"trial {value.Trial + 1} of {value.Trials} (seed {value.Seed}): {what}"));
            next?.Report(value);
        }
    }
}
