using XanesMl.Spectra;
using XanesMl.Spectra.Features;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Features;

/// <summary>Columns of ExtractSpectralFeatures, and how features are looked for.</summary>
public sealed record ExtractSpectralFeaturesOptions
{
    /// <summary>Output: Vector&lt;Single&gt;, one slot a feature, named as in <see cref="SpectralFeatures.Names"/>; NaN where a spectrum has no such feature.</summary>
    public string Output { get; init; } = Defaults.SpectralFeaturesColumn;

    /// <summary>Input: energies, eV, strictly increasing; Vector of Double or Single.</summary>
    public string Energy { get; init; } = Defaults.EnergyColumn;

    /// <summary>Input: normalized absorption, as long as the energies; Vector of Double or Single.</summary>
    public string Spectrum { get; init; } = Defaults.SpectrumColumn;

    /// <summary>Input: energy that offsets are relative to, Double or Single, in the numbers of the energies, as Normalize writes E0; NaN in a row, or null here: the inflection.</summary>
    public string? E0 { get; init; }

    /// <summary>Features to extract, in this order; empty for all.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>Widths and thresholds.</summary>
    public SpectralFeatureOptions Search { get; init; } = new();

    internal ExtractSpectralFeaturesOptions Checked()
    {
        Columns.Named(Output, nameof(Output));
        Columns.Named(Energy, nameof(Energy));
        Columns.Named(Spectrum, nameof(Spectrum));
        Search.Validate();
        if (Features.FirstOrDefault(f => !SpectralFeatures.Names.Contains(f, StringComparer.Ordinal)) is { } unknown)
            throw new XanesDataException($"there is no spectral feature '{unknown}'", "option " + nameof(Features), remedy: $"Known are {string.Join(", ", SpectralFeatures.Names)}.");
        if (Features.Distinct(StringComparer.Ordinal).Count() != Features.Count)
            throw new XanesDataException($"features repeat: {string.Join(", ", Features)}", "option " + nameof(Features));
        return Features.Count > 0 ? this : this with { Features = SpectralFeatures.Names };
    }

    internal void Write(BinaryWriter w)
    {
        w.Write(Output);
        w.Write(Energy);
        w.Write(Spectrum);
        w.WriteOptional(E0);
        w.Write(Features.Count);
        foreach (string f in Features)
            w.Write(f);
        foreach (double v in new[] { Search.FitWidth, Search.EdgeStep, Search.MainPeakWindow, Search.PreEdgeWindow, Search.PreEdgeStart, Search.SmallestPeak })
            w.Write(v);
    }

    internal static ExtractSpectralFeaturesOptions Read(StateReader r)
    {
        string output = r.Name(), energy = r.Name(), spectrum = r.Name();
        string? e0 = r.OptionalName();
        var features = new string[r.Int(1, SpectralFeatures.Names.Count)];
        for (int i = 0; i < features.Length; i++)
            features[i] = r.Name();
        return new ExtractSpectralFeaturesOptions
        {
            Output = output, Energy = energy, Spectrum = spectrum, E0 = e0, Features = features,
            Search = new SpectralFeatureOptions { FitWidth = r.Double(), EdgeStep = r.Double(), MainPeakWindow = r.Double(), PreEdgeWindow = r.Double(), PreEdgeStart = r.Double(), SmallestPeak = r.Double() },
        };
    }
}
