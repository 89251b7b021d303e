namespace XanesMl.Spectra.Normalization;

/// <summary>The complementary error function.</summary>
internal static class ErrorFunction
{
    private const double SeriesLimit = 2.5;

    /// <summary>erfc(x) = 2/sqrt(pi) times the integral of exp(-t^2) from x on.</summary>
    /// <remarks>Abramowitz and Stegun, Handbook of Mathematical Functions (1964): series 7.1.6 near 0, continued fraction 7.1.14 elsewhere.</remarks>
    public static double Complement(double x)
    {
        if (x < 0)
            return 2 - Complement(-x);
        return x < SeriesLimit ? 1 - Series(x) : Fraction(x);
    }

    // erf(x) = 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1)): all terms have one sign, so nothing cancels.
    private static double Series(double x)
    {
        double term = x, sum = x;
        for (int n = 1; term > 1e-17 * sum; n++)
            sum += term *= 2 * x * x / ((2 * n) + 1);
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    // sqrt(pi) exp(x^2) erfc(x) = 1 / (x + 1/2 / (x + 1 / (x + 3/2 / (x + ...)))), from a depth where it no longer matters.
    private static double Fraction(double x)
    {
        double tail = x;
        for (int k = 100; k > 0; k--)
            tail = x + (0.5 * k / tail);
        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * tail);
    }
}
