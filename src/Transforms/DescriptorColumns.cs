using XanesMl.Inference.Models;
using XanesMl.Transforms.Scoring;

namespace XanesMl.Transforms;

/// <summary>Columns that a prediction fills; null leaves an output out.</summary>
public sealed record DescriptorColumns
{
    /// <summary>Vector&lt;Single, K&gt;: descriptors in their units, slots named after them. Null for a model without calibrated descriptors.</summary>
    public string? Descriptors { get; init; } = Defaults.DescriptorsColumn;

    /// <summary>Vector&lt;Single, K&gt;: standard deviation over the ensemble, same units and slots.</summary>
    public string? DescriptorStd { get; init; } = Defaults.DescriptorStdColumn;

    /// <summary>Vector&lt;Single, styles&gt;.</summary>
    public string? Styles { get; init; } = Defaults.StylesColumn;

    /// <summary>Vector&lt;Single, points&gt;: the spectrum as the model sees it.</summary>
    public string? Reconstruction { get; init; } = Defaults.ReconstructionColumn;

    /// <summary>Single: mean absolute difference of spectrum and reconstruction.</summary>
    public string? ReconstructionError { get; init; } = Defaults.ReconstructionErrorColumn;

    /// <summary>Text: whether the model knows such spectra, a <see cref="Inference.Domain.Verdict"/> in the words of <see cref="Inference.Domain.VerdictText"/>; "not-checked" for a model without thresholds.
    /// It looks at styles and reconstruction; the element and the covered range of energies are the caller's to check.</summary>
    public string? Verdict { get; init; } = Defaults.VerdictColumn;

    internal IReadOnlyList<ScoredOutput> ToOutputs()
    {
        ScoredOutput?[] all =
        [
            Output(ModelTensors.Descriptors, Descriptors), Output(ModelTensors.DescriptorStd, DescriptorStd), Output(ModelTensors.Styles, Styles),
            Output(ModelTensors.Reconstruction, Reconstruction), Output(ModelTensors.ReconstructionError, ReconstructionError, OutputForm.Scalar),
            Output(ModelTensors.ReconstructionError, Verdict, OutputForm.Verdict),
        ];
        return [.. all.OfType<ScoredOutput>()];
    }

    internal static ScoredOutput? Output(string modelOutput, string? column, OutputForm form = OutputForm.Vector) =>
        string.IsNullOrEmpty(column) ? null : new ScoredOutput(modelOutput, column, form);
}

/// <summary>Columns that ReconstructionError fills; null leaves one out.</summary>
public sealed record ReconstructionErrorColumns
{
    /// <summary>Single: mean absolute difference of spectrum and reconstruction.</summary>
    public string? Error { get; init; } = Defaults.ReconstructionErrorColumn;

    /// <summary>Single: percent of the model's training rows whose error is not above this one's, 0 to 100; NaN for a model without thresholds.</summary>
    public string? Percentile { get; init; } = Defaults.PercentileColumn;

    /// <summary>Text: a <see cref="Inference.Domain.Verdict"/>.</summary>
    public string? Verdict { get; init; } = Defaults.VerdictColumn;

    /// <summary>Text: the findings behind the verdict, joined by "; "; empty when all is well.</summary>
    public string? Reasons { get; init; } = Defaults.ReasonsColumn;

    internal IReadOnlyList<ScoredOutput> ToOutputs()
    {
        ScoredOutput?[] all =
        [
            DescriptorColumns.Output(ModelTensors.ReconstructionError, Error, OutputForm.Scalar), DescriptorColumns.Output(ModelTensors.ReconstructionError, Percentile, OutputForm.Percentile),
            DescriptorColumns.Output(ModelTensors.ReconstructionError, Verdict, OutputForm.Verdict), DescriptorColumns.Output(ModelTensors.ReconstructionError, Reasons, OutputForm.Reasons),
        ];
        return [.. all.OfType<ScoredOutput>()];
    }
}
