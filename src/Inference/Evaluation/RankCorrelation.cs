namespace XanesMl.Inference.Evaluation;

/// <summary>Correlations of ranks: how well one quantity increases with another, whatever the form of the curve.</summary>
/// <remarks>Pairs with a NaN are dropped. With fewer than 3 pairs, or when either side is constant, nothing can be said and the result is NaN.</remarks>
public static class RankCorrelation
{
    /// <summary>Spearman's coefficient: Pearson's correlation of the average ranks.</summary>
    /// <param name="x">[n] values; NaN = missing.</param>
    /// <param name="y">[n] values; NaN = missing.</param>
    /// <returns>-1 to 1, or NaN.</returns>
    /// <exception cref="Spectra.XanesDataException">The lists differ in length.</exception>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (a, b) = Pairs.WithoutNaN(x, y);
        return a.Length < 3 ? double.NaN : Pearson(AverageRanks(a), AverageRanks(b));
    }

    /// <summary>Largest |Spearman| over all pairs of columns, ranking each column once.</summary>
    /// <param name="columns">[columns][n], without NaN.</param>
    /// <returns>0 to 1; NaN when a column is constant, holds a NaN or has fewer than 3 values, and 0 for fewer than two columns.</returns>
    public static double LargestSpearman(IReadOnlyList<double[]> columns)
    {
        if (columns.Any(c => c.Length < 3 || c.Any(double.IsNaN)))
            return double.NaN;
        double[][] ranks = [.. columns.Select(c => AverageRanks(c))];
        double largest = 0;
        for (int i = 0; i < ranks.Length; i++)
            for (int j = 0; j < i; j++)
                largest = Math.Max(largest, Math.Abs(Pearson(ranks[i], ranks[j])));
        return largest;
    }

    /// <summary>Kendall's tau-b, (C - D) / sqrt((C + D + Tx)(C + D + Ty)) with C concordant and D discordant pairs and Tx, Ty pairs tied in one
    /// side only, in O(n log n): D is the number of exchanges of a merge sort (Knight, J. Am. Stat. Assoc. 61, 436 (1966)).</summary>
    /// <param name="x">[n] values; NaN = missing.</param>
    /// <param name="y">[n] values; NaN = missing.</param>
    /// <returns>-1 to 1, or NaN.</returns>
    /// <exception cref="Spectra.XanesDataException">The lists differ in length.</exception>
    public static double KendallTauB(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (a, b) = Pairs.WithoutNaN(x, y);
        int n = a.Length;
        if (n < 3)
            return double.NaN;
        var order = new int[n];
        for (int i = 0; i < n; i++)
            order[i] = i;
        Array.Sort(order, (i, j) => a[i].CompareTo(a[j]) is var c && c != 0 ? c : b[i].CompareTo(b[j]));
        double[] sortedX = Array.ConvertAll(order, i => a[i]), sortedY = Array.ConvertAll(order, i => b[i]);

        long tiedX = 0, tiedBoth = 0, runX = 0, runBoth = 0;
        for (int i = 1; i < n; i++)
        {
            runX = sortedX[i] == sortedX[i - 1] ? runX + 1 : 0;
            runBoth = runX > 0 && sortedY[i] == sortedY[i - 1] ? runBoth + 1 : 0;
            tiedX += runX;
            tiedBoth += runBoth;
        }

        long discordant = SortCountingExchanges(sortedY, new double[n]);
        long tiedY = 0, runY = 0;
        for (int i = 1; i < n; i++)
        {
            runY = sortedY[i] == sortedY[i - 1] ? runY + 1 : 0;
            tiedY += runY;
        }

        long pairs = (long)n * (n - 1) / 2;
        if (tiedX == pairs || tiedY == pairs)
            return double.NaN;
        long difference = pairs - tiedX - tiedY + tiedBoth - (2 * discordant);
        return Math.Clamp(difference / Math.Sqrt(pairs - tiedX) / Math.Sqrt(pairs - tiedY), -1, 1);
    }

    /// <summary>Ranks from 1 to n; equal values share the mean of their ranks. No value may be NaN.</summary>
    /// <remarks>MathNet's RanksInplace tells ties by a difference of zero and so separates equal infinities; scipy.stats.rankdata does not.</remarks>
    public static double[] AverageRanks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray();
        var index = new int[sorted.Length];
        for (int i = 0; i < index.Length; i++)
            index[i] = i;
        Array.Sort(sorted, index);
        var ranks = new double[sorted.Length];
        for (int start = 0; start < sorted.Length;)
        {
            int end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[start])
                end++;
            double rank = (start + end + 1) / 2.0;
            for (int i = start; i < end; i++)
                ranks[index[i]] = rank;
            start = end;
        }

        return ranks;
    }

    /// <summary>Pearson's correlation; NaN when a side is constant.</summary>
    internal static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double meanX = 0, meanY = 0;
        for (int i = 0; i < x.Length; i++)
        {
            meanX += x[i];
            meanY += y[i];
        }

        meanX /= x.Length;
        meanY /= x.Length;
        double xx = 0, yy = 0, xy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double dx = x[i] - meanX, dy = y[i] - meanY;
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }

        // A constant list can leave rounding of its mean behind: compare with the size of the values instead of with zero.
        if (xx <= Rounding(meanX, x.Length) || yy <= Rounding(meanY, x.Length))
            return double.NaN;
        return Math.Clamp(xy / Math.Sqrt(xx) / Math.Sqrt(yy), -1, 1);
    }

    private static double Rounding(double mean, int count) => count * Math.Pow(mean * 1e-15, 2);

    /// <summary>Sorts the values and returns how many pairs stood in the wrong order; equal values never count.</summary>
    private static long SortCountingExchanges(Span<double> values, Span<double> scratch)
    {
        int n = values.Length;
        if (n < 2)
            return 0;
        int half = n / 2;
        long exchanges = SortCountingExchanges(values[..half], scratch[..half]) + SortCountingExchanges(values[half..], scratch[half..]);
        int left = 0, right = half;
        for (int i = 0; i < n; i++)
        {
            if (right >= n || (left < half && values[left] <= values[right]))
            {
                scratch[i] = values[left++];
            }
            else
            {
                scratch[i] = values[right++];
                exchanges += half - left;
            }
        }

        scratch[..n].CopyTo(values);
        return exchanges;
    }
}
