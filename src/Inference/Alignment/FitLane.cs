namespace XanesMl.Inference.Alignment;

/// <summary>What a search wants to know next.</summary>
internal enum FitQuestion
{
    /// <summary>How good is the trial?</summary>
    Trial,

    /// <summary>The same, and what the decoder's derivatives are there.</summary>
    TrialWithDerivatives,

    /// <summary>What are the decoder's derivatives where the search stands?</summary>
    Derivatives,
}

/// <summary>One search of <see cref="ManifoldFit"/>: where it stands, what it knows of the decoder there, and where it tries next.</summary>
internal sealed class FitLane
{
    private const int StepsWithOneJacobian = 4;
    private const double ShortestSecant = 1e-5;
    private const double LeastDamping = 1e-4;

    private readonly double _first, _last;
    private readonly double[] _factor, _move;
    private int _age;
    private double _promised = double.PositiveInfinity;

    /// <summary>A search that has not been anywhere.</summary>
    public FitLane(int styles, int points, double first, double last)
    {
        (_first, _last) = (first, last);
        (Styles, TrialStyles) = (new double[styles], new double[styles]);
        (Decoded, Jacobian) = (new double[points], new double[styles * points]);
        Parameters = styles + (first < last ? 1 : 0);
        (Normal, Gradient, _factor, _move) = (new double[Parameters * Parameters], new double[Parameters], new double[Parameters * Parameters], new double[Parameters]);
    }

    /// <summary>Styles, and the shift where it is free.</summary>
    public int Parameters { get; }

    /// <summary>eV.</summary>
    public double Shift { get; private set; }

    /// <summary>[styles].</summary>
    public double[] Styles { get; }

    /// <summary>[points] what the decoder draws of <see cref="Styles"/>.</summary>
    public double[] Decoded { get; }

    /// <summary>[styles x points] its derivatives, measured some steps ago and brought up to date by what the steps since have shown.</summary>
    public double[] Jacobian { get; }

    /// <summary>Pearson's correlation over the energies that the shifted spectrum covers.</summary>
    public double Correlation { get; private set; }

    /// <summary>2 (1 - correlation) and a small weight on large styles; infinite before the first step.</summary>
    public double Cost { get; private set; } = double.PositiveInfinity;

    /// <summary>Where it tries next, eV.</summary>
    public double TrialShift { get; set; }

    /// <summary>[styles] where it tries next.</summary>
    public double[] TrialStyles { get; }

    /// <summary>What it wants to know next.</summary>
    public FitQuestion Question { get; private set; } = FitQuestion.TrialWithDerivatives;

    /// <summary>Levenberg and Marquardt's weight of the diagonal.</summary>
    public double Damping { get; private set; } = 1e-3;

    /// <summary>Whether another step would gain nothing.</summary>
    public bool Settled { get; private set; }

    /// <summary>[parameters x parameters] lower triangle of the normal matrix where it stands.</summary>
    public double[] Normal { get; }

    /// <summary>[parameters] right side where it stands.</summary>
    public double[] Gradient { get; }

    /// <summary>Goes to the trial.</summary>
    /// <param name="decoded">[points] what the decoder draws there.</param>
    /// <param name="correlation">Correlation there.</param>
    /// <param name="cost">Cost there, below <see cref="Cost"/>.</param>
    public void Accept(ReadOnlySpan<float> decoded, double correlation, double cost)
    {
        if (Question == FitQuestion.Trial)
            Secant(decoded);
        for (int i = 0; i < Decoded.Length; i++)
            Decoded[i] = decoded[i];
        // The nearer the gain to what the quadratic model promised, the longer the next step may be.
        double fulfilled = (Cost - cost) / _promised;
        Damping = fulfilled > 0.75 ? Math.Max(LeastDamping, 0.2 * Damping) : fulfilled < 0.25 ? 3 * Damping : Damping;
        (Shift, Correlation, Cost) = (TrialShift, correlation, cost);
        TrialStyles.CopyTo(Styles, 0);
        _age = Question == FitQuestion.Trial ? _age + 1 : 0;
    }

    /// <summary>Stays: the trial was no better. Derivatives that were not measured here may be to blame; else the next step is shorter.</summary>
    public void Reject()
    {
        Settled |= double.IsPositiveInfinity(Cost); // a start that is no number
        if (_age > 0)
            Question = FitQuestion.Derivatives;
        else
            Damping *= 8;
    }

    /// <summary>The derivatives where it stands were measured.</summary>
    public void Measured() => _age = 0;

    /// <summary>Sets the next trial: (N + damping diag(N)) move = gradient by Cholesky's factors; N is positive definite.</summary>
    /// <param name="smallestGain">A step that promises less ends the search.</param>
    public void Propose(double smallestGain)
    {
        Solve();
        _promised = 0;
        for (int i = 0; i < Parameters; i++)
            _promised += _move[i] * (Gradient[i] + (Damping * Normal[(i * Parameters) + i] * _move[i]));
        Settled |= !(_promised >= smallestGain);
        Question = _age >= StepsWithOneJacobian ? FitQuestion.TrialWithDerivatives : FitQuestion.Trial;
        TrialShift = Math.Clamp(Shift + (Parameters > Styles.Length ? _move[^1] : 0), _first, _last);
        for (int k = 0; k < Styles.Length; k++)
        {
            TrialStyles[k] = Styles[k] + _move[k];
            // Such a step leads nowhere; the decoder takes finite numbers only.
            Settled |= !float.IsFinite((float)TrialStyles[k]);
        }
    }

    // Broyden's update: J += (change seen - J step) step^T / |step|^2.
    private void Secant(ReadOnlySpan<float> decoded)
    {
        int styles = Styles.Length, points = Decoded.Length;
        Span<double> step = _move.AsSpan(0, styles);
        double length = 0;
        for (int k = 0; k < styles; k++)
        {
            step[k] = TrialStyles[k] - Styles[k];
            length += step[k] * step[k];
        }

        // Rounding of float32 would be all that a shorter step shows.
        if (length < ShortestSecant * ShortestSecant)
            return;
        for (int i = 0; i < points; i++)
        {
            double missing = decoded[i] - Decoded[i];
            for (int k = 0; k < styles; k++)
                missing -= Jacobian[(k * points) + i] * step[k];
            missing /= length;
            for (int k = 0; k < styles; k++)
                Jacobian[(k * points) + i] += missing * step[k];
        }
    }

    private void Solve()
    {
        int n = Parameters;
        double[] l = _factor, x = _move;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = Normal[(i * n) + j] * (i == j ? 1 + Damping : 1);
                for (int k = 0; k < j; k++)
                    sum -= l[(i * n) + k] * l[(j * n) + k];
                l[(i * n) + j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-300)) : sum / l[(j * n) + j];
            }

            x[i] = Gradient[i];
            for (int k = 0; k < i; k++)
                x[i] -= l[(i * n) + k] * x[k];
            x[i] /= l[(i * n) + i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
                x[i] -= l[(k * n) + i] * x[k];
            x[i] /= l[(i * n) + i];
        }
    }
}
