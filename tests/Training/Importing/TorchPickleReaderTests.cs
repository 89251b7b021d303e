using System.Buffers.Binary;
using Xunit;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using XanesMl.Training.Importing;
using XanesMl.Training.Networks;

namespace XanesMl.Training.Tests.Importing;

public sealed class TorchPickleReaderTests
{
    /// <summary>Oracle: make_pickles.py of this folder (CPython 3.11's pickler) and the storages that it prints.</summary>
    [Theory]
    [InlineData("module_protocol2.pkl")]
    [InlineData("module_protocol4.pkl")]
    public void Whole_modules_of_CPython_are_imported_with_their_classes(string file)
    {
        AutoencoderWeights weights = WeightsImporter.Import(Modules(file), file);
        Assert.Equal([new(3, 2, Activation.PRelu, true, 0.05), new(2, 1, Activation.None, true, 0)], weights.Encoder.Blocks.Select(b => b.Definition));
        Assert.Equal([new(1, 3, Activation.Softplus2, false, 0)], weights.Decoder.Blocks.Select(b => b.Definition));
        AssertValues(weights);
    }

    [Fact]
    public void Whole_modules_list_classes_and_settings()
    {
        TorchArchive archive = TorchPickleReader.Read(Modules("module_protocol2.pkl"), "x.pt");
        Assert.Equal(
            ["Encoder.main.0 Linear", "Encoder.main.1 PReLU", "Encoder.main.2 BatchNorm1d", "Encoder.main.3 Dropout", "Encoder.main.4 Linear", "Encoder.main.5 BatchNorm1d",
                "Decoder.main.0 Linear", "Decoder.main.1 Softplus"],
            archive.Modules.Select(m => $"{m.Path} {m.ClassName}"));
        Assert.Equal(1e-5, archive.Modules[2].Settings["eps"]);
        Assert.Equal(0, archive.Modules[2].Settings["affine"]);
        Assert.Equal([7L], archive.Tensors["Encoder.main.2.num_batches_tracked"].ToInt64s());
        Assert.Empty(archive.Tensors["Encoder.main.2.num_batches_tracked"].Shape);
    }

    [Fact]
    public void State_dicts_are_imported_with_default_activations()
    {
        AutoencoderWeights weights = WeightsImporter.Import(TorchFileBuilder.StateDicts(), "x.pt");
        Assert.Equal([new(3, 2, Activation.PRelu, true, 0), new(2, 1, Activation.None, true, 0)], weights.Encoder.Blocks.Select(b => b.Definition));
        Assert.Equal([new(1, 3, Activation.Softplus2, false, 0)], weights.Decoder.Blocks.Select(b => b.Definition));
        AssertValues(weights);
        Assert.Equal(Activation.Relu, WeightsImporter.Import(TorchFileBuilder.StateDicts(), "x.pt", new() { DecoderOutput = Activation.Relu }).Decoder.Blocks[0].Definition.Activation);
    }

    [Fact]
    public void Strided_and_shared_storages_are_gathered()
    {
        byte[] storage = new byte[24];
        for (int i = 0; i < 6; i++)
            BinaryPrimitives.WriteSingleLittleEndian(storage.AsSpan(4 * i), i);
        byte[] file = new TorchFileBuilder().Storage("s", storage).Op("}(")
            .Text("transposed").Tensor("FloatStorage", "s", 6, 0, [3, 2], [1, 3]).Text("tail").Tensor("FloatStorage", "s", 6, 4, [2], [1]).Op("u").ToFile();
        TorchArchive archive = TorchPickleReader.Read(file, "x.pt");
        Assert.Equal([0f, 3, 1, 4, 2, 5], archive.Tensors["transposed"].ToSingles());
        Assert.Equal([4f, 5], archive.Tensors["tail"].ToSingles());
    }

    public static TheoryData<string, byte[]> Hostile() => new()
    {
        { "opcode 0x69", new TorchFileBuilder().Op("ios\nsystem\n").ToFile() }, // INST
        { "opcode 0x6f", new TorchFileBuilder().Op("(cos\nsystem\no").ToFile() }, // OBJ
        { "opcode 0x82", new TorchFileBuilder().Raw(0x82, 1).ToFile() }, // EXT1
        { "opcode 0x32", new TorchFileBuilder().Op("}2").ToFile() }, // DUP
        { "no tensors named encoder", new TorchFileBuilder().Op("cos\nsystem\n").Text("true").Raw(0x85).Op("R").ToFile() }, // kept as a name, never called
        { "the stack is empty", new TorchFileBuilder().ToFile() },
        { "no mark", new TorchFileBuilder().Op("t").ToFile() },
        { "the stack is empty", new TorchFileBuilder().Op("}(s").ToFile() },
        { "memo 7", new TorchFileBuilder().Raw((byte)'h', 7).ToFile() },
        { "pickle ends after", new TorchFileBuilder().Op("X").Raw(255, 255, 255, 255).ToFile() },
        { "an integer of 200 bytes", new TorchFileBuilder().Raw(0x8a, 200).Raw(new byte[200]).ToFile() },
        { "persistent id", new TorchFileBuilder().Ints(1, 2).Op("Q").ToFile() },
        { "pickle protocol 9", TorchFileBuilder.Zip([0x80, 9, (byte)'N', (byte)'.'], new Dictionary<string, byte[]>()) },
        { "no entry data/'..", OneTensor("../../data.pkl", 2, 0, [2], [1]) },
        { "numbers of 4 bytes are announced", OneTensor("s", 3, 0, [2], [1]) },
        { "reaches beyond its storage", OneTensor("s", 2, 1, [2], [1]) },
        { "reaches beyond its storage", OneTensor("s", 2, -1, [2], [1]) },
        { "reaches beyond its storage", OneTensor("s", 2, 0, [2], [int.MaxValue]) },
        { "reaches beyond its storage", OneTensor("s", 2, 1, [2], [-1]) },
        { "does not fit a storage", OneTensor("s", 2, 0, [1000000, 1000000], [0, 0]) },
        { "does not fit a storage", OneTensor("s", 2, 0, [2], [1, 1]) },
        { "'ByteStorage'", new TorchFileBuilder().Storage("s", new byte[8]).Op("}").Text("t").Tensor("ByteStorage", "s", 8, 0, [8], [1]).Op("s").ToFile() },
        { "nest deeper", Nested(40) },
        { "4194305 bytes, at most 4194304", TorchFileBuilder.Zip(new byte[(4 << 20) + 1], new Dictionary<string, byte[]>()) },
        { "TorchScript", TorchFileBuilder.Zip("N."u8.ToArray(), new Dictionary<string, byte[]>(), ("constants.pkl", "")) },
        { "not little-endian", TorchFileBuilder.Zip("N."u8.ToArray(), new Dictionary<string, byte[]>(), ("byteorder", "big")) },
        { "0 entries named data.pkl", EmptyZip() },
        { "before 1.6", [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e] },
        { "not a zip file", "hello, world, this is text"u8.ToArray() },
        { "not a zip file", [] },
    };

    [Theory]
    [MemberData(nameof(Hostile), DisableDiscoveryEnumeration = true)]
    public void Hostile_files_are_refused_with_a_reason(string reason, byte[] file)
    {
        XanesDataException e = Assert.Throws<XanesDataException>(() => WeightsImporter.Import(file, "x.pt"));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("x.pt: ", e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Remedy);
    }

    [Fact]
    public void A_dictionary_that_contains_itself_ends()
    {
        byte[] file = new TorchFileBuilder().Op("}").Raw((byte)'q', 0).Text("a").Raw((byte)'h', 0).Op("s").ToFile();
        Assert.Contains("nest deeper", Assert.Throws<XanesDataException>(() => TorchPickleReader.Read(file, "x.pt")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_that_doubles_at_each_level_ends()
    {
        // Eleven levels of eight references each: 8^11 paths through twelve small dictionaries.
        var b = new TorchFileBuilder().Op("}").Raw((byte)'q', 0);
        for (byte level = 1; level <= 11; level++)
        {
            b.Op("}(");
            for (int i = 0; i < 8; i++)
                b.Text($"k{i}").Raw((byte)'h', (byte)(level - 1));
            b.Op("u").Raw((byte)'q', level);
        }

        Assert.Contains("more than 50000", Assert.Throws<XanesDataException>(() => TorchPickleReader.Read(b.ToFile(), "x.pt")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_give_one_kind_of_error_only()
    {
        byte[][] files = [TorchFileBuilder.StateDicts(), Modules("module_protocol2.pkl"), Modules("module_protocol4.pkl")];
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 6000; i++)
        {
            byte[] file = [.. files[i % files.Length]];
            if (i % 5 == 0)
                file = file[..random.Next(file.Length)];
            else
                for (int k = 0; k < 1 + (i % 4); k++)
                    file[random.Next(file.Length)] ^= (byte)(1 << random.Next(8));
            refused += Refused(file) ? 1 : 0;
        }

        Assert.InRange(refused, 2000, 5999);
    }

    [Fact]
    public void Damaged_pickles_give_one_kind_of_error_only()
    {
        // Flips inside data.pkl alone, so that the zip stays whole and the interpreter is reached every time.
        byte[] pickle = File.ReadAllBytes(SharedData.Repository("tests", "Training", "Importing", "module_protocol4.pkl"));
        var random = new Random(2);
        int refused = 0;
        for (int i = 0; i < 6000; i++)
        {
            byte[] damaged = [.. pickle];
            for (int k = 0; k < 1 + (i % 6); k++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            refused += Refused(TorchFileBuilder.Zip(damaged, Storages())) ? 1 : 0;
        }

        Assert.InRange(refused, 2000, 5999);
    }

    private static bool Refused(byte[] file)
    {
        try
        {
            WeightsImporter.Import(file, "x.pt");
            return false;
        }
        catch (XanesDataException)
        {
            return true;
        }
    }

    private static void AssertValues(AutoencoderWeights weights)
    {
        (BlockWeights first, BlockWeights second, BlockWeights last) = (weights.Encoder.Blocks[0], weights.Encoder.Blocks[1], weights.Decoder.Blocks[0]);
        Assert.Equal([1, 1.5f, 2, 2.5f, 3, 3.5f], first.Weight);
        Assert.Equal([1, 0.75f], first.Bias);
        Assert.Equal([0.125f, 0.25f], first.Slope);
        Assert.Equal([0.5f, -0.5f], first.RunningMean);
        Assert.Equal([1f, 2], first.RunningVariance);
        Assert.Equal([-1, -0.5f], second.Weight);
        Assert.Equal([4f], second.RunningVariance);
        Assert.Equal([2, 2.5f, 3], last.Weight);
        Assert.Equal([2, 1.75f, 1.5f], last.Bias);
        Assert.Empty(last.Slope);
    }

    private static byte[] Modules(string file) => TorchFileBuilder.Zip(File.ReadAllBytes(SharedData.Repository("tests", "Training", "Importing", file)), Storages());

    private static Dictionary<string, byte[]> Storages()
    {
        float[][] floats = [[1, 1.5f, 2, 2.5f, 3, 3.5f], [1, 0.75f], [0.125f, 0.25f], [0.5f, -0.5f], [1, 2], [], [-1, -0.5f], [-1], [0], [4], [], [2, 2.5f, 3], [2, 1.75f, 1.5f]];
        var storages = new Dictionary<string, byte[]>();
        for (int i = 0; i < floats.Length; i++)
            storages[$"{i}"] = floats[i].Length == 0 ? [7, 0, 0, 0, 0, 0, 0, 0] : [.. floats[i].SelectMany(BitConverter.GetBytes)];
        return storages;
    }

    private static byte[] OneTensor(string key, int count, int offset, int[] shape, int[] stride) =>
        new TorchFileBuilder().Storage("s", new byte[8]).Op("}").Text("t").Tensor("FloatStorage", key, count, offset, shape, stride).Op("s").ToFile();

    private static byte[] Nested(int depth)
    {
        var b = new TorchFileBuilder();
        for (int i = 0; i < depth; i++)
            b.Op("}").Text("k");
        b.Op("}");
        for (int i = 0; i < depth; i++)
            b.Op("s");
        return b.ToFile();
    }

    private static byte[] EmptyZip()
    {
        var stream = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(stream, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
            zip.CreateEntry("other");
        return stream.ToArray();
    }
}
