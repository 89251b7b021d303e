namespace XanesMl.Spectra.Normalization;

/// <summary>MBACK: scale and background are fitted so that the spectrum follows tabulated f2 before and after the edge.</summary>
/// <remarks>T.-C. Weng, G. S. Waldo and J. E. Penner-Hahn, J. Synchrotron Rad. 12, 506-510 (2005). Minimised is the sum over both sides of
/// (1/n_side) (s mu - P(E) - A erfc((E - E_em) / xi) - f2(E))^2 with P a sum of Legendre polynomials. It is linear in s, P and A; xi is searched for.
/// Afterwards norm = (s mu - background - below) / jump, where below and above are power laws through the table on either side and jump is their distance at E0.</remarks>
public static class MbackNormalizer
{
    private const double NarrowestErfc = 5, WidestErfc = 5000; // eV
    private const int WidthSteps = 60;

    /// <summary>Normalizes one spectrum.</summary>
    /// <param name="energies">Energies in eV, strictly increasing.</param>
    /// <param name="mu">[energies.Length] absorption.</param>
    /// <param name="options">Table and background.</param>
    /// <param name="ranges">E0 and the ranges on both sides of the edge where f2 is followed; null means xraylarch's choice.</param>
    /// <param name="workspace">Memory to reuse, or null.</param>
    /// <exception cref="XanesDataException">Data or options that cannot be used, a table that does not cover the ranges, or a spectrum without an edge.</exception>
    public static NormalizationResult Normalize(
        ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, MbackOptions options, PreEdgeOptions? ranges = null, NormalizationWorkspace? workspace = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ranges ??= new PreEdgeOptions();
        workspace ??= new NormalizationWorkspace();
        options.Validate();
        ranges.Validate();
        EnergyIndex.CheckSpectrum(energies, mu, minimum: 5);
        workspace.Reset();
        int edge = FitRanges.EdgeIndex(energies, mu, ranges, workspace);
        var fit = FitRanges.Resolve(energies, edge, ranges);
        int unknowns = options.Order + 2 + (options.EmissionEnergy is null ? 0 : 1);
        var (pre, post) = (fit.Pre, fit.Post);
        FitRanges.CheckPoints(Length(pre), 3, "pre-edge", fit.Pre1, fit.Pre2);
        FitRanges.CheckPoints(Length(post), 3, "post-edge", fit.Norm1, fit.Norm2);
        FitRanges.CheckPoints(Length(pre) + Length(post), unknowns + 1, "fit", fit.Pre1, fit.Norm2);

        var system = new MbackSystem(energies, mu, pre, post, options);
        double? width = options.EmissionEnergy is null ? null : options.ErfcWidth ?? FindWidth(system);
        var solution = system.Solve(width);
        if (!(solution.Scale > 0) || !double.IsFinite(solution.Scale))
            throw new XanesDataException(FormattableString.Invariant($"the spectrum does not follow f2: its scale comes out as {solution.Scale}"),
                remedy: "Check the element of the table, the fit ranges and the degree of the background.");
        return Result(energies, mu, energies[edge], fit, system, solution);
    }

    private static NormalizationResult Result(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, double e0, in FitRanges fit, MbackSystem system, MbackSolution solution)
    {
        var below = PowerLaw.Fit(energies[fit.Pre], system.Table[..Length(fit.Pre)]);
        var above = PowerLaw.Fit(energies[fit.Post], system.Table[Length(fit.Pre)..]);
        double jump = above.At(e0) - below.At(e0);
        if (!(jump > 0))
            throw new XanesDataException(FormattableString.Invariant($"the table of f2 does not rise at E0, {e0} eV: {below.At(e0)} before and {above.At(e0)} after it"), "table of f2",
                remedy: "Give the table of the measured element, with points on both sides of its edge.");
        int n = mu.Length;
        double[] pre = new double[n], post = new double[n], norm = new double[n], flat = new double[n], matched = new double[n];
        for (int i = 0; i < n; i++)
        {
            double background = system.Background(solution, energies[i]), low = below.At(energies[i]), high = above.At(energies[i]);
            matched[i] = (solution.Scale * mu[i]) - background;
            pre[i] = (background + low) / solution.Scale;
            post[i] = (background + high) / solution.Scale;
            norm[i] = (matched[i] - low) / jump;
            flat[i] = energies[i] < e0 ? norm[i] : norm[i] - ((high - low) / jump) + 1;
        }

        return new NormalizationResult
        {
            Kind = NormalizationKind.Mback, WasNormalized = false, E0 = e0, EdgeStep = jump / solution.Scale, PreEdge = pre, PostEdge = post, Norm = norm, Flat = flat,
            Limits = new FitLimits(fit.Pre1, fit.Pre2, fit.Norm1, fit.Norm2), Warnings = [],
            Mback = new MbackResult
            {
                Scale = solution.Scale, BackgroundCoefficients = solution.Polynomial, BackgroundRange = (system.First, system.Last), ErfcAmplitude = solution.Amplitude,
                ErfcWidth = solution.Width, EdgeJump = jump, Matched = matched, Residual = Math.Sqrt(solution.SquaredResidual / 2),
            },
        };
    }

    // Golden section on the logarithm of the width: 60 steps narrow it to 1e-12 of the range.
    private static double FindWidth(MbackSystem system)
    {
        double ratio = (Math.Sqrt(5) - 1) / 2, a = Math.Log(NarrowestErfc), b = Math.Log(WidestErfc);
        double c = b - (ratio * (b - a)), d = a + (ratio * (b - a));
        double atC = Cost(c), atD = Cost(d);
        for (int i = 0; i < WidthSteps; i++)
        {
            if (atC < atD)
            {
                (b, d, atD) = (d, c, atC);
                c = b - (ratio * (b - a));
                atC = Cost(c);
            }
            else
            {
                (a, c, atC) = (c, d, atD);
                d = a + (ratio * (b - a));
                atD = Cost(d);
            }
        }

        return Math.Exp((a + b) / 2);

        double Cost(double logWidth) => system.Solve(Math.Exp(logWidth)).SquaredResidual;
    }

    private static int Length(Range range) => range.End.Value - range.Start.Value;

    /// <summary>f2 = factor (E / reference)^exponent, which f2 follows away from edges: a line in logarithms.</summary>
    private readonly record struct PowerLaw(double LogFactor, double Exponent, double Reference)
    {
        public static PowerLaw Fit(ReadOnlySpan<double> energies, ReadOnlySpan<double> f2)
        {
            double reference = energies[energies.Length / 2], sx = 0, sy = 0, sxx = 0, sxy = 0;
            for (int i = 0; i < energies.Length; i++)
            {
                double x = Math.Log(energies[i] / reference), y = Math.Log(f2[i]);
                (sx, sy, sxx, sxy) = (sx + x, sy + y, sxx + (x * x), sxy + (x * y));
            }

            int n = energies.Length;
            double exponent = ((n * sxy) - (sx * sy)) / ((n * sxx) - (sx * sx));
            return new PowerLaw((sy - (exponent * sx)) / n, exponent, reference);
        }

        public double At(double energy) => Math.Exp(LogFactor + (Exponent * Math.Log(energy / Reference)));
    }
}
