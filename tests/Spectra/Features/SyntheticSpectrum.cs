namespace XanesMl.Spectra.Tests.Features;

/// <summary>An arctangent edge with Gaussians: 1/2 + atan((E - Edge) / Width) / pi + sum A exp(-(E - C)^2 / 2 S^2), so that every true feature can be computed.</summary>
internal sealed record SyntheticSpectrum(double Edge, double Width, params (double Height, double Centre, double Sigma)[] Peaks)
{
    /// <summary>A pre-edge peak, a white line and a second peak about an edge at 0.</summary>
    public static SyntheticSpectrum Oxide { get; } = new(0, 1.2, (0.12, -9, 1.3), (0.7, 7, 2.5), (0.25, 24, 4));

    public double At(double e) => 0.5 + (Math.Atan((e - Edge) / Width) / Math.PI) + Peaks.Sum(p => p.Height * Math.Exp(-(e - p.Centre) * (e - p.Centre) / (2 * p.Sigma * p.Sigma)));

    public double[] On(EnergyGrid grid) => [.. grid.Energies.ToArray().Select(At)];

    /// <summary>Where an expression of the exact curve changes sign, by bisection.</summary>
    public static double Root(Func<double, double> f, double low, double high)
    {
        bool rising = f(low) < 0;
        for (int i = 0; i < 100; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = f(middle) < 0 == rising ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    /// <summary>First and second derivative by central differences of the exact curve, good to 1e-7.</summary>
    public double Slope(double e) => (At(e + 1e-4) - At(e - 1e-4)) / 2e-4;

    public double Curvature(double e) => (At(e + 1e-3) - (2 * At(e)) + At(e - 1e-3)) / 1e-6;
}
