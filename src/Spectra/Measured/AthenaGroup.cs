using System.Globalization;

namespace XanesMl.Spectra.Measured;

/// <summary>One group of an Athena project as the file has it, Perl or JSON.</summary>
internal sealed class AthenaGroup
{
    /// <summary>Identifier that other groups refer to.</summary>
    public string Id { get; set; } = "";

    /// <summary>Parameters; lists are joined by line breaks.</summary>
    public Dictionary<string, string> Parameters { get; } = new(StringComparer.Ordinal);

    /// <summary>Energies (or k).</summary>
    public double[] X { get; set; } = [];

    /// <summary>mu (or chi).</summary>
    public double[] Y { get; set; } = [];

    /// <summary>A parameter, or null where it is empty.</summary>
    public string? Parameter(string name) => Parameters.TryGetValue(name, out string? value) ? MeasuredText.Value(value) : null;

    /// <summary>True for a parameter that is set to 1.</summary>
    public bool Flag(string name) => Parameter(name) == "1";

    /// <summary>Keeps a parameter, within the limits.</summary>
    public void Set(string name, string? value)
    {
        if (MeasuredText.Value(value) is { } kept && name.Length <= MeasuredLimits.MetadataChars && (Parameters.Count < MeasuredLimits.MetadataEntries || Parameters.ContainsKey(name)))
            Parameters[name] = kept;
    }
}

/// <summary>Turns the groups of a project into spectra. Names of parameters are Athena's and Demeter's own.</summary>
internal static class AthenaProject
{
    private const string FormatName = "Athena project";

    /// <summary>The project's spectra; groups that hold something else are named in the first one's warnings.</summary>
    public static IReadOnlyList<MeasuredSpectrum> Spectra(IReadOnlyList<AthenaGroup> groups, string path, MeasuredReadOptions options)
    {
        var spectra = new List<(AthenaGroup Group, MeasuredSpectrum Spectrum)>();
        var refused = new List<string>();
        foreach (var group in groups)
        {
            string name = Name(group);
            if (OtherKind(group) is { } kind)
            {
                refused.Add($"{name} ({kind})");
                continue;
            }

            try
            {
                spectra.Add((group, Spectrum(group, name, spectra.Count, path, options)));
            }
            catch (XanesDataException e)
            {
                refused.Add($"{name} ({e.Problem})");
            }
        }

        if (spectra.Count == 0)
            throw new XanesDataException(groups.Count == 0 ? "the project holds no group" : $"the project holds no spectrum: {Listed(refused)}", path, remedy: "Save the project again with groups of mu(E).");
        if (refused.Count > 0)
            spectra[0] = (spectra[0].Group, spectra[0].Spectrum with { Warnings = [.. spectra[0].Spectrum.Warnings, $"groups of the project that are no mu(E): {Listed(refused)}"] });
        return [.. spectra.Select(s => s.Spectrum with { Reference = Reference(s.Group, s.Spectrum, spectra) })];
    }

    private static string Listed(List<string> names) =>
        string.Join(", ", names.Take(8).Select(MeasuredText.Shown)) + (names.Count > 8 ? $" and {names.Count - 8} more" : "");

    private static string Name(AthenaGroup group) => group.Parameter("label") ?? (group.Id.Length > 0 ? group.Id : "group");

    private static string? OtherKind(AthenaGroup group)
    {
        string type = group.Parameter("datatype") ?? "";
        if (group.Flag("is_chi") || type == "chi")
            return "chi(k)";
        if (group.Flag("is_rsp") || group.Flag("is_qsp"))
            return "Fourier transform";
        if (group.Flag("is_diff"))
            return "difference spectrum";
        if (group.Flag("is_bkg"))
            return "background";
        return group.Flag("is_pixel") ? "pixels of a dispersive measurement" : group.Flag("not_data") || type == "detector" ? "detector" : null;
    }

    private static MeasuredSpectrum Spectrum(AthenaGroup group, string name, int index, string path, MeasuredReadOptions options)
    {
        var source = new SpectrumSource { Path = path, Name = name, Format = FormatName, Index = index };
        string type = group.Parameter("datatype") ?? "";
        var signal = group.Flag("is_nor") || type == "norm" ? SignalKind.Normalized : group.Flag("is_xmudat") || type == "xmudat" ? SignalKind.Simulated : SignalKind.Absorption;
        Describe(group, source);
        double[] energies = [.. group.X];
        string energyText = EnergyColumn.ToElectronVolt(energies, "x", null, labelled: true, options with { EnergyOrigin = null }, source);
        Shift(group, energies, options, source);
        string? computed = group.Parameter("xmu_string") ?? group.Parameter("mu_str");
        return SpectrumAssembler.Build(energies, [.. group.Y], null, signal, $"{energyText}; mu = y{(computed is null ? "" : $", which Athena computed as {computed}")}", source);
    }

    private static void Describe(AthenaGroup group, SpectrumSource source)
    {
        foreach (var (key, value) in group.Parameters)
            source.Keep(key, value);
        // A group that nobody assigned has H and K.
        source.Element = MeasuredText.Element(group.Parameter("bkg_z")) is { } element and not ("H" or "He" or "Li" or "Be") ? element : null;
        source.Edge = source.Element is null ? null : MeasuredText.Edge(group.Parameter("fft_edge"));
        source.Beamline = group.Parameter("beamline");
        source.StatedE0 = MeasuredText.Number(group.Parameter("bkg_e0")) is { } e0 and > 0 ? e0 : null;
    }

    // Athena keeps x as measured and adds bkg_eshift wherever it shows energies; E0 is on the shifted axis.
    private static void Shift(AthenaGroup group, double[] energies, MeasuredReadOptions options, SpectrumSource source)
    {
        if (MeasuredText.Number(group.Parameter("bkg_eshift")) is not { } shift || shift == 0)
            return;
        string text = shift.ToString("+0.####;-0.####", CultureInfo.InvariantCulture);
        if (!options.ApplyStoredShift)
        {
            source.StatedE0 -= shift;
            source.Warnings.Add($"the project stores an energy shift of {text} eV for this group, which was not applied (ApplyStoredShift)");
            return;
        }

        for (int i = 0; i < energies.Length; i++)
            energies[i] += shift;
        source.Warnings.Add($"the energy shift of {text} eV that the project stores was applied");
    }

    // Athena ties a sample and its reference to each other; the label or a flag says which one is the reference.
    private static ReadOnlyMemory<double> Reference(AthenaGroup group, MeasuredSpectrum spectrum, List<(AthenaGroup Group, MeasuredSpectrum Spectrum)> all)
    {
        string? id = group.Parameter("referencegroup") ?? group.Parameter("reference");
        if (id is null or "0" || IsReference(group))
            return default;
        foreach (var (other, reference) in all)
            if (other != group && other.Id == id && IsReference(other) && reference.Energies.Span.SequenceEqual(spectrum.Energies.Span))
                return reference.Mu;
        return default;
    }

    private static bool IsReference(AthenaGroup group) => group.Flag("is_ref") || Name(group).StartsWith("Ref ", StringComparison.OrdinalIgnoreCase);
}
