namespace XanesMl.Inference.Predictions;

/// <summary>A descriptor with its 90 % interval.</summary>
/// <param name="Value">Calibrated value, in the unit.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="Unit">"e", "angstrom", or "" for a number without unit.</param>
public readonly record struct DescriptorEstimate(double Value, double Low, double High, string Unit)
{
    /// <summary>Half width of a normal distribution's central 90 % in standard deviations.</summary>
    public const double NormalHalfWidth90 = 1.645;

    /// <summary>Joins the two sources of uncertainty: half width = sqrt((1.645 std)^2 + halfWidth90^2).</summary>
    /// <remarks>The half width is the conformal quantile of <see cref="ConformalScore"/> on validation rows, so that this interval, spread included,
    /// covers 90 % of them; the spread of the ensemble makes it wider where the trials disagree, which is where a spectrum is unlike those rows.</remarks>
    /// <param name="value">Calibrated value.</param>
    /// <param name="std">Standard deviation over the ensemble, in the unit.</param>
    /// <param name="halfWidth90">Conformal half width of the calibration, in the unit.</param>
    /// <param name="unit">Unit of all of them.</param>
    public static DescriptorEstimate From(double value, double std, double halfWidth90, string unit)
    {
        double spread = NormalHalfWidth90 * std, half = Math.Sqrt((spread * spread) + (halfWidth90 * halfWidth90));
        return new DescriptorEstimate(value, value - half, value + half, unit);
    }

    /// <summary>Smallest half width that covers a residual once the spread is joined to it: sqrt(max(0, residual^2 - (1.645 std)^2)).</summary>
    /// <param name="residual">True minus predicted value.</param>
    /// <param name="std">Standard deviation over the ensemble, in the same unit.</param>
    public static double ConformalScore(double residual, double std)
    {
        double spread = NormalHalfWidth90 * std;
        return Math.Sqrt(Math.Max(0, (residual * residual) - (spread * spread)));
    }
}
