using XanesMl.Inference.Alignment;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;
using XanesMl.Spectra.Processing;

namespace XanesMl.Cli.Normalizing;

/// <summary>Takes one spectrum from the file to its result: glitches, bins, normalization, element, shift.</summary>
internal sealed class SpectrumPipeline(NormalizeRequest request, SpectrumModel? model)
{
    private readonly NormalizationWorkspace _workspace = new();

    /// <summary>The result of a spectrum, or its error.</summary>
    public NormalizeOutcome Run(MeasuredSpectrum spectrum)
    {
        try
        {
            var (clean, removed) = Deglitch(spectrum);
            return Finish(clean, removed, default);
        }
        catch (XanesDataException e)
        {
            return Failed(spectrum, e);
        }
    }

    /// <summary>The result of all spectra as scans of one sample.</summary>
    /// <exception cref="XanesDataException">Scans that do not belong together.</exception>
    public NormalizeOutcome Merge(IReadOnlyList<MeasuredSpectrum> scans)
    {
        var clean = scans.Select(Deglitch).ToArray();
        var merged = ScanMerger.Merge([.. clean.Select(c => c.Spectrum)]);
        return Finish(merged.Spectrum, [.. clean.SelectMany(c => c.Removed).Distinct().Order()], merged.StandardDeviation);
    }

    /// <summary>The outcome of what could not be done.</summary>
    public static NormalizeOutcome Failed(MeasuredSpectrum spectrum, XanesDataException error)
    {
        string where = spectrum.Index == 0 ? spectrum.Path : $"{spectrum.Path}, spectrum {spectrum.Index + 1} ({spectrum.Name})";
        string message = error.Message.StartsWith(where, StringComparison.Ordinal) ? error.Message : where + ": " + error.Message;
        return new NormalizeOutcome { File = spectrum.Path, Name = spectrum.Name, Error = message };
    }

    private (MeasuredSpectrum Spectrum, IReadOnlyList<double> Removed) Deglitch(MeasuredSpectrum spectrum)
    {
        if (!request.Deglitch)
            return (spectrum, []);
        var r = Deglitcher.Remove(spectrum.Energies.Span, spectrum.Mu.Span, new DeglitchOptions { E0 = request.Normalization.PreEdge.E0 });
        if (r.Removed.Count == 0)
            return (spectrum, []);
        // What the reader doubted about the edge may have been a glitch's doing; the clean spectrum is asked again.
        string? doubt = ElementIdentification.Identify(spectrum).Warning;
        return (spectrum with { Energies = r.Energies, Mu = r.Mu, Reference = default, Warnings = [.. spectrum.Warnings.Where(w => w != doubt)] }, r.Removed);
    }

    private NormalizeOutcome Finish(MeasuredSpectrum spectrum, IReadOnlyList<double> removed, ReadOnlyMemory<double> deviation)
    {
        if (request.Rebin)
        {
            var (grid, mu) = Rebinner.Rebin(spectrum.Energies.Span, spectrum.Mu.Span, new RebinOptions { E0 = request.Normalization.PreEdge.E0 });
            deviation = deviation.IsEmpty ? deviation : Rebinner.Average(spectrum.Energies.Span, deviation.Span, grid);
            spectrum = spectrum with { Energies = grid.Memory, Mu = mu, Reference = default };
        }

        var result = SpectrumNormalizer.Normalize(spectrum, request.Normalization, _workspace);
        var identity = ElementIdentification.Identify(spectrum, result.E0);
        List<string> warnings = [.. spectrum.Warnings, .. result.Warnings];
        if (identity.Warning is { } doubt && !warnings.Contains(doubt))
            warnings.Add(doubt);
        if (request.Element is { } given && spectrum.Element is { } stated && stated != given)
            warnings.Add($"the file says {stated}, --element says {given}");
        if (removed.Count > 0)
            warnings.Add(FormattableString.Invariant($"{removed.Count} {(removed.Count == 1 ? "point" : "points")} of glitches removed at {string.Join(" ", removed.Select(e => e.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture)))} eV"));
        string? element = request.Element ?? identity.Element;
        var alignment = request.Shift is null && model is not null ? ModelAligner.Align(model, spectrum.Energies.Span, result.Flat.Span, element) : null;
        warnings.AddRange(alignment?.Warnings ?? []);
        return new NormalizeOutcome
        {
            File = spectrum.Path, Name = spectrum.Name, Spectrum = spectrum, Result = result, Element = element, Edge = identity.Edge,
            ElementFrom = request.Element is not null ? "option" : identity.Origin switch { ElementOrigin.File => "file", ElementOrigin.EdgeEnergy => "E0", _ => "" },
            Shift = request.Shift ?? alignment?.Shift ?? 0, Alignment = alignment, Removed = removed, Deviation = deviation, Warnings = warnings,
        };
    }
}
