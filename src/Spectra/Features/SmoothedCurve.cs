namespace XanesMl.Spectra.Features;

/// <summary>One spectrum after the local fit: values, slopes, and the maxima and minima that stand above the noise. Indices are grid points; -1 = none.</summary>
internal sealed class SmoothedCurve
{
    private readonly EnergyGrid _grid;
    private readonly LocalQuadratic _fit;
    private readonly double[] _slopes;
    private readonly List<(int Index, bool IsMaximum)> _extremes;

    public SmoothedCurve(EnergyGrid grid, LocalQuadratic fit, ReadOnlySpan<double> mu, SpectralFeatureOptions options)
    {
        (_grid, _fit) = (grid, fit);
        Values = new double[mu.Length];
        _slopes = new double[mu.Length];
        var residuals = new double[mu.Length];
        for (int i = 0; i < mu.Length; i++)
        {
            var local = fit.AtPoint(i, mu);
            (Values[i], _slopes[i], residuals[i]) = (local.Value, local.Slope, mu[i] - local.Value);
        }

        double smallest = options.SmallestPeak * options.EdgeStep, noise = MedianDeviation(residuals) * fit.NoiseFactor;
        SmallestSwing = Math.Max(smallest, 4 * noise);
        SmallestPreEdge = Math.Max(smallest, 8 * noise);
        _extremes = Extremes(Values, SmallestSwing);
    }

    /// <summary>[points] s(E).</summary>
    public double[] Values { get; }

    /// <summary>Points of the grid.</summary>
    public int Count => Values.Length;

    /// <summary>What a swing must reach to count.</summary>
    public double SmallestSwing { get; }

    /// <summary>What a pre-edge peak must reach: noise alone stands twice as high above a hull, which runs through its lowest points.</summary>
    public double SmallestPreEdge { get; }

    /// <summary>First point i in [from, to) with s_i below the level and s_i+1 not.</summary>
    public int FirstRise(double level, int from, int to)
    {
        for (int i = from; i < to; i++)
            if (Values[i] < level && Values[i + 1] >= level)
                return i;
        return -1;
    }

    /// <summary>Last such point.</summary>
    public int LastRise(double level, int from, int to)
    {
        for (int i = to - 1; i >= from; i--)
            if (Values[i] < level && Values[i + 1] >= level)
                return i;
        return -1;
    }

    /// <summary>Energy of the rise between point <paramref name="i"/> and the next.</summary>
    public double Crossing(double level, int i) => _grid[i] + ((level - Values[i]) / (Values[i + 1] - Values[i]) * (_grid[i + 1] - _grid[i]));

    /// <summary>Highest maximum from a point on within so many eV.</summary>
    public int HighestMaximum(int from, double window)
    {
        int best = -1;
        foreach (var (index, isMaximum) in _extremes)
            if (isMaximum && index >= from && _grid[index] <= _grid[from] + window && (best < 0 || Values[index] > Values[best]))
                best = index;
        return best;
    }

    /// <summary>First minimum above a maximum, and the first maximum above that.</summary>
    public (int Pit, int Second) After(int main)
    {
        int at = _extremes.IndexOf((main, true));
        return (at + 1 < _extremes.Count ? _extremes[at + 1].Index : -1, at + 2 < _extremes.Count ? _extremes[at + 2].Index : -1);
    }

    /// <summary>Last point not above an energy.</summary>
    public int LastWithin(double energy)
    {
        int last = Count - 1;
        while (last > 0 && _grid[last] > energy)
            last--;
        return last;
    }

    /// <summary>Energy and size of the largest slope between the valley below the rise and <paramref name="end"/>.</summary>
    public (double Energy, double Slope) Steepest(int rise, int end)
    {
        int peak = -1;
        foreach (var (index, isMaximum) in _extremes)
            if (isMaximum && index <= rise)
                peak = index;
        int valley = Math.Max(peak, 0);
        for (int i = valley; peak >= 0 && i <= rise; i++)
            if (Values[i] < Values[valley])
                valley = i;
        int k = valley;
        for (int i = valley; i <= end; i++)
            if (_slopes[i] > _slopes[k])
                k = i;
        if (k == 0 || k == Count - 1 || _slopes[k] < _slopes[k - 1] || _slopes[k] < _slopes[k + 1])
            return (double.NaN, double.NaN);
        return Vertex(k);
    }

    /// <summary>The extremum near a grid point: where the local slope is zero.</summary>
    public CurveExtremum Extremum(int index, ReadOnlySpan<double> mu)
    {
        if (index < 0)
            return CurveExtremum.Missing;
        // The top of a parabola through three points lies within half a step of the highest; so neighbours keep their order, whatever the noise.
        double x = _grid[index], low = (_grid[index - 1] + x) / 2, high = (x + _grid[index + 1]) / 2;
        var local = _fit.At(x, mu);
        for (int step = 0; step < 8 && local.Curvature != 0; step++)
        {
            double next = Math.Clamp(x - (local.Slope / local.Curvature), low, high);
            bool settled = Math.Abs(next - x) < 1e-7;
            local = _fit.At(x = next, mu);
            if (settled)
                break;
        }

        return new CurveExtremum(x, local.Value, local.Curvature);
    }

    /// <summary>Top of the parabola through three slopes, for any spacing.</summary>
    private (double Energy, double Slope) Vertex(int k)
    {
        double left = _grid[k - 1] - _grid[k], right = _grid[k + 1] - _grid[k], down = _slopes[k - 1] - _slopes[k], up = _slopes[k + 1] - _slopes[k];
        double c = ((up / right) - (down / left)) / (right - left), b = (up / right) - (c * right);
        double x = c < 0 ? -b / (2 * c) : 0;
        return (_grid[k] + x, _slopes[k] + (b * x) + (c * x * x));
    }

    /// <summary>1.4826 times the median absolute deviation: the standard deviation of normal noise, blind to a few sharp features.</summary>
    private static double MedianDeviation(double[] residuals)
    {
        double median = Median(residuals);
        return 1.4826 * Median(Array.ConvertAll(residuals, r => Math.Abs(r - median)));
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        int n = sorted.Length;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[(n / 2) - 1] + sorted[n / 2]) / 2;
    }

    /// <summary>Maxima and minima in turn, each at least <paramref name="swing"/> away from its neighbours; the ends of the curve are not among them.</summary>
    private static List<(int Index, bool IsMaximum)> Extremes(double[] s, double swing)
    {
        var found = new List<(int, bool)>();
        int high = 0, low = 0, direction = 0;
        for (int i = 0; i < s.Length; i++)
        {
            if (s[i] > s[high])
                high = i;
            if (s[i] < s[low])
                low = i;
            if (direction >= 0 && s[high] - s[i] >= swing)
            {
                if (high > 0)
                    found.Add((high, true));
                (direction, low, high) = (-1, i, i);
            }
            else if (direction <= 0 && s[i] - s[low] >= swing)
            {
                if (low > 0)
                    found.Add((low, false));
                (direction, low, high) = (1, i, i);
            }
        }

        return found;
    }
}
