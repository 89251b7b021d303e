using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace XanesMl.Training.Noise;

/// <summary>Where a training step takes its random numbers from. Tests give recorded ones.</summary>
public interface INoiseSource
{
    /// <summary>Normal numbers, [rows x columns], standard deviation <paramref name="sigma"/>.</summary>
    Tensor Normal(long rows, long columns, double sigma);

    /// <summary>Dropout factors, [rows x columns]: 0 with probability <paramref name="p"/>, else 1 / (1 - p).</summary>
    Tensor KeepMask(long rows, long columns, double p);
}

/// <summary>Noise of one trial drawn where training happens, so that nothing crosses to a GPU. The stream of a (seed, epoch) is that of the device's own generator: other numbers than on the CPU.</summary>
internal sealed class DeviceNoise : INoiseSource, IDisposable
{
    private readonly Generator _generator;
    private readonly Device _device;
    private readonly ScalarType _type;

    /// <summary>Makes a generator of the trial's own; libtorch's default one is shared between threads.</summary>
    public DeviceNoise(Device device, ScalarType type) => (_generator, _device, _type) = (new Generator(0, device), device, type);

    /// <summary>Begins the stream that the trial's own generator names next.</summary>
    public void Reseed(VectorRandom random) => _generator.manual_seed(((long)random.NextUInt32() << 31) | (random.NextUInt32() >> 1));

    /// <inheritdoc/>
    public Tensor Normal(long rows, long columns, double sigma)
    {
        using Scalar scale = sigma;
        return randn([rows, columns], _type, _device, generator: _generator).mul_(scale);
    }

    /// <inheritdoc/>
    public Tensor KeepMask(long rows, long columns, double p)
    {
        using Scalar scale = 1 / (1 - p);
        return empty([rows, columns], _type, _device).bernoulli_(1 - p, _generator).mul_(scale);
    }

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();
}

/// <summary>Noise of one trial: drawn on the CPU from the trial's own stream, then moved to the device and number type of training.</summary>
public sealed class NoiseSource : INoiseSource
{
    private readonly VectorRandom _random;
    private readonly Device _device;
    private readonly ScalarType _type;

    /// <summary>Wraps a generator.</summary>
    public NoiseSource(VectorRandom random, Device device, ScalarType type) => (_random, _device, _type) = (random, device, type);

    /// <inheritdoc/>
    public Tensor Normal(long rows, long columns, double sigma)
    {
        var t = empty(rows, columns, float32);
        _random.FillNormal(Values(t), (float)sigma);
        return Move(t);
    }

    /// <inheritdoc/>
    public Tensor KeepMask(long rows, long columns, double p)
    {
        var t = empty(rows, columns, float32);
        _random.FillKeepMask(Values(t), p);
        return Move(t);
    }

    private static Span<float> Values(Tensor t) => MemoryMarshal.Cast<byte, float>(t.bytes);

    private Tensor Move(Tensor t) => _device.type == DeviceType.CPU && _type == ScalarType.Float32 ? t : t.to(_type, _device);
}
