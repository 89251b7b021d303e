using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Spectra.Processing;

/// <summary>How repeated scans are merged.</summary>
public sealed record MergeOptions
{
    /// <summary>Weight of each scan, above 0, in the scans' order. Null: all the same.</summary>
    public IReadOnlyList<double>? Weights { get; init; }

    /// <summary>Energies of the result, within all scans. Null: those of the first scan that all scans cover.</summary>
    public EnergyGrid? Grid { get; init; }
}

/// <summary>The mean of repeated scans.</summary>
public sealed record MergedScans
{
    /// <summary>The mean as a spectrum; what all scans say alike is kept, such as element and sample.</summary>
    public required MeasuredSpectrum Spectrum { get; init; }

    /// <summary>[n] standard deviation of a single scan, with n - 1 for equal weights. Divide by the root of the number of scans for that of the mean.</summary>
    public required ReadOnlyMemory<double> StandardDeviation { get; init; }

    /// <summary>Number of scans.</summary>
    public required int Scans { get; init; }
}

/// <summary>Merges repeated scans of one sample: linear interpolation onto common energies, mean, and standard deviation.</summary>
/// <remarks>Mean: sum of w mu over sum of w. Variance: sum of w (mu - mean)^2 over (W - W2/W), W the sum of weights and W2 that of their squares, which is n - 1 for equal weights.</remarks>
public static class ScanMerger
{
    // Edges of neighbouring elements are 450 eV apart or more; chemical shifts are below 20 eV.
    private const double LargestEdgeDistance = 30;

    /// <summary>Merges scans.</summary>
    /// <param name="scans">Two or more.</param>
    /// <param name="options">Weights and energies; null means equal weights on the first scan's energies.</param>
    /// <exception cref="XanesDataException">Fewer than two scans, scans of different elements, edges or signals, or without a common range.</exception>
    public static MergedScans Merge(IReadOnlyList<MeasuredSpectrum> scans, MergeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(scans);
        options ??= new MergeOptions();
        if (scans.Count < 2)
            throw new XanesDataException($"{scans.Count} scans are given to merge", remedy: "Give two or more scans of one sample.");
        foreach (var scan in scans)
            EnergyIndex.CheckSpectrum(scan.Energies.Span, scan.Mu.Span, minimum: 2);
        double[] weights = Weights(options.Weights, scans.Count);
        CheckAlike(scans);
        double[] energies = Energies(scans, options.Grid);
        double total = weights.Sum(), squares = weights.Sum(w => w * w);
        double[] mean = new double[energies.Length], deviation = new double[energies.Length];
        double[][] values = [.. scans.Select(s => Interpolate(s, energies))];
        for (int i = 0; i < mean.Length; i++)
        {
            double sum = 0, spread = 0;
            for (int s = 0; s < values.Length; s++)
                sum += weights[s] * values[s][i];
            mean[i] = sum / total;
            for (int s = 0; s < values.Length; s++)
                spread += weights[s] * (values[s][i] - mean[i]) * (values[s][i] - mean[i]);
            deviation[i] = Math.Sqrt(spread / (total - (squares / total)));
        }

        return new MergedScans { Spectrum = Describe(scans, energies, mean), StandardDeviation = deviation, Scans = scans.Count };
    }

    private static MeasuredSpectrum Describe(IReadOnlyList<MeasuredSpectrum> scans, double[] energies, double[] mean)
    {
        string? Common(Func<MeasuredSpectrum, string?> of) => scans.All(s => string.Equals(of(s), of(scans[0]), StringComparison.Ordinal)) ? of(scans[0]) : null;
        double outer = scans.Max(s => s.Energies.Span[^1]) - scans.Min(s => s.Energies.Span[0]);
        double left = energies[^1] - energies[0];
        List<string> warnings = left < 0.9 * outer ? [FormattableString.Invariant($"the merged scan covers {left:0.#} eV of {outer:0.#} eV: the scans overlap only in part")] : [];
        return new MeasuredSpectrum
        {
            Energies = energies, Mu = mean, Signal = scans[0].Signal, Name = "merged", Path = scans[0].Path, Format = Common(s => s.Format) ?? "several formats",
            Columns = $"mean of {scans.Count} scans: {Common(s => s.Columns) ?? "columns differ"}", Element = scans.Select(s => s.Element).FirstOrDefault(e => e is not null),
            Edge = scans.Select(s => s.Edge).FirstOrDefault(e => e is not null), Sample = Common(s => s.Sample), Facility = Common(s => s.Facility), Beamline = Common(s => s.Beamline),
            Warnings = [.. scans.SelectMany(s => s.Warnings).Distinct(StringComparer.Ordinal), .. warnings],
        };
    }

    private static double[] Weights(IReadOnlyList<double>? given, int scans)
    {
        if (given is null)
            return [.. Enumerable.Repeat(1.0, scans)];
        if (given.Count != scans)
            throw new XanesDataException($"{scans} scans come with {given.Count} weights", "option Weights", remedy: "Give one weight for each scan.");
        foreach (double w in given)
            if (!(w > 0) || !double.IsFinite(w))
                throw new XanesDataException(FormattableString.Invariant($"a weight is {w}"), "option Weights", remedy: "Give weights above 0, and leave out the scans that should not count.");
        return [.. given];
    }

    private static void CheckAlike(IReadOnlyList<MeasuredSpectrum> scans)
    {
        CheckStated(scans, s => s.Element, "element");
        CheckStated(scans, s => s.Edge, "edge");
        if (scans.FirstOrDefault(s => s.Signal != scans[0].Signal) is { } odd)
            throw new XanesDataException($"{Where(scans[0])} is {scans[0].Signal}, {Where(odd)} is {odd.Signal}: their scales differ", remedy: "Merge scans of one kind, or normalize first.");
        (MeasuredSpectrum Scan, double E0)? first = null;
        foreach (var scan in scans)
        {
            if (Edge(scan) is not { } e0)
                continue;
            first ??= (scan, e0);
            if (Math.Abs(e0 - first.Value.E0) > LargestEdgeDistance)
                throw new XanesDataException(FormattableString.Invariant($"the edge of {Where(first.Value.Scan)} is at {first.Value.E0} eV, that of {Where(scan)} at {e0} eV: these are different elements or edges"),
                    remedy: "Merge scans of one edge only.");
        }
    }

    private static void CheckStated(IReadOnlyList<MeasuredSpectrum> scans, Func<MeasuredSpectrum, string?> of, string what)
    {
        MeasuredSpectrum[] stated = [.. scans.Where(s => of(s) is not null)];
        if (stated.FirstOrDefault(s => !string.Equals(of(s), of(stated[0]), StringComparison.OrdinalIgnoreCase)) is { } odd)
            throw new XanesDataException($"{Where(stated[0])} has {what} {of(stated[0])}, {Where(odd)} has {of(odd)}", remedy: $"Merge scans of one {what} only.");
    }

    // A scan that is too short or flat to have an E0 is not refused for that.
    private static double? Edge(MeasuredSpectrum scan)
    {
        try
        {
            return scan.Energies.Span[E0Finder.Find(scan.Energies.Span, scan.Mu.Span)];
        }
        catch (XanesDataException)
        {
            return null;
        }
    }

    private static double[] Energies(IReadOnlyList<MeasuredSpectrum> scans, EnergyGrid? grid)
    {
        double first = scans.Max(s => s.Energies.Span[0]), last = scans.Min(s => s.Energies.Span[^1]);
        if (grid is not null)
            return grid.First >= first && grid.Last <= last ? grid.Energies.ToArray()
                : throw new XanesDataException(FormattableString.Invariant($"the grid ({grid}) reaches beyond what all scans cover, {first} to {last} eV"), "option Grid", remedy: "Give a grid within all scans.");
        double[] energies = [.. scans[0].Energies.ToArray().Where(e => e >= first && e <= last)];
        return energies.Length >= 2 ? energies
            : throw new XanesDataException(FormattableString.Invariant($"the scans have no range in common: the last begins at {first} eV, the first ends at {last} eV"), remedy: "Leave out the scan that does not fit.");
    }

    private static double[] Interpolate(MeasuredSpectrum scan, double[] at)
    {
        ReadOnlySpan<double> e = scan.Energies.Span, mu = scan.Mu.Span;
        var values = new double[at.Length];
        for (int i = 0; i < at.Length; i++)
        {
            int k = Math.Min(EnergyIndex.Of(e, at[i]), e.Length - 2);
            values[i] = mu[k] + ((at[i] - e[k]) * (mu[k + 1] - mu[k]) / (e[k + 1] - e[k]));
        }

        return values;
    }

    private static string Where(MeasuredSpectrum scan) => scan.Index == 0 ? scan.Path : $"{scan.Path}, spectrum {scan.Index + 1} ({scan.Name})";
}
