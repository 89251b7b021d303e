using XanesMl.Inference.Models;

namespace XanesMl.Training.Onnx;

/// <summary>Writes the calibrations of K descriptors into a graph, all at once.</summary>
/// <remarks>
/// For style s_k: y_k = c0_k + c1_k s_k + c2_k s_k^2 + sum_j slope_kj (clip(s_k, lo_kj, hi_kj) - lo_kj).
/// A piecewise-linear curve through knots is c0 = its first value and one term a segment, constant outside the knots; a polynomial has no segments.
/// Rows are padded with segments of slope 0.
/// </remarks>
internal static class CalibrationGraph
{
    // Spacing of float32 at 1.
    private const float MinGap = 1.1920929e-7f;

    /// <summary>Adds the curves.</summary>
    /// <param name="graph">Graph to extend.</param>
    /// <param name="calibrations">One a descriptor, K of them.</param>
    /// <param name="prefix">Prefix of every name.</param>
    /// <param name="styles">Value [batch, K]: the first K styles.</param>
    /// <returns>Value [batch, K] in the descriptors' units.</returns>
    public static string Add(GraphBuilder graph, IReadOnlyList<Calibration> calibrations, string prefix, string styles)
    {
        int k = calibrations.Count;
        float[] c0 = new float[k], c1 = new float[k], c2 = new float[k];
        var segments = new List<Segment>[k];
        for (int i = 0; i < k; i++)
        {
            Calibration c = calibrations[i];
            Check(c, i);
            bool isotonic = c.Kind == CalibrationKind.Isotonic;
            c0[i] = (float)(isotonic ? c.KnotValues[0] : c.Coefficients[0]);
            c1[i] = isotonic || c.Coefficients.Count < 2 ? 0 : (float)c.Coefficients[1];
            c2[i] = isotonic || c.Coefficients.Count < 3 ? 0 : (float)c.Coefficients[2];
            segments[i] = isotonic ? Segments(c) : [];
        }

        // Horner's scheme, without the terms that no curve has.
        string? terms = null;
        if (c2.Any(c => c != 0))
            terms = graph.Node(prefix + ".square", "Mul", [styles, graph.Constant(prefix + ".c2", [k], c2)]);
        if (terms is not null || c1.Any(c => c != 0))
        {
            string first = graph.Constant(prefix + ".c1", [k], c1);
            string factor = terms is null ? first : graph.Node(prefix + ".slope", "Add", [terms, first]);
            terms = graph.Node(prefix + ".linear", "Mul", [styles, factor]);
        }

        if (segments.Any(s => s.Count > 0))
        {
            string rise = Rise(graph, segments, prefix, styles);
            terms = terms is null ? rise : graph.Node(prefix + ".both", "Add", [terms, rise]);
        }

        // A constant curve still needs the batch axis: 0 s.
        terms ??= graph.Node(prefix + ".zero", "Mul", [styles, graph.Constant(prefix + ".none", [], [0f])]);
        return graph.Node(prefix + ".value", "Add", [terms, graph.Constant(prefix + ".c0", [k], c0)]);
    }

    private static string Rise(GraphBuilder graph, List<Segment>[] segments, string prefix, string styles)
    {
        int k = segments.Length, m = segments.Max(s => s.Count);
        float[] low = new float[k * m], high = new float[k * m], slope = new float[k * m];
        for (int i = 0; i < k; i++)
            for (int j = 0; j < segments[i].Count; j++)
                (low[(i * m) + j], high[(i * m) + j], slope[(i * m) + j]) = segments[i][j];

        long[] shape = [k, m];
        string from = graph.Constant(prefix + ".low", shape, low);
        string column = graph.Node(prefix + ".column", "Unsqueeze", [styles, graph.Constant(prefix + ".column.axis", 2)]);
        string above = graph.Node(prefix + ".above", "Max", [column, from]);
        string inside = graph.Node(prefix + ".inside", "Min", [above, graph.Constant(prefix + ".high", shape, high)]);
        string way = graph.Node(prefix + ".way", "Sub", [inside, from]);
        string rises = graph.Node(prefix + ".rises", "Mul", [way, graph.Constant(prefix + ".slopes", shape, slope)]);
        return graph.Node(prefix + ".rise", "ReduceSum", [rises, graph.Constant(prefix + ".rise.axis", 2)], GraphBuilder.Integer("keepdims", 0));
    }

    /// <summary>Segments in float32. Knots closer than float32 can tell are moved apart, and slopes are those of the moved knots, so that the values at the knots stay.</summary>
    private static List<Segment> Segments(Calibration c)
    {
        var segments = new List<Segment>();
        float low = (float)c.KnotStyles[0];
        for (int j = 1; j < c.KnotStyles.Count; j++)
        {
            float high = Math.Max((float)c.KnotStyles[j], low + (MinGap * Math.Max(1, Math.Abs(low))));
            double rise = c.KnotValues[j] - c.KnotValues[j - 1];
            if (rise != 0)
                segments.Add(new(low, high, (float)(rise / ((double)high - low))));
            low = high;
        }

        return segments;
    }

    private static void Check(Calibration c, int descriptor)
    {
        bool usable = c.Kind == CalibrationKind.Isotonic
            ? c.KnotStyles.Count > 0 && c.KnotStyles.Count == c.KnotValues.Count && c.KnotStyles.Concat(c.KnotValues).All(v => float.IsFinite((float)v))
                && c.KnotStyles.Zip(c.KnotStyles.Skip(1)).All(p => p.First < p.Second)
            : c.Coefficients.Count is >= 1 and <= 3 && c.Coefficients.All(v => float.IsFinite((float)v));
        if (!usable)
            throw new ArgumentException(
                $"calibration {descriptor} ({c.Kind}) has {c.Coefficients.Count} coefficients, {c.KnotStyles.Count} knots and {c.KnotValues.Count} values; "
                + "1 to 3 finite coefficients, or finite knots in strictly increasing order with a value each, are needed", nameof(c));
    }

    private readonly record struct Segment(float Low, float High, float Slope);
}
