using System.Buffers.Binary;
using XanesMl.Spectra;

namespace XanesMl.Training.Importing;

/// <summary>Number type of a stored tensor.</summary>
public enum TensorType
{
    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary64.</summary>
    F64,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>The upper half of a binary32.</summary>
    BF16,

    /// <summary>Two's complement, 64 bits.</summary>
    I64,
}

/// <summary>One tensor of a weights file: a name, a shape and little-endian numbers in row-major order.</summary>
public sealed class NamedTensor
{
    private readonly ReadOnlyMemory<byte> _bytes;

    internal NamedTensor(string name, TensorType type, IReadOnlyList<long> shape, ReadOnlyMemory<byte> bytes)
    {
        Name = name;
        Type = type;
        Shape = shape;
        _bytes = bytes;
    }

    /// <summary>Name, for instance "encoder.main.0.weight".</summary>
    public string Name { get; }

    /// <summary>Number type.</summary>
    public TensorType Type { get; }

    /// <summary>Sizes, slowest first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Number of elements.</summary>
    public int Count => _bytes.Length / Size(Type);

    internal ReadOnlySpan<byte> Bytes => _bytes.Span;

    /// <summary>A float32 tensor; the values are copied.</summary>
    /// <exception cref="ArgumentException">The shape does not hold that many values.</exception>
    public static NamedTensor FromSingles(string name, IReadOnlyList<long> shape, ReadOnlySpan<float> values)
    {
        byte[] bytes = Allocate(name, shape, values.Length, sizeof(float));
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return new(name, TensorType.F32, [.. shape], bytes);
    }

    /// <summary>A float64 tensor; the values are copied.</summary>
    /// <exception cref="ArgumentException">The shape does not hold that many values.</exception>
    public static NamedTensor FromDoubles(string name, IReadOnlyList<long> shape, ReadOnlySpan<double> values)
    {
        byte[] bytes = Allocate(name, shape, values.Length, sizeof(double));
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * sizeof(double)), values[i]);
        return new(name, TensorType.F64, [.. shape], bytes);
    }

    /// <summary>An int64 tensor; the values are copied.</summary>
    /// <exception cref="ArgumentException">The shape does not hold that many values.</exception>
    public static NamedTensor FromInt64s(string name, IReadOnlyList<long> shape, ReadOnlySpan<long> values)
    {
        byte[] bytes = Allocate(name, shape, values.Length, sizeof(long));
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        return new(name, TensorType.I64, [.. shape], bytes);
    }

    /// <summary>The values as float32: exact from the narrower types, rounded to nearest from float64.</summary>
    /// <exception cref="XanesDataException">An int64 tensor.</exception>
    public float[] ToSingles()
    {
        ReadOnlySpan<byte> b = _bytes.Span;
        var values = new float[Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Type switch
            {
                TensorType.F32 => BinaryPrimitives.ReadSingleLittleEndian(b[(4 * i)..]),
                TensorType.F64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(b[(8 * i)..]),
                TensorType.F16 => (float)BinaryPrimitives.ReadHalfLittleEndian(b[(2 * i)..]),
                TensorType.BF16 => BFloat16(b[(2 * i)..]),
                _ => throw new XanesDataException($"tensor {Name} holds {Type}", remedy: "Floating-point numbers are expected"),
            };
        }

        return values;
    }

    /// <summary>The values as float64, exact from every floating-point type.</summary>
    /// <exception cref="XanesDataException">An int64 tensor.</exception>
    public double[] ToDoubles()
    {
        if (Type != TensorType.F64)
            return Array.ConvertAll(ToSingles(), v => (double)v);
        ReadOnlySpan<byte> b = _bytes.Span;
        var values = new double[Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadDoubleLittleEndian(b[(8 * i)..]);
        return values;
    }

    /// <summary>The values of an int64 tensor.</summary>
    /// <exception cref="XanesDataException">A floating-point tensor.</exception>
    public long[] ToInt64s()
    {
        if (Type != TensorType.I64)
            throw new XanesDataException($"tensor {Name} holds {Type}", remedy: "Int64 is expected");
        ReadOnlySpan<byte> b = _bytes.Span;
        var values = new long[Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadInt64LittleEndian(b[(8 * i)..]);
        return values;
    }

    /// <summary>Bytes of one number.</summary>
    internal static int Size(TensorType type) => type switch
    {
        TensorType.F64 or TensorType.I64 => 8,
        TensorType.F32 => 4,
        _ => 2,
    };

    /// <summary>Product of the sizes, or null where one is negative or the product exceeds the limit.</summary>
    internal static long? CountOf(IReadOnlyList<long> shape, long limit)
    {
        // Zero anywhere makes the tensor empty, whatever the other sizes are.
        if (shape.Any(size => size < 0))
            return null;
        if (shape.Contains(0))
            return 0;
        long count = 1;
        foreach (long size in shape)
        {
            if (size > limit / count)
                return null;
            count *= size;
        }

        return count;
    }

    private static byte[] Allocate(string name, IReadOnlyList<long> shape, int count, int size)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        if (CountOf(shape, Array.MaxLength) != count)
            throw new ArgumentException($"tensor {name}: shape [{string.Join(", ", shape)}] for {count} values", nameof(shape));
        return new byte[checked(count * size)];
    }

    private static float BFloat16(ReadOnlySpan<byte> b) => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(b) << 16);
}
