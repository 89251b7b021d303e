using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace XanesMl.Training.Tests.Importing;

/// <summary>Writes files as torch.save lays them out: a zip with NAME/data.pkl (pickle protocol 2) and NAME/data/KEY for each storage.</summary>
internal sealed class TorchFileBuilder
{
    private readonly List<byte> _pickle = [];
    private readonly Dictionary<string, byte[]> _storages = [];

    public TorchFileBuilder() => Raw(0x80, 2);

    public TorchFileBuilder Raw(params byte[] bytes)
    {
        _pickle.AddRange(bytes);
        return this;
    }

    public TorchFileBuilder Op(string ascii) => Raw(Encoding.ASCII.GetBytes(ascii));

    public TorchFileBuilder Text(string value)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(value), length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        return Op("X").Raw(length).Raw(utf8);
    }

    public TorchFileBuilder Int(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Op("J").Raw(bytes);
    }

    public TorchFileBuilder Ints(params int[] values)
    {
        Op("(");
        foreach (int v in values)
            Int(v);
        return Op("t");
    }

    /// <summary>torch._utils._rebuild_tensor_v2(storage, offset, shape, stride, False, OrderedDict()).</summary>
    public TorchFileBuilder Tensor(string storageType, string key, int count, int offset, int[] shape, int[] stride) =>
        Op("ctorch._utils\n_rebuild_tensor_v2\n(").Op("(").Text("storage").Op($"ctorch\n{storageType}\n").Text(key).Text("cpu").Int(count).Op("tQ")
            .Int(offset).Ints(shape).Ints(stride).Raw(0x89).Op("ccollections\nOrderedDict\n)R").Op("tR");

    /// <summary>A contiguous float tensor with its storage.</summary>
    public TorchFileBuilder Floats(int[] shape, params float[] values)
    {
        string key = _storages.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
        byte[] bytes = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        Storage(key, bytes);
        var stride = new int[shape.Length];
        for (int d = shape.Length - 1, step = 1; d >= 0; step *= shape[d--])
            stride[d] = step;
        return Tensor("FloatStorage", key, values.Length, 0, shape, stride);
    }

    public TorchFileBuilder Storage(string key, byte[] bytes)
    {
        _storages[key] = bytes;
        return this;
    }

    public byte[] ToFile() => Zip(Op(".")._pickle.ToArray(), _storages);

    public static byte[] Zip(byte[] pickle, IReadOnlyDictionary<string, byte[]> storages, params (string Name, string Text)[] others)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            void Add(string name, byte[] content)
            {
                using Stream entry = zip.CreateEntry("best/" + name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }

            Add("data.pkl", pickle);
            foreach ((string key, byte[] content) in storages)
                Add("data/" + key, content);
            foreach ((string name, string text) in others)
                Add(name, Encoding.ASCII.GetBytes(text));
            Add("version", "3\n"u8.ToArray());
        }

        return stream.ToArray();
    }

    /// <summary>state_dicts of an encoder 3-2-1 and a decoder 1-3: {"Encoder": {"main.0.weight": ...}, "Decoder": {...}}.</summary>
    public static byte[] StateDicts()
    {
        var b = new TorchFileBuilder();
        b.Op("}(").Text("Encoder").Op("ccollections\nOrderedDict\n)R(");
        b.Text("main.0.weight").Floats([2, 3], 1, 1.5f, 2, 2.5f, 3, 3.5f).Text("main.0.bias").Floats([2], 1, 0.75f);
        b.Text("main.1.weight").Floats([2], 0.125f, 0.25f);
        b.Text("main.2.running_mean").Floats([2], 0.5f, -0.5f).Text("main.2.running_var").Floats([2], 1, 2);
        b.Text("main.4.weight").Floats([1, 2], -1, -0.5f).Text("main.4.bias").Floats([1], -1);
        b.Text("main.5.running_mean").Floats([1], 0).Text("main.5.running_var").Floats([1], 4).Op("u");
        b.Text("Decoder").Op("ccollections\nOrderedDict\n)R(").Text("main.0.weight").Floats([3, 1], 2, 2.5f, 3).Text("main.0.bias").Floats([3], 2, 1.75f, 1.5f).Op("u");
        return b.Op("u").ToFile();
    }
}
