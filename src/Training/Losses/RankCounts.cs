namespace XanesMl.Training.Losses;

/// <summary>Exact weights of the rank loss in O(B log B) a descriptor (domain.md section 2.2, loss 2).</summary>
/// <remarks>The pair weights are constant in the backward pass, so L = -sum_i s_i G_i / norm with G_i = 2 sum_j w_ij sign(d_i - d_j), and G is
/// the gradient too. The sums over concordant and over all other pairs are counts: rows enter a Fenwick tree (Fenwick, Softw. Pract. Exp. 24, 327
/// (1994)) over style ranks in the order of their descriptor. A pair is concordant when (s_i - s_j) sign(d_i - d_j) is above 0.</remarks>
public sealed class RankCounts
{
    private readonly int[] _row, _rank, _order, _tree, _atMost, _key;
    private readonly double[] _style, _column, _gradient;
    private readonly long[] _concordant, _other;

    /// <summary>Work space for batches of up to <paramref name="capacity"/> rows; one object a thread.</summary>
    public RankCounts(int capacity)
    {
        (_row, _rank, _order, _key, _style) = (new int[capacity], new int[capacity], new int[capacity], new int[capacity], new double[capacity]);
        (_tree, _atMost) = (new int[capacity + 2], new int[capacity + 2]);
        (_column, _gradient) = (new double[capacity], new double[capacity]);
        (_concordant, _other) = (new long[capacity], new long[capacity]);
    }

    /// <summary>Room for the styles of one descriptor, for callers that hold them in another form.</summary>
    internal Span<double> Column(int rows) => _column.AsSpan(0, rows);

    /// <summary>Room for a result of <see cref="Weights"/>.</summary>
    internal Span<double> Gradient(int rows) => _gradient.AsSpan(0, rows);

    /// <summary>Computes G of one descriptor.</summary>
    /// <param name="descriptors">Ranks of the descriptor, [B]: equal values share a rank; a negative one is missing and takes no part.</param>
    /// <param name="styles">Styles, [B].</param>
    /// <param name="balance">Whether concordant pairs are weighted by n_opp / max(n_same, n_opp).</param>
    /// <param name="gradient">Receives G, [B]; 0 where the descriptor is missing.</param>
    public void Weights(ReadOnlySpan<int> descriptors, ReadOnlySpan<double> styles, bool balance, Span<double> gradient)
    {
        gradient.Clear();
        int n = 0;
        for (int i = 0; i < descriptors.Length; i++)
            if (descriptors[i] >= 0)
                _row[n++] = i;
        int ranks = RankStyles(styles, n);
        for (int i = 0; i < n; i++)
            (_order[i], _key[i]) = (i, descriptors[_row[i]]);
        Array.Sort(_key, _order, 0, n);
        var (same, opposite) = Count(n, ranks);
        double weight = balance ? Math.Max(opposite, 1) / (double)Math.Max(Math.Max(same, 1), Math.Max(opposite, 1)) : 1;
        for (int i = 0; i < n; i++)
            gradient[_row[i]] = 2 * ((weight * _concordant[i]) + _other[i]);
    }

    /// <summary>Sum over all pairs of one descriptor, not yet divided by (B^2 - B) K: -sum_i s_i G_i.</summary>
    /// <param name="descriptors">As for <see cref="Weights"/>.</param>
    /// <param name="styles">As for <see cref="Weights"/>.</param>
    /// <param name="balance">As for <see cref="Weights"/>.</param>
    /// <param name="gradient">Receives G.</param>
    internal double Loss(ReadOnlySpan<int> descriptors, ReadOnlySpan<double> styles, bool balance, Span<double> gradient)
    {
        Weights(descriptors, styles, balance, gradient);
        double loss = 0;
        for (int i = 0; i < gradient.Length; i++)
            loss -= gradient[i] * styles[i];
        return loss;
    }

    /// <summary>Dense ranks 1..m of the styles; _atMost[r] counts rows of rank r or below.</summary>
    private int RankStyles(ReadOnlySpan<double> styles, int n)
    {
        for (int i = 0; i < n; i++)
            (_style[i], _order[i]) = (styles[_row[i]], i);
        Array.Sort(_style, _order, 0, n);
        int m = 0;
        _atMost[0] = 0;
        for (int i = 0; i < n; i++)
        {
            if (i == 0 || _style[i] != _style[i - 1])
                m++;
            _rank[_order[i]] = m;
            _atMost[m] = i + 1;
        }

        return m;
    }

    /// <summary>Signed counts of each row, and the numbers of concordant and discordant ordered pairs.</summary>
    private (long Same, long Opposite) Count(int n, int ranks)
    {
        Array.Clear(_tree, 0, ranks + 1);
        long same = 0, opposite = 0;
        for (int first = 0, inserted = 0; first < n;)
        {
            int end = first;
            while (end < n && _key[end] == _key[first])
                end++;
            for (int t = first; t < end; t++)
            {
                int i = _order[t], below = Prefix(_rank[i] - 1), equal = Prefix(_rank[i]) - below;
                (_concordant[i], _other[i]) = (below, inserted - below);
                same += below;
                opposite += inserted - below - equal;
            }

            for (int t = first; t < end; t++)
                Add(_rank[_order[t]], ranks);
            inserted += end - first;
            for (int t = first; t < end; t++)
            {
                // rows not inserted yet have a larger descriptor: concordant where their style is larger too
                int i = _order[t], r = _rank[i], seen = Prefix(r), seenEqual = seen - Prefix(r - 1);
                int above = n - _atMost[r] - (inserted - seen), rest = n - inserted, equal = _atMost[r] - _atMost[r - 1] - seenEqual;
                _concordant[i] -= above;
                _other[i] -= rest - above;
                same += above;
                opposite += rest - above - equal;
            }

            first = end;
        }

        return (same, opposite);
    }

    private int Prefix(int rank)
    {
        int sum = 0;
        for (; rank > 0; rank &= rank - 1)
            sum += _tree[rank];
        return sum;
    }

    private void Add(int rank, int ranks)
    {
        for (; rank <= ranks; rank += rank & -rank)
            _tree[rank]++;
    }
}
