using XanesMl.Spectra.Measured;

namespace XanesMl.Spectra.Normalization;

/// <summary>Normalizes a measured spectrum in one of several ways, and never one that is normalized already. Formulas: docs/normalization.md.</summary>
public static class SpectrumNormalizer
{
    // Rounding of mu in float64 makes steps of about 1e-13 of it; the smallest edge that anyone measures is a thousand times this.
    private const double SmallestRelativeStep = 1e-9;

    /// <summary>Normalizes one spectrum of a file. What the file says of itself (already normalized, simulated) counts unless the options say that the input is raw.</summary>
    /// <param name="spectrum">The spectrum.</param>
    /// <param name="options">The way; null means pre-edge and post-edge curves with all defaults.</param>
    /// <param name="workspace">Memory to reuse, or null.</param>
    /// <exception cref="XanesDataException">Data or options that cannot be used; names the spectrum's file.</exception>
    public static NormalizationResult Normalize(MeasuredSpectrum spectrum, NormalizationOptions? options = null, NormalizationWorkspace? workspace = null)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        options ??= new NormalizationOptions();
        options.Validate();
        bool declared = spectrum.Signal is SignalKind.Normalized or SignalKind.Simulated;
        try
        {
            if (!declared || options.Input != InputState.Recognize)
                return Normalize(spectrum.Energies.Span, spectrum.Mu.Span, options, workspace);
            string why = spectrum.Signal == SignalKind.Normalized ? "the file says that it is normalized" : "the spectrum is simulated";
            return Untouched(spectrum.Energies.Span, spectrum.Mu.Span, options, workspace ?? new(), why + ": left as it is");
        }
        catch (XanesDataException e)
        {
            string problem = e.InputSource is null ? e.Problem : e.InputSource + ": " + e.Problem;
            throw new XanesDataException(problem, spectrum.Index == 0 ? spectrum.Path : $"{spectrum.Path}, spectrum {spectrum.Index + 1} ({spectrum.Name})", remedy: e.Remedy, inner: e);
        }
    }

    /// <summary>Normalizes one spectrum.</summary>
    /// <param name="energies">Energies in eV, strictly increasing.</param>
    /// <param name="mu">[energies.Length] absorption.</param>
    /// <param name="options">The way; null means pre-edge and post-edge curves with all defaults.</param>
    /// <param name="workspace">Memory to reuse, or null.</param>
    /// <exception cref="XanesDataException">Data or options that cannot be used.</exception>
    public static NormalizationResult Normalize(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, NormalizationOptions? options = null, NormalizationWorkspace? workspace = null)
    {
        options ??= new NormalizationOptions();
        options.Validate();
        workspace ??= new NormalizationWorkspace();
        EnergyIndex.CheckSpectrum(energies, mu, minimum: 2);
        if (options.Input == InputState.Normalized)
            return Untouched(energies, mu, options, workspace, "declared as normalized: left as it is");
        if (options.Kind == NormalizationKind.None)
            return Untouched(energies, mu, options, workspace, warning: null);
        if (options.Input == InputState.Recognize && LooksNormalized(energies, mu, workspace))
            return Untouched(energies, mu, options, workspace, "the spectrum looks normalized (near 0 before and near 1 after the edge): left as it is");
        var result = options.Kind switch
        {
            NormalizationKind.PreEdge => PreEdge(energies, mu, options, workspace),
            NormalizationKind.Mback => MbackNormalizer.Normalize(energies, mu, options.Mback!, options.PreEdge, workspace),
            _ => Range(energies, mu, options, workspace),
        };
        RequireStep(mu, result);
        return result with { Warnings = [.. result.Warnings, .. WrongSides(result.Limits)] };
    }

    // The kernel divides by whatever it finds, as xraylarch does: without an edge that is noise, or its floor.
    private static void RequireStep(ReadOnlySpan<double> mu, NormalizationResult result)
    {
        double largest = 0;
        foreach (double m in mu)
            largest = Math.Max(largest, Math.Abs(m));
        bool floor = result.Kind == NormalizationKind.PreEdge && result.EdgeStep <= PreEdgeKernel.SmallestStep;
        if (floor || Math.Abs(result.EdgeStep) <= SmallestRelativeStep * largest)
            throw new XanesDataException(FormattableString.Invariant($"there is no edge: its step is {result.EdgeStep:G3}, with absorption of up to {largest:G6}"),
                remedy: "Give a scan with an edge in it, E0 and fit ranges by hand, or absorption in larger units.");
    }

    private static IEnumerable<string> WrongSides(FitLimits? limits)
    {
        if (limits is not { } used)
            yield break;
        if (used.Pre2 > 0)
            yield return FormattableString.Invariant($"the pre-edge fit reaches {used.Pre2} eV above E0");
        if (used.Norm1 < 0)
            yield return FormattableString.Invariant($"the post-edge fit begins {-used.Norm1} eV below E0");
    }

    private static NormalizationResult PreEdge(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, NormalizationOptions options, NormalizationWorkspace workspace)
    {
        var r = PreEdgeNormalizer.Normalize(energies, mu, options.PreEdge, workspace);
        return new NormalizationResult
        {
            Kind = NormalizationKind.PreEdge, WasNormalized = false, E0 = r.E0, EdgeStep = r.EdgeStep, PreEdge = r.PreEdge, PostEdge = r.PostEdge, Norm = r.Norm, Flat = r.Flat,
            Limits = new FitLimits(r.Pre1, r.Pre2, r.Norm1, r.Norm2), NNorm = r.NNorm, NVict = r.NVict, Warnings = [],
        };
    }

    // A spectrum that cannot be normalized with default ranges has no two sides of an edge to be recognised by.
    private static bool LooksNormalized(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, NormalizationWorkspace workspace)
    {
        try
        {
            return NormalizedCheck.LooksNormalized(energies, mu, PreEdgeNormalizer.Normalize(energies, mu, new PreEdgeOptions(), workspace));
        }
        catch (XanesDataException)
        {
            return false;
        }
    }

    private static NormalizationResult Untouched(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, NormalizationOptions options, NormalizationWorkspace workspace, string? warning)
    {
        EnergyIndex.CheckSpectrum(energies, mu, minimum: 2);
        List<string> warnings = warning is null ? [] : [warning];
        double? e0 = null;
        try
        {
            workspace.Reset();
            e0 = energies[FitRanges.EdgeIndex(energies, mu, options.PreEdge, workspace)];
        }
        catch (XanesDataException e) when (options.PreEdge.E0 is null)
        {
            warnings.Add("E0 is not found: " + e.Problem);
        }

        double[] norm = mu.ToArray(), ones = new double[mu.Length];
        Array.Fill(ones, 1);
        return new NormalizationResult
        {
            Kind = NormalizationKind.None, WasNormalized = warning is not null, E0 = e0, EdgeStep = 1, PreEdge = new double[mu.Length], PostEdge = ones, Norm = norm, Flat = norm, Warnings = warnings,
        };
    }

    // Area: step = integral of (mu - lowest) by trapezoids over the range's width. Min-max: step = highest - lowest.
    private static NormalizationResult Range(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, NormalizationOptions options, NormalizationWorkspace workspace)
    {
        workspace.Reset();
        double e0 = energies[FitRanges.EdgeIndex(energies, mu, options.PreEdge, workspace)];
        int first = FirstAtOrAbove(energies, e0 + options.RangeFirst), end = FirstAtOrAbove(energies, Math.BitIncrement(e0 + options.RangeLast));
        if (end - first < 2)
            throw new XanesDataException(FormattableString.Invariant($"the range from {options.RangeFirst} to {options.RangeLast} eV about E0 ({e0} eV) has {end - first} points"), "option RangeFirst",
                remedy: "Widen the range.");
        double low = double.PositiveInfinity, high = double.NegativeInfinity, area = 0;
        for (int i = first; i < end; i++)
        {
            (low, high) = (Math.Min(low, mu[i]), Math.Max(high, mu[i]));
            if (i > first)
                area += 0.5 * (mu[i] + mu[i - 1]) * (energies[i] - energies[i - 1]);
        }

        double width = energies[end - 1] - energies[first];
        double step = options.Kind == NormalizationKind.Area ? (area / width) - low : high - low;
        if (step <= 0 || !double.IsFinite(1 / step))
            throw new XanesDataException(FormattableString.Invariant($"the absorption is {low} everywhere from {energies[first]} to {energies[end - 1]} eV"), remedy: "Give a range with the edge in it.");
        double[] norm = new double[mu.Length], pre = new double[mu.Length], post = new double[mu.Length];
        Array.Fill(pre, low);
        Array.Fill(post, low + step);
        for (int i = 0; i < norm.Length; i++)
            norm[i] = (mu[i] - low) / step;
        return new NormalizationResult
        {
            Kind = options.Kind, WasNormalized = false, E0 = e0, EdgeStep = step, PreEdge = pre, PostEdge = post, Norm = norm, Flat = norm,
            Range = (energies[first] - e0, energies[end - 1] - e0), Warnings = [],
        };
    }

    private static int FirstAtOrAbove(ReadOnlySpan<double> energies, double value)
    {
        int i = energies.BinarySearch(value);
        return i >= 0 ? i : ~i;
    }
}
