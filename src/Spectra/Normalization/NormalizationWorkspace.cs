namespace XanesMl.Spectra.Normalization;

/// <summary>Memory that normalizing a spectrum needs on its way. Kept and given again, it makes normalization free of allocations after the first
/// spectrum or two of a size. Not for use by two threads at once: one workspace a thread.</summary>
public sealed class NormalizationWorkspace
{
    private const int Initial = 8192;

    private double[] _buffer = new double[Initial];
    private double[] _lorentzian = [];
    private int _used;
    private int _wanted;

    /// <summary>Begins a spectrum: all memory taken before is free again.</summary>
    internal void Reset()
    {
        if (_wanted > _buffer.Length)
            _buffer = new double[_wanted];
        (_used, _wanted) = (0, 0);
    }

    /// <summary>Uninitialised memory until the next <see cref="Reset"/>.</summary>
    internal Span<double> Take(int length)
    {
        _wanted = checked(_wanted + length);
        if (_used + length > _buffer.Length)
        {
            // Spans of the old array stay valid; the next Reset makes one that is large enough for all.
            _buffer = new double[Math.Max(length, 2 * _buffer.Length)];
            _used = 0;
        }

        _used += length;
        return _buffer.AsSpan(_used - length, length);
    }

    /// <summary>1 / (1 + d^2) for d = -<paramref name="reach"/> to <paramref name="reach"/>.</summary>
    internal ReadOnlySpan<double> Lorentzian(int reach)
    {
        if (_lorentzian.Length < (2 * reach) + 1)
        {
            int half = Math.Max(reach, 1024);
            _lorentzian = new double[(2 * half) + 1];
            for (int d = -half; d <= half; d++)
                _lorentzian[d + half] = 1 / (1 + ((double)d * d));
        }

        return _lorentzian.AsSpan((_lorentzian.Length / 2) - reach, (2 * reach) + 1);
    }
}
