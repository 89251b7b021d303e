namespace XanesMl.Spectra.Normalization;

/// <summary>What one linear fit of MBACK found.</summary>
internal sealed record MbackSolution(double Scale, double[] Polynomial, double Amplitude, double? Width, double SquaredResidual);

/// <summary>The linear equations of MBACK for one spectrum: s mu - background = f2 at every point of the fit, weighted by one over the root of the points on its side.</summary>
internal sealed class MbackSystem
{
    private readonly double[] _energies, _mu, _weights, _table;
    private readonly int _order;
    private readonly double? _emission;

    /// <summary>Interpolates the table and sets the weights.</summary>
    /// <exception cref="XanesDataException">A table that does not reach over the fit, or has its edge inside it.</exception>
    public MbackSystem(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, Range pre, Range post, MbackOptions options)
    {
        _energies = [.. energies[pre], .. energies[post]];
        _mu = [.. mu[pre], .. mu[post]];
        int below = pre.End.Value - pre.Start.Value, above = _energies.Length - below;
        _weights = [.. Enumerable.Repeat(1 / Math.Sqrt(below), below), .. Enumerable.Repeat(1 / Math.Sqrt(above), above)];
        (_order, _emission) = (options.Order, options.EmissionEnergy);
        (First, Last) = (_energies[0], _energies[^1]);
        ReadOnlySpan<double> e = options.Energies.Span, f2 = options.F2.Span;
        if (e[0] > First || e[^1] < Last)
            throw new XanesDataException(FormattableString.Invariant($"the table of f2 reaches from {e[0]} to {e[^1]} eV, the fit from {First} to {Last} eV"), "table of f2",
                remedy: "Give a table that reaches over the fit, or narrower ranges.");
        double jump = TabulatedEdge(e, f2);
        if (jump <= _energies[below - 1] || jump >= _energies[below])
            throw new XanesDataException(FormattableString.Invariant($"the edge of the table of f2, near {jump} eV, does not lie between the two fit ranges, {_energies[below - 1]} and {_energies[below]} eV"),
                "table of f2", remedy: "Give the table of the measured element, or set the ranges so that the table's edge lies between them.");
        _table = new double[_energies.Length];
        for (int i = 0; i < _table.Length; i++)
            _table[i] = Interpolate(e, f2, _energies[i]);
    }

    /// <summary>Lowest energy of the fit, eV.</summary>
    public double First { get; }

    /// <summary>Highest energy of the fit, eV.</summary>
    public double Last { get; }

    /// <summary>f2 at the points of the fit, those before the edge first.</summary>
    public ReadOnlySpan<double> Table => _table;

    /// <summary>Scale and background for one width of the erfc (null: without erfc).</summary>
    public MbackSolution Solve(double? width)
    {
        int rows = _energies.Length, columns = _order + 2 + (width is null ? 0 : 1);
        var a = new double[columns * rows];
        var b = new double[rows];
        Span<double> legendre = stackalloc double[_order + 1];
        // Columns of like size: mu over its largest value.
        double size = 0;
        foreach (double m in _mu)
            size = Math.Max(size, Math.Abs(m));
        size = size > 0 ? size : 1;
        for (int i = 0; i < rows; i++)
        {
            a[i] = _weights[i] * _mu[i] / size;
            Legendre(_energies[i], legendre);
            for (int k = 0; k <= _order; k++)
                a[((k + 1) * rows) + i] = -_weights[i] * legendre[k];
            if (width is { } w)
                a[((columns - 1) * rows) + i] = -_weights[i] * Erfc(_energies[i], w);
            b[i] = _weights[i] * _table[i];
        }

        var c = new double[columns];
        double squares = LeastSquares.Solve(a, b, c);
        return new MbackSolution(c[0] / size, c[1..(_order + 2)], width is null ? 0 : c[^1], width, squares);
    }

    /// <summary>Background at any energy.</summary>
    public double Background(MbackSolution solution, double energy)
    {
        Span<double> legendre = stackalloc double[_order + 1];
        Legendre(energy, legendre);
        return VectorMath.Dot(legendre, solution.Polynomial) + (solution.Width is { } width ? solution.Amplitude * Erfc(energy, width) : 0);
    }

    private double Erfc(double energy, double width) => ErrorFunction.Complement((energy - _emission!.Value) / width);

    // Bonnet's recursion: (k+1) P(k+1) = (2k+1) u P(k) - k P(k-1).
    private void Legendre(double energy, Span<double> values)
    {
        double u = (energy - ((First + Last) / 2)) / ((Last - First) / 2);
        values[0] = 1;
        if (values.Length > 1)
            values[1] = u;
        for (int k = 1; k < values.Length - 1; k++)
            values[k + 1] = ((((2 * k) + 1) * u * values[k]) - (k * values[k - 1])) / (k + 1);
    }

    // Middle of the steepest rise of the part of the table that the fit covers.
    private double TabulatedEdge(ReadOnlySpan<double> e, ReadOnlySpan<double> f2)
    {
        int best = -1;
        double highest = 0;
        for (int i = 0; i < e.Length - 1; i++)
            if (e[i + 1] > First && e[i] < Last && f2[i + 1] / f2[i] > highest)
                (best, highest) = (i, f2[i + 1] / f2[i]);
        return 0.5 * (e[best] + e[best + 1]);
    }

    // Linear in the logarithms, in which f2 is nearly straight.
    private static double Interpolate(ReadOnlySpan<double> e, ReadOnlySpan<double> f2, double energy)
    {
        int i = Math.Min(EnergyIndex.Of(e, energy), e.Length - 2);
        double t = Math.Log(energy / e[i]) / Math.Log(e[i + 1] / e[i]);
        return Math.Exp(((1 - t) * Math.Log(f2[i])) + (t * Math.Log(f2[i + 1])));
    }
}
