using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Alignment;

/// <summary>Puts a measured spectrum on a model's energy reference: simulations and beamlines disagree by a few eV, and a model sees a shift as another oxidation state.</summary>
/// <remarks>First the edges are brought together: where spectrum and model's mean spectrum reach half their step. Then, within <see cref="AlignmentOptions.Reach"/> of that,
/// the shift is searched at which the spectrum correlates best with what the decoder can draw: every shift of a coarse grid is encoded and decoded, and from the best
/// of them shift and styles are refined together (<see cref="ManifoldFit"/>). How well that works: docs/normalization.md. The shift is for reporting: nothing is shifted here.</remarks>
public static class ModelAligner
{
    private const double HalfStep = 0.5;
    private const double LeastCoverage = 0.5;
    private const double PoorCorrelation = 0.95;
    private const double Shake = 0.7; // eV
    private const int SketchSteps = 10, FullSteps = 60, Finalists = 3;

    /// <summary>Finds the shift of one spectrum.</summary>
    /// <param name="model">The model.</param>
    /// <param name="energies">Photon energies in eV, strictly increasing, at least 3.</param>
    /// <param name="norm">[energies.Length] normalized (better: flattened) absorption.</param>
    /// <param name="element">Absorbing element, needed by a model whose energies are relative to the edge; null where it is not known.</param>
    /// <param name="options">Reach and steps; null means the defaults.</param>
    /// <exception cref="XanesDataException">Data that cannot be used, an element that the model has no reference for, or energies that do not overlap the model's.</exception>
    public static AlignmentResult Align(SpectrumModel model, ReadOnlySpan<double> energies, ReadOnlySpan<double> norm, string? element = null, AlignmentOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new AlignmentOptions();
        options.Validate();
        if (energies.Length != norm.Length)
            throw new XanesDataException($"{energies.Length} energies come with {norm.Length} absorption values", remedy: "Give one value for each energy.");
        foreach (double v in norm)
            if (!double.IsFinite(v))
                throw new XanesDataException(FormattableString.Invariant($"an absorption is {v}"), remedy: "Remove points that are not finite.");
        var grid = new EnergyGrid(energies).Shift(-Reference(model, element));
        var warnings = new List<string>();
        double edgeShift = EdgeShift(model, grid, norm, warnings);
        var fit = new ManifoldFit(model, grid, norm);
        double first = edgeShift - options.Reach, last = edgeShift + options.Reach;
        var best = Best(fit, Starts(fit, first, last, options), first, last, grid, model);
        bool atLimit = best.Shift < first + options.CoarseStep || best.Shift > last - options.CoarseStep;
        if (atLimit)
            warnings.Add(FormattableString.Invariant($"the best shift, {best.Shift:0.00} eV, lies at the end of the search from {first:0.0} to {last:0.0} eV: a better one may lie outside"));
        if (best.Correlation < PoorCorrelation)
            warnings.Add(FormattableString.Invariant($"the model draws no spectrum like this one (correlation {best.Correlation:0.000}): do not rely on the shift"));
        double coverage = fit.Coverage(best.Shift);
        if (coverage < 0.95)
            warnings.Add(FormattableString.Invariant($"the shifted spectrum covers {100 * coverage:0} % of the model's energies"));
        return new AlignmentResult
        {
            Shift = best.Shift, EdgeShift = edgeShift, CorrelationBefore = Unshifted(fit), CorrelationAfter = best.Correlation, AtLimit = atLimit, Styles = best.Styles, Coverage = coverage, Warnings = warnings,
        };
    }

    private static double Reference(SpectrumModel model, string? element)
    {
        if (model.Metadata.EnergyAxis == EnergyAxis.Absolute)
            return 0;
        var references = model.Metadata.EdgeReferences;
        string known = $"It has {string.Join(", ", references.Keys.Order(StringComparer.Ordinal))}.";
        if (element is null)
            throw new XanesDataException("the element is not known, and the model's energies are relative to the element's edge", remedy: "Name the element. " + known);
        return references.TryGetValue(element, out double energy) ? energy : throw new XanesDataException($"the model has no reference energy for element {element}", remedy: known);
    }

    // The steepest rise would be the white line's for some and a shoulder's for others; half the step is passed once.
    private static double EdgeShift(SpectrumModel model, EnergyGrid grid, ReadOnlySpan<double> norm, List<string> warnings)
    {
        double[] mean = Array.ConvertAll(model.DecodeStyles(new float[model.Metadata.StyleCount], 1), v => (double)v);
        double? theirs = HalfHeight(model.Grid.Energies, mean), ours = HalfHeight(grid.Energies, norm);
        if (theirs is not null && ours is not null)
            return theirs.Value - ours.Value;
        warnings.Add(ours is null ? "the spectrum does not rise through 0.5: is it normalized? The search is about shift 0" : "the model's mean spectrum does not rise through 0.5: the search is about shift 0");
        return 0;
    }

    private static double? HalfHeight(ReadOnlySpan<double> energies, ReadOnlySpan<double> values)
    {
        for (int i = 1; i < values.Length; i++)
        {
            // The next points too, so that a single outlier is no edge.
            if (values[i - 1] < HalfStep && values[i] >= HalfStep && !values[i..Math.Min(values.Length, i + 3)].ContainsAnyInRange(double.NegativeInfinity, Math.BitDecrement(HalfStep)))
                return energies[i - 1] + ((HalfStep - values[i - 1]) * (energies[i] - energies[i - 1]) / (values[i] - values[i - 1]));
        }

        return null;
    }

    // Places of the coarse grid that no neighbour surpasses, the best first.
    private static List<ManifoldPoint> Starts(ManifoldFit fit, double first, double last, AlignmentOptions options)
    {
        int steps = (int)Math.Ceiling((last - first) / options.CoarseStep);
        double[] shifts = [.. Enumerable.Range(0, steps + 1).Select(i => first + ((last - first) * i / steps)).Where(s => fit.Coverage(s) >= LeastCoverage)];
        if (shifts.Length == 0)
            return [];
        var points = fit.EncodeAndDecode(shifts);
        return [.. Enumerable.Range(0, points.Length)
            .Where(i => (i == 0 || points[i].Correlation >= points[i - 1].Correlation) && (i == points.Length - 1 || points[i].Correlation >= points[i + 1].Correlation))
            .Select(i => points[i]).OrderByDescending(p => p.Correlation).Take(options.Starts)];
    }

    private static ManifoldPoint Best(ManifoldFit fit, List<ManifoldPoint> starts, double first, double last, EnergyGrid grid, SpectrumModel model)
    {
        if (starts.Count == 0)
            throw new XanesDataException(FormattableString.Invariant($"the energies hardly overlap the model's: the spectrum has {grid}, the model {model.Grid}, and the edges lie {0.5 * (first + last):0.#} eV apart"),
                remedy: $"Use a model of the element that was measured; this one is for {string.Join(", ", model.Metadata.Elements)}.");
        // The encoder knows spectra in their right place only, so its styles may mislead at others: the mean spectrum and half-way to it are tried as well.
        List<ManifoldPoint> sketches = [];
        foreach (var start in starts)
            foreach (double part in (ReadOnlySpan<double>)[1, 0.5, 0])
                sketches.Add(fit.Refine(start with { Styles = [.. start.Styles.Select(z => part * z)] }, first, last, SketchSteps));
        var best = sketches.OrderBy(p => p.Cost).Take(Finalists).Select(p => fit.Refine(p, first, last, FullSteps)).MinBy(p => p.Cost)!;
        // Out of a shallow hollow beside a deeper one.
        foreach (double side in (ReadOnlySpan<double>)[-Shake, Shake])
        {
            var end = fit.Refine(best with { Shift = Math.Clamp(best.Shift + side, first, last) }, first, last, FullSteps);
            best = end.Cost < best.Cost ? end : best;
        }

        return best;
    }

    private static double Unshifted(ManifoldFit fit) => fit.Coverage(0) < LeastCoverage ? double.NaN : fit.Refine(fit.EncodeAndDecode([0])[0], 0, 0, FullSteps).Correlation;
}
