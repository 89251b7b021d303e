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
}
