namespace XanesMl.Inference.Alignment;

/// <summary>The principal directions of some curves, by orthogonal iteration: multiply by the scatter matrix, make orthonormal again, repeat.</summary>
internal static class LeadingComponents
{
    private const int Iterations = 40; // directions that are still mixed then have nearly the same variance: together they span what counts

    /// <summary>Orthonormal directions of largest scatter about 0.</summary>
    /// <param name="curves">[rows][points].</param>
    /// <param name="count">Wanted, at most the points.</param>
    /// <returns>[count][points].</returns>
    public static double[][] Of(double[][] curves, int count)
    {
        int points = curves[0].Length;
        var scatter = new double[points][];
        for (int i = 0; i < points; i++)
        {
            scatter[i] = new double[points];
            foreach (double[] c in curves)
                UnitVectors.Add(scatter[i], c, c[i]);
        }

        // Any start that is not orthogonal to a direction will do: cosines of increasing frequency, which curves are made of.
        double[][] directions = [.. Enumerable.Range(0, count).Select(q => Enumerable.Range(0, points).Select(p => Math.Cos(Math.PI * (q + 0.3) * (p + 0.5) / points)).ToArray())];
        Orthonormalize(directions);
        for (int i = 0; i < Iterations; i++)
        {
            directions = Array.ConvertAll(directions, d => Array.ConvertAll(scatter, row => UnitVectors.Dot(row, d)));
            Orthonormalize(directions);
        }

        return directions;
    }

    // Gram and Schmidt, twice, which is enough for rounding. A direction that is nothing but the others becomes 0.
    private static void Orthonormalize(double[][] directions)
    {
        for (int q = 0; q < directions.Length; q++)
        {
            double[] d = directions[q];
            double before = Math.Sqrt(UnitVectors.Dot(d, d));
            for (int pass = 0; pass < 2; pass++)
            {
                for (int k = 0; k < q; k++)
                {
                    double along = UnitVectors.Dot(d, directions[k]);
                    UnitVectors.Add(d, directions[k], -along);
                }
            }

            double length = Math.Sqrt(UnitVectors.Dot(d, d)), scale = length > 1e-12 * before ? 1 / length : 0;
            for (int p = 0; p < d.Length; p++)
                d[p] *= scale;
        }
    }
}
