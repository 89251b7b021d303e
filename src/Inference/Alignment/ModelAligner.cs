using System.Runtime.CompilerServices;
using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Alignment;

/// <summary>Puts a measured spectrum on a model's energy reference: simulations and beamlines disagree by a few eV, and a model sees a shift as another oxidation state.</summary>
/// <remarks>First the edges are brought together: where spectrum and model's mean spectrum reach half their step. Then, within <see cref="AlignmentOptions.Reach"/> of that,
/// the shift is searched at which the spectrum correlates best with what the decoder can draw: at every shift of a coarse grid with what encoder and decoder make of it and with a sample of
/// decoded spectra (<see cref="ManifoldSketch"/>), and from the best places of either shift and styles are refined together (<see cref="ManifoldFit"/>). How well that works: docs/normalization.md. The shift is for reporting: nothing is shifted here.</remarks>
public static class ModelAligner
{
    private const double HalfStep = 0.5;
    internal const double LeastCoverage = 0.5;

    /// <summary>Correlation below which the model draws no spectrum like this one, and the shift means little. The limits that training sets on rows of the domain (docs/domain.md) are higher.</summary>
    internal const double PoorCorrelation = 0.95;

    private const double Shake = 0.7; // eV
    private const double StartsApart = 1, FinalistsApart = 0.3; // eV
    private const int FirstSteps = 6, MoreSteps = 10, FullSteps = 40;

    private static readonly ConditionalWeakTable<SpectrumModel, ManifoldSketch> s_sketches = [];

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
        return Align(model, new ShiftedSpectrum(new EnergyGrid(energies).Shift(-Reference(model, element)), norm), norm, options);
    }

    /// <summary>Finds the shift of a spectrum whose energies are on the model's axis but for the shift.</summary>
    internal static AlignmentResult Align(SpectrumModel model, ShiftedSpectrum spectrum, ReadOnlySpan<double> norm, AlignmentOptions options)
    {
        var sketch = s_sketches.GetValue(model, static m => new ManifoldSketch(m));
        var warnings = new List<string>();
        double edgeShift = EdgeShift(model.Grid, sketch, spectrum.Grid, norm, warnings);
        double first = edgeShift - options.Reach, last = edgeShift + options.Reach;
        var fit = new ManifoldFit(model, spectrum);
        var unshifted = spectrum.Coverage(model.Grid, 0) < LeastCoverage ? null : fit.Start(0, sketch.Search(spectrum, 0, 0, 1, 0)[0].Styles.Span, 0, 0);
        var best = Best(fit, Starts(fit, sketch, spectrum, first, last, options), options, unshifted, (first, last), spectrum, model);
        bool atLimit = best.Shift < first + options.CoarseStep || best.Shift > last - options.CoarseStep;
        if (atLimit)
            warnings.Add(FormattableString.Invariant($"the best shift, {best.Shift:0.00} eV, lies at the end of the search from {first:0.0} to {last:0.0} eV: a better one may lie outside"));
        if (best.Correlation < PoorCorrelation)
            warnings.Add(FormattableString.Invariant($"the model draws no spectrum like this one (correlation {best.Correlation:0.000}): do not rely on the shift"));
        double coverage = spectrum.Coverage(model.Grid, best.Shift);
        if (coverage < 0.95)
            warnings.Add(FormattableString.Invariant($"the shifted spectrum covers {100 * coverage:0} % of the model's energies"));
        return new AlignmentResult
        {
            Shift = best.Shift, EdgeShift = edgeShift, CorrelationBefore = unshifted?.Correlation ?? double.NaN, CorrelationAfter = best.Correlation, AtLimit = atLimit, Styles = best.Styles,
            Coverage = coverage, Warnings = warnings,
        };
    }

    /// <summary>Correlation of a spectrum at a given shift with the most similar one that the decoder can draw; NaN where too little is covered.</summary>
    internal static double CorrelationAt(SpectrumModel model, ShiftedSpectrum spectrum, double shift)
    {
        if (spectrum.Coverage(model.Grid, shift) < LeastCoverage)
            return double.NaN;
        var sketch = s_sketches.GetValue(model, static m => new ManifoldSketch(m));
        var fit = new ManifoldFit(model, spectrum);
        var guesses = sketch.Search(spectrum, shift, shift, 1, 0);
        FitLane[] lanes = [.. guesses.Concat(fit.EncodeAndDecode(guesses)).Select(g => fit.Start(shift, g.Styles.Span, shift, shift))];
        fit.Advance(lanes, FullSteps);
        return lanes.Max(l => l.Correlation);
    }

    /// <summary>Reference energy of an element's spectra on the model's axis, eV; 0 for a model with photon energies.</summary>
    internal static double Reference(SpectrumModel model, string? element)
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
    private static double EdgeShift(EnergyGrid modelGrid, ManifoldSketch sketch, EnergyGrid grid, ReadOnlySpan<double> norm, List<string> warnings)
    {
        double? theirs = HalfHeight(modelGrid.Energies, sketch.Mean), ours = HalfHeight(grid.Energies, norm);
        if (theirs is not null && ours is not null)
            return theirs.Value - ours.Value;
        warnings.Add(ours is null ? "the spectrum does not rise through 0.5: is it normalized? The search is about shift 0" : "the model's mean spectrum does not rise through 0.5: the search is about shift 0");
        return 0;
    }

    /// <summary>Where values first pass half of 1 for good; null where they do not.</summary>
    internal static double? HalfHeight(ReadOnlySpan<double> energies, ReadOnlySpan<double> values)
    {
        for (int i = 1; i < values.Length; i++)
        {
            // The next points too, so that a single outlier is no edge.
            if (values[i - 1] < HalfStep && values[i] >= HalfStep && !values[i..Math.Min(values.Length, i + 3)].ContainsAnyInRange(double.NegativeInfinity, Math.BitDecrement(HalfStep)))
                return energies[i - 1] + ((HalfStep - values[i - 1]) * (energies[i] - energies[i - 1]) / (values[i] - values[i - 1]));
        }

        return null;
    }

    // Places of the coarse grid, the best first, some distance from each other: what the sample knows there, and what encoder and decoder make of it.
    private static List<Guess> Starts(ManifoldFit fit, ManifoldSketch sketch, ShiftedSpectrum spectrum, double first, double last, AlignmentOptions options)
    {
        var guesses = sketch.Search(spectrum, first, last, options.CoarseStep, LeastCoverage);
        return [.. Apart(fit.EncodeAndDecode(guesses), g => g.Cost, g => g.Shift, (options.Starts + 1) / 2, StartsApart), .. Apart(guesses, g => g.Cost, g => g.Shift, options.Starts / 2, StartsApart)];
    }

    // The best of some, but none nearer to a better one than so many eV: neighbours end in the same place.
    private static List<T> Apart<T>(IEnumerable<T> all, Func<T, double> cost, Func<T, double> shift, int count, double distance)
    {
        var chosen = new List<T>(count);
        foreach (var one in all.OrderBy(cost))
            if (chosen.Count < count && chosen.TrueForAll(c => Math.Abs(shift(c) - shift(one)) >= distance))
                chosen.Add(one);
        return chosen;
    }

    private static FitLane Best(ManifoldFit fit, List<Guess> starts, AlignmentOptions options, FitLane? unshifted, (double First, double Last) range, ShiftedSpectrum spectrum, SpectrumModel model)
    {
        if (starts.Count == 0)
            throw new XanesDataException(FormattableString.Invariant($"the energies hardly overlap the model's: the spectrum has {spectrum.Grid}, the model {model.Grid}, and the edges lie {0.5 * (range.First + range.Last):0.#} eV apart"),
                remedy: $"Use a model of the element that was measured; this one is for {string.Join(", ", model.Metadata.Elements)}.");
        FitLane[] lanes = [.. starts.Select(s => fit.Start(s.Shift, s.Styles.Span, range.First, range.Last))];
        fit.Advance(lanes, FirstSteps);
        var better = Apart(lanes, l => l.Cost, l => l.Shift, Math.Max(1, options.Starts / 2), FinalistsApart);
        fit.Advance(better, MoreSteps);
        var finalists = Apart(better, l => l.Cost, l => l.Shift, Math.Max(1, options.Starts / 4), FinalistsApart);
        fit.Advance(unshifted is null ? finalists : [.. finalists, unshifted], FullSteps);
        var best = finalists.MinBy(l => l.Cost)!;
        if (options.Starts <= AlignmentOptions.MostWithoutShake)
            return best;
        // Out of a shallow hollow beside a deeper one.
        float[] styles = Array.ConvertAll(best.Styles, z => (float)z);
        FitLane[] sides = [.. new[] { -Shake, Shake }.Select(s => fit.Start(Math.Clamp(best.Shift + s, range.First, range.Last), styles, range.First, range.Last))];
        fit.Advance(sides, FullSteps);
        return sides.Append(best).MinBy(l => l.Cost)!;
    }
}
