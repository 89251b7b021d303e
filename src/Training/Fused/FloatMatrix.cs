using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace XanesMl.Training.Fused;

/// <summary>A float32 matrix in CPU memory that both worlds read: libtorch for matrix products, our kernels for everything else.</summary>
/// <remarks>Each row is padded with zeros to whole vectors, so that kernels need no special case for the last columns; libtorch sees the true width
/// through a stride. Views are made once a number of rows and kept: a step allocates nothing.</remarks>
internal sealed unsafe class FloatMatrix : IDisposable
{
    /// <summary>Numbers in a vector of the kernels.</summary>
    public const int Lanes = 16;

    private readonly Tensor _storage;
    private readonly float* _values;
    private readonly Dictionary<int, (Tensor Plain, Tensor Transposed)> _views = [];

    /// <summary>Allocates zeros.</summary>
    /// <param name="capacity">Most rows.</param>
    /// <param name="columns">Width.</param>
    public FloatMatrix(int capacity, int columns)
        : this(zeros([capacity, Padded(columns)], float32), capacity, columns, Padded(columns))
    {
    }

    private FloatMatrix(Tensor storage, int capacity, int columns, int stride)
    {
        (_storage, Capacity, Columns, Stride) = (storage.DetachFromDisposeScope(), capacity, columns, stride);
        _values = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(storage.bytes));
    }

    /// <summary>Most rows.</summary>
    public int Capacity { get; }

    /// <summary>Width.</summary>
    public int Columns { get; }

    /// <summary>Numbers from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>Width rounded up to whole vectors.</summary>
    public static int Padded(int columns) => (columns + Lanes - 1) / Lanes * Lanes;

    /// <summary>The memory of a contiguous float32 CPU tensor [rows, columns], unpadded; kernels that need padding must not be given one.</summary>
    public static FloatMatrix Over(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU || !tensor.is_contiguous() || tensor.dim() != 2)
            throw new ArgumentException($"a contiguous float32 matrix on the CPU is needed, not {tensor}", nameof(tensor));
        using var off = no_grad();
        return new FloatMatrix(tensor.detach(), checked((int)tensor.shape[0]), checked((int)tensor.shape[1]), checked((int)tensor.shape[1]));
    }

    /// <summary>The first <paramref name="rows"/> rows with their padding.</summary>
    public Span<float> Values(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)rows, (uint)Capacity, nameof(rows));   // this is raw memory: beyond it lies somebody else's
        return new(_values, checked(rows * Stride));
    }

    /// <summary>One row without its padding.</summary>
    public Span<float> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Capacity, nameof(row));
        return new(_values + ((long)row * Stride), Columns);
    }

    /// <summary>[rows, Columns] as libtorch sees it; not to be disposed.</summary>
    public Tensor View(int rows) => Views(rows).Plain;

    /// <summary>[Columns, rows]; not to be disposed.</summary>
    public Tensor Transposed(int rows) => Views(rows).Transposed;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (plain, transposed) in _views.Values)
        {
            plain.Dispose();
            transposed.Dispose();
        }

        _storage.Dispose();
    }

    private (Tensor Plain, Tensor Transposed) Views(int rows)
    {
        if (_views.TryGetValue(rows, out var known))
            return known;
        using var scope = NewDisposeScope();
        var plain = _storage.narrow(0, 0, rows).narrow(1, 0, Columns).DetachFromDisposeScope();
        return _views[rows] = (plain, plain.t().DetachFromDisposeScope());
    }
}
