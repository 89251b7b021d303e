using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace XanesMl.Training.Noise;

/// <summary>Eight interleaved xoshiro128++ generators (Blackman and Vigna, ACM Trans. Math. Softw. 47, 36 (2021)) that fill arrays with
/// normal numbers and dropout masks. A stream is fixed by (seed, stream) alone: results do not depend on threads or on libtorch's generator.</summary>
public sealed class VectorRandom
{
    private Vector256<uint> _a, _b, _c, _d;

    /// <summary>Starts a stream.</summary>
    /// <param name="seed">Seed of the trial.</param>
    /// <param name="stream">Independent stream of that seed, for instance the epoch: a resumed run needs no stored state.</param>
    public VectorRandom(long seed, long stream = 0) => Reseed(seed, stream);

    /// <summary>Goes to the beginning of another stream.</summary>
    public void Reseed(long seed, long stream)
    {
        // SplitMix64 spreads the two numbers over the 8 x 128 bits of state; the odd multiplier separates neighbouring streams.
        ulong x = unchecked((ulong)seed + ((ulong)stream * 0xD1342543DE82EF95UL));
        Span<uint> s = stackalloc uint[32];
        for (int i = 0; i < s.Length; i++)
        {
            x = unchecked(x + 0x9E3779B97F4A7C15UL);
            ulong z = unchecked((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL);
            z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EBUL);
            s[i] = (uint)((z ^ (z >> 31)) >> 32);
        }

        _a = Vector256.Create<uint>(s);
        _b = Vector256.Create<uint>(s[8..]);
        _c = Vector256.Create<uint>(s[16..]);
        _d = Vector256.Create<uint>(s[24..]) | Vector256.Create(1u);   // the all-zero state is the one that must not occur
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<uint> Next()
    {
        var sum = _a + _d;
        var result = ((sum << 7) | (sum >>> 25)) + _a;
        var t = _b << 9;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = (_d << 11) | (_d >>> 21);
        return result;
    }

    /// <summary>Fills with 0 (probability <paramref name="p"/>, rounded to a multiple of 2^-16) or 1 / (1 - p): the factors of inverted dropout.</summary>
    public void FillKeepMask(Span<float> mask, double p)
    {
        var scale = Vector256.Create(KeepScale(p));
        // 16 bits decide about a number: unsigned comparison by flipping the sign bit.
        var flip = Vector256.Create((ushort)0x8000);
        var threshold = Vector256.Create((ushort)(DropThreshold(p) ^ 0x8000)).AsInt16();
        Span<float> tail = stackalloc float[16];
        for (int i = 0; i < mask.Length; i += 16)
        {
            var keep = Vector256.GreaterThanOrEqual((Next().AsUInt16() ^ flip).AsInt16(), threshold);
            var target = i + 16 <= mask.Length ? mask.Slice(i, 16) : tail;
            (Vector256.WidenLower(keep).AsSingle() & scale).CopyTo(target);
            (Vector256.WidenUpper(keep).AsSingle() & scale).CopyTo(target[8..]);
            if (target == tail)
                tail[..(mask.Length - i)].CopyTo(mask[i..]);
        }
    }

    /// <summary>The factor of what <see cref="FillKeepMask"/> keeps, 1 / (1 - p) with p as rounded there.</summary>
    internal static float KeepScale(double p) => (float)(1 / (1 - (DropThreshold(p) / 65536.0)));

    private static int DropThreshold(double p) => p is >= 0 and < 1 ? (int)Math.Min(Math.Round(p * 65536), 65535)
        : throw new ArgumentOutOfRangeException(nameof(p), p, "a dropout probability lies in [0, 1)");

    /// <summary>Fills with normal numbers of mean 0 and standard deviation <paramref name="sigma"/> (Box and Muller, 1958).</summary>
    public void FillNormal(Span<float> values, float sigma = 1)
    {
        Span<float> tail = stackalloc float[16];
        var unit = Vector256.Create(1f / 16777216f);
        for (int i = 0; i < values.Length; i += 16)
        {
            // u in (0, 1), never 0: its logarithm is finite
            var u = (Vector256.ConvertToSingle((Next() >>> 8).AsInt32()) * unit) + (unit * 0.5f);
            var angle = Vector256.ConvertToSingle((Next() >>> 8).AsInt32()) * unit * (2 * MathF.PI);
            var radius = Vector256.Sqrt(Vector256.Log(u) * -2f) * sigma;
            var (sin, cos) = Vector256.SinCos(angle);
            var target = i + 16 <= values.Length ? values.Slice(i, 16) : tail;
            (radius * cos).CopyTo(target);
            (radius * sin).CopyTo(target[8..]);
            if (target == tail)
                tail[..(values.Length - i)].CopyTo(values[i..]);
        }
    }

    /// <summary>Fills with numbers uniform in [-bound, bound).</summary>
    public void FillUniform(Span<float> values, float bound)
    {
        Span<float> tail = stackalloc float[8];
        for (int i = 0; i < values.Length; i += 8)
        {
            var v = ((Vector256.ConvertToSingle((Next() >>> 8).AsInt32()) * (2f / 16777216f)) - Vector256.Create(1f)) * bound;
            v.CopyTo(tail);
            tail[..Math.Min(8, values.Length - i)].CopyTo(values[i..]);
        }
    }

    /// <summary>One number of 32 random bits, for comparing where two streams stand.</summary>
    internal uint NextUInt32() => Next()[0];

    /// <summary>Shuffles in place (Fisher and Yates), with 64-bit multiply-shift draws.</summary>
    public void Shuffle(Span<int> items)
    {
        Span<uint> draws = stackalloc uint[8];
        int at = draws.Length;
        for (int i = items.Length - 1; i > 0; i--)
        {
            if (at == draws.Length)
            {
                Next().CopyTo(draws);
                at = 0;
            }

            int j = (int)(((ulong)draws[at++] * (ulong)(i + 1)) >> 32);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
