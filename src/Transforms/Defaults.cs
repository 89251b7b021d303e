namespace XanesMl.Transforms;

/// <summary>Every default of this room, once.</summary>
internal static class Defaults
{
    /// <summary>Rows that a cursor scores in one run: where throughput stops growing for 64-wide layers.</summary>
    public const int BatchSize = 256;

    /// <summary>Names of the columns of a table of spectra, and of what a model makes of them.</summary>
    public const string MaterialColumn = "MaterialId";

    public const string SiteColumn = "SiteId";
    public const string ElementColumn = "Element";
    public const string EnergyColumn = "Energy";
    public const string SpectrumColumn = "Spectrum";
    public const string AlignedEnergyColumn = "AlignedEnergy";
    public const string OnGridColumn = "ModelSpectrum";
    public const string DescriptorsColumn = "Descriptors";
    public const string DescriptorStdColumn = "DescriptorStd";
    public const string StylesColumn = "Styles";
    public const string ReconstructionColumn = "Reconstruction";
    public const string ReconstructionErrorColumn = "ReconstructionError";
    public const string PercentileColumn = "ErrorPercentile";
    public const string VerdictColumn = "Verdict";
    public const string ReasonsColumn = "VerdictReasons";

    /// <summary>Columns of measured spectra.</summary>
    public const string PathColumn = "Path";

    public const string MuColumn = "Mu";
    public const string NameColumn = "Name";
    public const string SignalColumn = "Signal";
    public const string WarningsColumn = "Warnings";
    public const string ErrorColumn = "Error";
    public const string NormColumn = "Norm";
    public const string FlatColumn = "Flat";
    public const string PreEdgeColumn = "PreEdge";
    public const string PostEdgeColumn = "PostEdge";
    public const string E0Column = "E0";
    public const string EdgeStepColumn = "EdgeStep";
    public const string NormalizationWarningsColumn = "NormalizationWarnings";

    /// <summary>Columns of an alignment to a model.</summary>
    public const string ShiftedEnergyColumn = "ModelEnergy";

    public const string ShiftColumn = "EnergyShift";
    public const string ShiftCorrelationColumn = "ShiftCorrelation";
    public const string ShiftWarningsColumn = "ShiftWarnings";

    /// <summary>Features of a spectrum.</summary>
    public const string SpectralFeaturesColumn = "SpectralFeatures";

    /// <summary>Columns of a spectral variation.</summary>
    public const string VariationColumn = "Variation";

    public const string ResidualColumn = "Residual";

    /// <summary>Name of the column that ML.NET's evaluators read unless told otherwise.</summary>
    public const string ScoreColumn = "Score";
}
