using System.Buffers;

namespace XanesMl.Spectra.Resampling;

/// <summary>Carries spectra from one energy grid to another: quadratic spline within the source's range, end values held outside.
/// Everything that does not depend on the spectrum is computed once. Immutable, safe for concurrent use, no allocation per spectrum.</summary>
public sealed class GridResampler
{
    private const int StackPoints = 1024;

    private readonly QuadraticSpline _spline;
    private readonly int[] _first;
    private readonly double[] _weights; // three a target point

    /// <summary>Prepares the map.</summary>
    /// <param name="from">Grid of the spectra; at least three points.</param>
    /// <param name="to">Target grid, in the same energies (both absolute, or both relative to the edge).</param>
    /// <exception cref="XanesDataException">Fewer than three source points, or ranges that do not overlap.</exception>
    public GridResampler(EnergyGrid from, EnergyGrid to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        if (to.First > from.Last || to.Last < from.First)
            throw new XanesDataException($"the energies do not overlap: the spectra have {from}, wanted are {to}",
                remedy: "Check the element, and whether one grid is absolute and the other relative to the edge.");
        _spline = new QuadraticSpline(from);
        (From, To) = (from, to);
        _first = new int[to.Count];
        _weights = new double[to.Count * 3];
        for (int i = 0; i < to.Count; i++)
        {
            double x = Math.Clamp(to[i], from.First, from.Last);
            _spline.Basis(x, out _first[i], out _weights[3 * i], out _weights[(3 * i) + 1], out _weights[(3 * i) + 2]);
        }
    }

    /// <summary>Grid of the spectra that go in.</summary>
    public EnergyGrid From { get; }

    /// <summary>Grid of the spectra that come out.</summary>
    public EnergyGrid To { get; }

    /// <summary>Resamples one spectrum.</summary>
    /// <param name="spectrum">[From.Count] absorption.</param>
    /// <param name="destination">[To.Count] result.</param>
    public void Resample(ReadOnlySpan<float> spectrum, Span<float> destination)
    {
        Check(spectrum.Length, destination.Length);
        double[]? rented = null;
        Span<double> c = spectrum.Length <= StackPoints ? stackalloc double[StackPoints] : (rented = ArrayPool<double>.Shared.Rent(spectrum.Length));
        c = c[..spectrum.Length];
        for (int i = 0; i < c.Length; i++)
            c[i] = spectrum[i];
        Map(c, destination);
        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>Resamples one spectrum.</summary>
    /// <param name="spectrum">[From.Count] absorption.</param>
    /// <param name="destination">[To.Count] result, rounded to float32 at the end.</param>
    public void Resample(ReadOnlySpan<double> spectrum, Span<float> destination)
    {
        Check(spectrum.Length, destination.Length);
        double[]? rented = null;
        Span<double> c = spectrum.Length <= StackPoints ? stackalloc double[StackPoints] : (rented = ArrayPool<double>.Shared.Rent(spectrum.Length));
        c = c[..spectrum.Length];
        spectrum.CopyTo(c);
        Map(c, destination);
        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
    }

    private void Map(Span<double> values, Span<float> destination)
    {
        _spline.Solve(values, values);
        for (int i = 0; i < destination.Length; i++)
        {
            int f = _first[i];
            destination[i] = (float)((_weights[3 * i] * values[f]) + (_weights[(3 * i) + 1] * values[f + 1]) + (_weights[(3 * i) + 2] * values[f + 2]));
        }
    }

    private void Check(int source, int destination)
    {
        if (source != From.Count)
            throw new ArgumentException($"the source grid has {From.Count} points, the spectrum {source}");
        if (destination != To.Count)
            throw new ArgumentException($"the target grid has {To.Count} points, the destination {destination}");
    }
}
