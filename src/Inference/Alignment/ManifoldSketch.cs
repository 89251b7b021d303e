using System.Numerics;
using System.Runtime.InteropServices;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Alignment;

/// <summary>A first guess.</summary>
/// <param name="Shift">eV.</param>
/// <param name="Styles">[styles] of a spectrum that resembles the shifted one.</param>
/// <param name="Cost">2 (1 - correlation) as far as the guess knows.</param>
internal readonly record struct Guess(double Shift, ReadOnlyMemory<float> Styles, double Cost);

/// <summary>What a model's decoder can draw, as a sample of styles with the decoded spectra (unit vectors) and the planes that touch the manifold of decoded spectra there.
/// How near a spectrum comes to each of the planes at each shift of a coarse grid is one small dense product. Made once for a model; immutable, for any number of threads.</summary>
/// <remarks>Everything happens in the leading principal components of the sample, of spectra averaged over a few neighbouring points each. With residual r = x - u and tangents J
/// the step (J^T J + lambda)^-1 J^T r leaves |r|^2 - |W r|^2, W = L^-1 J^T, L L^T = J^T J + lambda; lambda keeps the step where the plane still touches.</remarks>
internal sealed class ManifoldSketch
{
    private const int Samples = 384; // a multiple of every vector's width
    private const int MostBlocks = 64, MostComponents = 16;
    private const int Seed = 20230704; // any: the sample is the same for every call and every run
    private const float StyleDifference = 0.02f;
    private const double Lambda = 0.01; // of unit vectors: a step of one standard deviation costs as much as a correlation of 0.995

    private readonly EnergyGrid _grid;
    private readonly int _block, _blocks, _styleCount, _components;
    private readonly float[] _styles;   // [samples x styles]
    private readonly double[] _mean;    // [points]
    private readonly double[][] _basis; // [components][blocks]
    private readonly float[] _units;    // [components x samples]
    private readonly float[] _planes;   // [styles x components x samples] W
    private readonly double[][] _factors; // [samples][styles x styles] L

    /// <summary>Decodes the sample and its neighbours.</summary>
    public ManifoldSketch(SpectrumModel model)
    {
        _grid = model.Grid;
        _styleCount = model.Metadata.StyleCount;
        _block = (_grid.Count + MostBlocks - 1) / MostBlocks;
        _blocks = Math.Max(1, _grid.Count / _block);
        _components = Math.Min(MostComponents, _blocks);
        _styles = NormalStyles(_styleCount);
        int width = _styleCount + 1;
        var rows = new float[Samples * width * _styleCount];
        for (int i = 0; i < rows.Length; i++)
        {
            int k = i % _styleCount, row = i / _styleCount;
            rows[i] = _styles[(row / width * _styleCount) + k] + (row % width == k + 1 ? StyleDifference : 0);
        }

        float[] decoded = model.DecodeStyles(rows, Samples * width);
        _mean = Array.ConvertAll(decoded[.._grid.Count], v => (double)v);
        var units = new double[Samples][];
        var tangents = new double[Samples][][];
        for (int m = 0; m < Samples; m++)
        {
            double[] Curve(int r) => Blocks<float>(decoded.AsSpan(((m * width) + r) * _grid.Count, _grid.Count));
            double[] here = Curve(0);
            tangents[m] = new double[_styleCount][];
            for (int k = 0; k < _styleCount; k++)
            {
                double[] tangent = tangents[m][k] = Curve(k + 1);
                for (int p = 0; p < tangent.Length; p++)
                    tangent[p] = (tangent[p] - here[p]) / StyleDifference;
            }

            double length = UnitVectors.Normalize(here);
            foreach (double[] t in tangents[m])
                UnitVectors.Differentiate(t, here, 1 / length);
            units[m] = here;
        }

        _basis = LeadingComponents.Of(units, _components);
        (_units, _planes, _factors) = (new float[_components * Samples], new float[_styleCount * _components * Samples], new double[Samples][]);
        for (int m = 0; m < Samples; m++)
            Prepare(m, units[m], tangents[m]);
    }

    /// <summary>[points] decoded from styles 0: the model's mean spectrum.</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>The best guess at each shift that leaves enough of the model's energies covered.</summary>
    /// <param name="spectrum">The spectrum; outside its range its end values count.</param>
    /// <param name="first">First shift, eV.</param>
    /// <param name="last">Last shift, eV.</param>
    /// <param name="step">Largest distance between two, eV.</param>
    /// <param name="leastCoverage">Fraction of the model's range below which a shift is left out.</param>
    public List<Guess> Search(ShiftedSpectrum spectrum, double first, double last, double step, double leastCoverage)
    {
        int steps = (int)Math.Ceiling((last - first) / step);
        var guesses = new List<Guess>(steps + 1);
        double[] curve = new double[_grid.Count], x = new double[_components];
        var costs = new float[Samples];
        for (int i = 0; i <= steps; i++)
        {
            double shift = steps == 0 ? first : first + ((last - first) * i / steps);
            if (spectrum.Coverage(_grid, shift) < leastCoverage)
                continue;
            spectrum.Values(_grid.Energies, shift, curve);
            double[] unit = Blocks<double>(curve.AsSpan());
            UnitVectors.Normalize(unit);
            double outside = UnitVectors.Dot(unit, unit);
            for (int q = 0; q < _components; q++)
            {
                x[q] = UnitVectors.Dot(unit, _basis[q]);
                outside -= x[q] * x[q];
            }

            Distances(x, costs);
            int best = 0;
            for (int m = 1; m < Samples; m++)
                best = costs[m] < costs[best] ? m : best;
            guesses.Add(new Guess(shift, Step(best, x), costs[best] + Math.Max(0, outside)));
        }

        return guesses;
    }

    // |r|^2 - |W r|^2 of every sample.
    private void Distances(double[] x, float[] costs)
    {
        int width = Samples / Vector<float>.Count;
        var results = MemoryMarshal.Cast<float, Vector<float>>(costs.AsSpan());
        ReadOnlySpan<Vector<float>> units = MemoryMarshal.Cast<float, Vector<float>>(_units.AsSpan()), planes = MemoryMarshal.Cast<float, Vector<float>>(_planes.AsSpan());
        Span<Vector<float>> r = stackalloc Vector<float>[MostComponents];
        for (int v = 0; v < width; v++)
        {
            var cost = Vector<float>.Zero;
            for (int q = 0; q < _components; q++)
            {
                r[q] = new Vector<float>((float)x[q]) - units[(q * width) + v];
                cost += r[q] * r[q];
            }

            for (int k = 0; k < _styleCount; k++)
            {
                var along = Vector<float>.Zero;
                for (int q = 0; q < _components; q++)
                    along += planes[(((k * _components) + q) * width) + v] * r[q];
                cost -= along * along;
            }

            results[v] = cost;
        }
    }

    // Styles of the nearest point of a plane: L^T step = W r.
    private float[] Step(int m, double[] x)
    {
        int s = _styleCount;
        Span<double> step = stackalloc double[s];
        double[] l = _factors[m];
        for (int k = s - 1; k >= 0; k--)
        {
            double v = 0;
            for (int q = 0; q < _components; q++)
                v += _planes[(((k * _components) + q) * Samples) + m] * (x[q] - _units[(q * Samples) + m]);
            for (int j = k + 1; j < s; j++)
                v -= l[(j * s) + k] * step[j];
            step[k] = v / l[(k * s) + k];
        }

        var styles = new float[s];
        for (int k = 0; k < s; k++)
            styles[k] = _styles[(m * s) + k] + (float)step[k];
        return styles;
    }

    private void Prepare(int m, double[] unit, double[][] tangents)
    {
        int s = _styleCount;
        double[][] j = [.. tangents.Select(t => Array.ConvertAll(_basis, b => UnitVectors.Dot(b, t)))];
        var l = new double[s * s];
        for (int a = 0; a < s; a++)
        {
            for (int b = 0; b <= a; b++)
            {
                double sum = UnitVectors.Dot(j[a], j[b]) + (a == b ? Lambda : 0);
                for (int k = 0; k < b; k++)
                    sum -= l[(a * s) + k] * l[(b * s) + k];
                l[(a * s) + b] = a == b ? Math.Sqrt(sum) : sum / l[(b * s) + b];
            }
        }

        Span<double> w = stackalloc double[s];
        for (int q = 0; q < _components; q++)
        {
            _units[(q * Samples) + m] = (float)UnitVectors.Dot(_basis[q], unit);
            for (int a = 0; a < s; a++)
            {
                double v = j[a][q];
                for (int k = 0; k < a; k++)
                    v -= l[(a * s) + k] * w[k];
                w[a] = v / l[(a * s) + a];
                _planes[(((a * _components) + q) * Samples) + m] = (float)w[a];
            }
        }

        _factors[m] = l;
    }

    // Means over neighbouring points.
    private double[] Blocks<T>(ReadOnlySpan<T> curve)
        where T : INumber<T>
    {
        var means = new double[_blocks];
        for (int b = 0; b < _blocks; b++)
        {
            double sum = 0;
            for (int p = b * _block; p < (b + 1) * _block; p++)
                sum += double.CreateTruncating(curve[p]);
            means[b] = sum / _block;
        }

        return means;
    }

    // The first is the mean spectrum; the others are normal, as styles of training data are.
    private static float[] NormalStyles(int count)
    {
        var random = new Random(Seed);
        var styles = new float[Samples * count];
        for (int i = count; i < styles.Length; i++)
            styles[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return styles;
    }
}
