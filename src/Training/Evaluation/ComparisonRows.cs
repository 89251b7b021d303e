using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>What one run, or one simple method, says of rows that it has not seen, beside the truth.</summary>
public sealed record ComparisonRows
{
    /// <summary>Name of the run.</summary>
    public required string Name { get; init; }

    /// <summary>True for 5-NN, ridge and the constant: shown beside the runs, never called best.</summary>
    public bool IsBaseline { get; init; }

    /// <summary>[rows] materials, which the bootstrap draws.</summary>
    public required IReadOnlyList<string> Materials { get; init; }

    /// <summary>Descriptors by name.</summary>
    public required IReadOnlyList<ComparisonDescriptor> Descriptors { get; init; }

    /// <summary>[styles][rows]; empty for a simple method.</summary>
    public IReadOnlyList<double[]> Styles { get; init; } = [];

    /// <summary>[rows] mean absolute error of the reconstructed spectrum, or null.</summary>
    public double[]? ReconstructionError { get; init; }

    /// <summary>Thresholds of the coordination number, or null.</summary>
    public ClassThresholds? Thresholds { get; init; }

    /// <summary>Asks a model.</summary>
    /// <param name="name">Name of the run.</param>
    /// <param name="model">Its model.</param>
    /// <param name="rows">Rows on the model's grid; descriptors that the table lacks are not scored.</param>
    public static ComparisonRows Of(string name, SpectrumModel model, SpectraTable rows)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rows);
        var m = model.Metadata;
        var answers = model.Predict(rows.Spectra.Span, rows.RowCount);
        double[][] styles = [.. Enumerable.Range(0, m.StyleCount).Select(s => RowMajor.Column(answers.Styles, m.StyleCount, s))];
        var descriptors = new List<ComparisonDescriptor>();
        for (int k = 0; k < m.Descriptors.Count; k++)
            if (rows.DescriptorNames.Contains(m.Descriptors[k].Name, StringComparer.Ordinal))
                descriptors.Add(new ComparisonDescriptor(m.Descriptors[k].Name, m.Descriptors[k].Unit, [.. rows.DescriptorColumn(m.Descriptors[k].Name).Select(v => (double)v)], styles[k],
                    answers.DescriptorCount > 0 ? RowMajor.Column(answers.Descriptors, answers.DescriptorCount, k) : null));
        return new ComparisonRows
        {
            Name = name, Materials = rows.Materials, Descriptors = descriptors, Styles = styles, Thresholds = m.CoordinationThresholds,
            ReconstructionError = [.. answers.ReconstructionError.Select(e => (double)e)],
        };
    }

    /// <summary>The simple methods on the same rows, fitted on rows of the table that are none of them.</summary>
    /// <param name="train">Training rows.</param>
    /// <param name="validation">Validation rows, with the same descriptors.</param>
    /// <param name="rows">Rows to score.</param>
    /// <param name="units">Unit of each of the table's descriptors.</param>
    public static IReadOnlyList<ComparisonRows> Baselines(SpectraTable train, SpectraTable validation, SpectraTable rows, IReadOnlyList<string> units)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(units);
        var predictions = Evaluation.Baselines.Predict(train, validation, rows);
        return
        [
            .. new (string Name, Func<BaselinePrediction, double[]> Of)[] { ("5-NN", p => p.Knn5), ("ridge", p => p.Ridge), ("constant", p => p.Constant) }.Select(b => new ComparisonRows
            {
                Name = b.Name, IsBaseline = true, Materials = rows.Materials,
                Descriptors = [.. predictions.Select((p, k) => new ComparisonDescriptor(p.Descriptor, units[k], [.. rows.DescriptorColumn(p.Descriptor).Select(v => (double)v)], b.Of(p), b.Of(p)))],
            }),
        ];
    }
}

/// <summary>One descriptor of all rows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Unit">Its unit, or "".</param>
/// <param name="Truth">[rows] true values; NaN = missing.</param>
/// <param name="Style">[rows] what Spearman compares with the truth: the style, or a simple method's prediction.</param>
/// <param name="Predicted">[rows] value in the descriptor's unit, or null for a model without calibrations.</param>
public sealed record ComparisonDescriptor(string Name, string Unit, double[] Truth, double[] Style, double[]? Predicted);
