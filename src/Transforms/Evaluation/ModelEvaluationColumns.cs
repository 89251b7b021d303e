using XanesMl.Inference.Evaluation;

namespace XanesMl.Transforms.Evaluation;

/// <summary>Columns that an evaluation of a model reads.</summary>
public sealed record ModelEvaluationColumns
{
    /// <summary>Vector&lt;Single, points&gt;: the spectrum that went into the model.</summary>
    public string Spectrum { get; init; } = Defaults.OnGridColumn;

    /// <summary>Vector&lt;Single, points&gt;: its reconstruction.</summary>
    public string Reconstruction { get; init; } = Defaults.ReconstructionColumn;

    /// <summary>Vector&lt;Single, styles&gt;.</summary>
    public string Styles { get; init; } = Defaults.StylesColumn;

    /// <summary>Vector&lt;Single, K&gt;: predicted descriptors. Null for a model without calibration: then only styles are scored.</summary>
    public string? Descriptors { get; init; } = Defaults.DescriptorsColumn;

    /// <summary>Vector&lt;Single, K&gt;: their spread over the ensemble. Null: a single trial.</summary>
    public string? DescriptorStd { get; init; } = Defaults.DescriptorStdColumn;

    /// <summary>What the rows are, for the report: "test", "validation" or "all".</summary>
    public string Split { get; init; } = "all";
}

/// <summary>A report, and the rows that it leaves out.</summary>
/// <param name="Report">Scores on rows with a prediction.</param>
/// <param name="Unpredicted">Rows left out because the model gave no numbers: spectra with missing values, files that could not be read.</param>
public sealed record ModelEvaluationResult(EvaluationReport Report, long Unpredicted);
