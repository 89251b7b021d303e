using System.Numerics;
using System.Runtime.InteropServices;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>Predicts descriptors as the mean over the k nearest training spectra (Euclidean distance on the raw spectra), weighted with 1 / distance.</summary>
/// <remarks>Where training spectra equal the asked one, only those count. A descriptor's neighbours are sought among the training rows that have
/// it; with fewer than k such rows all of them count. Of equally distant spectra the earlier row is nearer. As scikit-learn's
/// KNeighborsRegressor(k, weights="distance").</remarks>
public sealed class KNearestNeighbours
{
    private readonly int _neighbours, _points, _rows, _descriptors;
    private readonly double[] _spectra;
    private readonly float[] _values;

    /// <summary>Keeps the training rows.</summary>
    /// <param name="spectra">[rows x points] training spectra.</param>
    /// <param name="points">Points of a spectrum.</param>
    /// <param name="values">[rows x descriptors] their descriptors; NaN = missing.</param>
    /// <param name="descriptors">Number of descriptors.</param>
    /// <param name="neighbours">k.</param>
    /// <exception cref="XanesDataException">No row or sizes that do not fit.</exception>
    public KNearestNeighbours(ReadOnlySpan<float> spectra, int points, ReadOnlySpan<float> values, int descriptors, int neighbours = 5)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(neighbours, 1);
        _rows = RowMajor.Rows(spectra, points, "training spectra");
        if (_rows == 0 || RowMajor.Rows(values, descriptors, "training descriptors") != _rows)
            throw new XanesDataException($"{_rows} training spectra come with {values.Length} values of {descriptors} descriptors");
        (_points, _descriptors, _neighbours) = (points, descriptors, neighbours);
        _spectra = Widen(spectra);
        _values = values.ToArray();
    }

    /// <summary>Predicts every descriptor of every row.</summary>
    /// <param name="spectra">[n x points].</param>
    /// <returns>[n x descriptors]; NaN where no training row has the descriptor.</returns>
    /// <exception cref="XanesDataException">The length is no multiple of the points.</exception>
    public double[] Predict(ReadOnlySpan<float> spectra)
    {
        int n = RowMajor.Rows(spectra, _points, "spectra");
        double[] asked = Widen(spectra);
        var predicted = new double[n * _descriptors];
        var distances = new double[_rows];
        var nearest = new int[_neighbours];
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> spectrum = asked.AsSpan(i * _points, _points);
            for (int r = 0; r < _rows; r++)
                distances[r] = SquaredDistance(spectrum, _spectra.AsSpan(r * _points, _points));
            for (int d = 0; d < _descriptors; d++)
                predicted[(i * _descriptors) + d] = WeightedMean(d, distances, nearest.AsSpan(0, Nearest(d, distances, nearest)));
        }

        return predicted;
    }

    /// <summary>Fills <paramref name="nearest"/> with the labelled rows of the smallest distances, nearest first, and returns how many there are.</summary>
    private int Nearest(int descriptor, double[] distances, int[] nearest)
    {
        int count = 0;
        for (int r = 0; r < _rows; r++)
        {
            double distance = distances[r];
            if ((count == nearest.Length && distance >= distances[nearest[count - 1]]) || float.IsNaN(_values[(r * _descriptors) + descriptor]))
                continue;
            int at = count < nearest.Length ? count++ : count - 1;
            for (; at > 0 && distance < distances[nearest[at - 1]]; at--)
                nearest[at] = nearest[at - 1];
            nearest[at] = r;
        }

        return count;
    }

    /// <summary>Weighted mean, summed as differences from the nearest row's value: where all neighbours agree the answer is their value to the last
    /// bit, and ranks of such answers tie.</summary>
    private double WeightedMean(int descriptor, double[] squaredDistances, ReadOnlySpan<int> rows)
    {
        if (rows.IsEmpty)
            return double.NaN;
        bool exact = squaredDistances[rows[0]] == 0;
        double origin = _values[(rows[0] * _descriptors) + descriptor], sum = 0, total = 0;
        foreach (int r in rows)
        {
            double weight = !exact ? 1 / Math.Sqrt(squaredDistances[r]) : squaredDistances[r] == 0 ? 1 : 0;
            sum += weight * (_values[(r * _descriptors) + descriptor] - origin);
            total += weight;
        }

        return origin + (sum / total);
    }

    private static double SquaredDistance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var vectorsA = MemoryMarshal.Cast<double, Vector<double>>(a);
        var vectorsB = MemoryMarshal.Cast<double, Vector<double>>(b);
        var sums = Vector<double>.Zero;
        for (int i = 0; i < vectorsA.Length; i++)
        {
            var difference = vectorsA[i] - vectorsB[i];
            sums += difference * difference;
        }

        double sum = Vector.Sum(sums);
        for (int i = vectorsA.Length * Vector<double>.Count; i < a.Length; i++)
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }

    private static double[] Widen(ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        for (int i = 0; i < wide.Length; i++)
            wide[i] = values[i];
        return wide;
    }
}
