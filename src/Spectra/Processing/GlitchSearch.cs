using System.Runtime.InteropServices;

namespace XanesMl.Spectra.Processing;

/// <summary>The runs of points that <see cref="Deglitcher"/> compares, kept while points are removed: only what lies near a removal is computed again.</summary>
internal sealed class GlitchSearch
{
    private const int Neighbours = 2;
    private const int Nearby = 15;
    private const double MadToSigma = 1.4826;

    private readonly DeglitchOptions _options;
    private readonly (double First, double Last) _keep;
    private readonly double _least;
    private readonly List<double> _energies, _mu;
    private readonly List<int> _places;

    // For each width less one: of the run that begins at point i + Neighbours, its deviations and how far it is off as a glitch, 0 where it is none.
    private readonly List<(double Smallest, double Largest)>[] _runs;
    private readonly List<double>[] _off;

    /// <summary>Computes all runs. <paramref name="keep"/> is the protected range in eV.</summary>
    public GlitchSearch(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, DeglitchOptions options, (double First, double Last) keep)
    {
        (_options, _keep, _energies, _mu, _places) = (options, keep, [.. energies], [.. mu], [.. Enumerable.Range(0, energies.Length)]);
        _least = options.SmallestDeviation * (_mu.Max() - _mu.Min());
        _runs = [.. Enumerable.Range(0, options.WidestGlitch).Select(_ => new List<(double, double)>())];
        _off = [.. Enumerable.Range(0, options.WidestGlitch).Select(_ => new List<double>())];
        for (int w = 0; w < _runs.Length; w++)
        {
            int count = Math.Max(0, _energies.Count - (2 * Neighbours) - w);
            CollectionsMarshal.SetCount(_runs[w], count);
            CollectionsMarshal.SetCount(_off[w], count);
            Compute(w, 0, count);
        }
    }

    /// <summary>Energies that are left.</summary>
    public ReadOnlySpan<double> Energies => CollectionsMarshal.AsSpan(_energies);

    /// <summary>Absorption at these.</summary>
    public ReadOnlySpan<double> Mu => CollectionsMarshal.AsSpan(_mu);

    /// <summary>The run that is farthest off, or null where none is a glitch.</summary>
    public (int Start, int Length)? Worst()
    {
        (int, int)? worst = null;
        double highest = _least;
        // A single run has nothing to be compared with.
        for (int w = 0; w < _off.Length && _off[w].Count >= 2; w++)
        {
            var off = CollectionsMarshal.AsSpan(_off[w]);
            for (int i = 0; i < off.Length; i++)
                if (off[i] > highest)
                    (worst, highest) = ((i + Neighbours, w + 1), off[i]);
        }

        return worst;
    }

    /// <summary>Removes points.</summary>
    public void Remove(int start, int length)
    {
        _energies.RemoveRange(start, length);
        _mu.RemoveRange(start, length);
        _places.RemoveRange(start, length);
        for (int w = 0; w < _runs.Length; w++)
        {
            int left = _runs[w].Count - Math.Min(length, _runs[w].Count), from = Math.Min(start, left);
            _runs[w].RemoveRange(from, _runs[w].Count - left);
            _off[w].RemoveRange(from, _off[w].Count - left);
            // Runs whose points or neighbours lie on both sides of the hole.
            Compute(w, start - w - 1 - (2 * Neighbours), start);
        }
    }

    // Deviations of runs from one to another (not included), and whether these and all that are compared with them are glitches.
    private void Compute(int w, int from, int to)
    {
        int count = _runs[w].Count, width = w + 1, reach = width + Neighbours + Nearby;
        for (int i = Math.Max(0, from); i < Math.Min(to, count); i++)
            _runs[w][i] = Deviation(i + Neighbours, width);
        for (int i = Math.Max(0, from - reach); i < Math.Min(to + reach, count); i++)
            _off[w][i] = Off(i, width);
    }

    private double Off(int i, int width)
    {
        int start = i + Neighbours;
        bool kept = _energies[start + width - 1] >= _keep.First && _energies[start] <= _keep.Last;
        // What would make the hole of an earlier run too wide for a glitch is none.
        kept |= _places[start + width] - _places[start - 1] - 1 > _options.WidestGlitch;
        double off = _runs[width - 1][i].Smallest;
        // A glitch stands out more than the good points that are compared with it.
        return !kept && off > _least && off > _options.Threshold * Scale(_runs[width - 1], i, width) ? off : 0;
    }

    // Distances of the run's points from the cubic through the two points on either side: the smallest (0 where they lie on both sides of it) and the largest.
    private (double Smallest, double Largest) Deviation(int start, int width)
    {
        ReadOnlySpan<int> nodes = [start - 2, start - 1, start + width, start + width + 1];
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        for (int i = start; i < start + width; i++)
        {
            double value = 0;
            foreach (int a in nodes)
            {
                double term = _mu[a];
                foreach (int b in nodes)
                    term *= a == b ? 1 : (_energies[i] - _energies[b]) / (_energies[a] - _energies[b]);
                value += term;
            }

            (low, high) = (Math.Min(low, _mu[i] - value), Math.Max(high, _mu[i] - value));
        }

        return (Math.Max(0, Math.Max(low, -high)), Math.Max(-low, high));
    }

    // From the largest distances, so that many points have no better chance than one. Runs that overlap the one in question, or whose neighbours do, are left out.
    private static double Scale(List<(double Smallest, double Largest)> runs, int at, int width)
    {
        int apart = width + Neighbours, left = Math.Max(0, at - apart + 1), right = Math.Min(runs.Count, at + apart);
        Span<double> near = stackalloc double[2 * Nearby];
        int count = 0;
        for (int i = Math.Max(0, left - Nearby); i < left; i++)
            near[count++] = runs[i].Largest;
        for (int i = right; i < Math.Min(runs.Count, right + Nearby); i++)
            near[count++] = runs[i].Largest;
        if (count == 0)
            return double.PositiveInfinity;
        near[..count].Sort();
        return MadToSigma * near[count / 2];
    }
}
