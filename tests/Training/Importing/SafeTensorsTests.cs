using System.Buffers.Binary;
using System.Text;
using Xunit;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using XanesMl.Training.Importing;

namespace XanesMl.Training.Tests.Importing;

public sealed class SafeTensorsTests
{
    [Fact]
    public void Every_number_type_is_read()
    {
        // Oracle: numpy 1.24, float(np.frombuffer(b"\x55\x35", np.float16)[0]) and the float32 whose upper half is 0x3EAB.
        byte[] data = new byte[8 + 16 + 4 + 2 + 8];
        BinaryPrimitives.WriteSingleLittleEndian(data, 1.5f);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4), float.NaN);
        BinaryPrimitives.WriteDoubleLittleEndian(data.AsSpan(8), 1 / 3.0);
        BinaryPrimitives.WriteDoubleLittleEndian(data.AsSpan(16), -2);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(24), 0x3555);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(26), 0x8001);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(28), 0x3EAB);
        BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(30), long.MinValue);
        SafeTensors file = SafeTensorsReader.Read(File_(
            """
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F64","shape":[1,2],"data_offsets":[8,24]},
             "c":{"dtype":"F16","shape":[2],"data_offsets":[24,28]},"d":{"dtype":"BF16","shape":[1],"data_offsets":[28,30]},
             "e":{"dtype":"I64","shape":[],"data_offsets":[30,38]},"empty":{"dtype":"F32","shape":[0,5],"data_offsets":[38,38]},"__metadata__":{"k":"v"}}
            """, data), "x");
        Assert.Equal([1.5f, float.NaN], file.Tensors["a"].ToSingles());
        Assert.Equal([1 / 3.0, -2], file.Tensors["b"].ToDoubles());
        Assert.Equal([(float)(1 / 3.0), -2], file.Tensors["b"].ToSingles());
        Assert.Equal([1L, 2], file.Tensors["b"].Shape);
        Assert.Equal([0.333251953125, -5.960464477539063e-08], file.Tensors["c"].ToDoubles());
        Assert.Equal([0.333984375f], file.Tensors["d"].ToSingles());
        Assert.Equal([long.MinValue], file.Tensors["e"].ToInt64s());
        Assert.Empty(file.Tensors["empty"].ToSingles());
        Assert.Equal(new Dictionary<string, string> { ["k"] = "v" }, file.Metadata);
        Assert.Throws<XanesDataException>(() => file.Tensors["e"].ToSingles());
        Assert.Throws<XanesDataException>(() => file.Tensors["a"].ToInt64s());
    }

    [Fact]
    public void What_is_written_is_read_back_bit_for_bit()
    {
        NamedTensor[] tensors =
        [
            NamedTensor.FromSingles("a \"quoted\" näme", [2, 2], [1, -0f, float.MaxValue, float.Epsilon]), NamedTensor.FromDoubles("b", [3], [Math.PI, double.NaN, 1e-300]),
            NamedTensor.FromInt64s("c", [], [42]), NamedTensor.FromSingles("none", [0], []),
        ];
        string folder = Directory.CreateTempSubdirectory("xanesml-test-").FullName;
        try
        {
            string path = Path.Combine(folder, "x.safetensors");
            File.WriteAllText(path, "old");
            SafeTensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["epoch"] = "7" });
            Assert.Equal([path], Directory.GetFiles(folder));
            Assert.Equal(SafeTensorsWriter.ToBytes(tensors, new Dictionary<string, string> { ["epoch"] = "7" }), File.ReadAllBytes(path));
            SafeTensors back = SafeTensorsReader.Read(path);
            Assert.Equal("7", back.Metadata["epoch"]);
            Assert.Equal(tensors.Select(t => t.Name).Order(StringComparer.Ordinal), back.Tensors.Keys.Order(StringComparer.Ordinal));
            foreach (NamedTensor t in tensors)
            {
                Assert.Equal(t.Shape, back.Tensors[t.Name].Shape);
                Assert.Equal(t.Bytes.ToArray(), back.Tensors[t.Name].Bytes.ToArray());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [SharedDataFact]
    public void A_reference_file_survives_reading_and_writing()
    {
        SafeTensors file = SafeTensorsReader.Read(SharedData.Path("rankaae-reference", "v_job1.safetensors"));
        SafeTensors again = SafeTensorsReader.Read(SafeTensorsWriter.ToBytes(file.Tensors.Values, file.Metadata), "x");
        Assert.Equal(file.Metadata, again.Metadata);
        Assert.All(file.Tensors, t => Assert.Equal(t.Value.Bytes.ToArray(), again.Tensors[t.Key].Bytes.ToArray()));
    }

    [Fact]
    public void Writing_refuses_what_would_not_be_read_back()
    {
        NamedTensor a = NamedTensor.FromSingles("a", [1], [1]);
        Assert.Throws<ArgumentException>(() => SafeTensorsWriter.ToBytes([a, a]));
        Assert.Throws<ArgumentException>(() => NamedTensor.FromSingles("a", [2], [1]));
        Assert.Throws<ArgumentException>(() => NamedTensor.FromSingles("a", [-1, -1], [1]));
        Assert.Throws<XanesDataException>(() => SafeTensorsWriter.Write(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"), "x"), [a]));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", "not valid JSON")]
    [InlineData("""["a"]""", "does not begin with '{'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,16]}}""", "lies at 0..16 of 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "lies at 8..0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-1,7]}}""", "a count is expected")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "of shape [3] and type F32 has 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "has 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", "a count is expected")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,8]}}""", "a count is expected")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", "number type 'F8_E4M3'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "lacks dtype")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}""", "unexpected field 'x'")]
    [InlineData("""{"a":7}""", "is not an object")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "4 bytes after the last tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "after a gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "inside another one")]
    [InlineData("""{"__metadata__":{"k":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "metadata 'k' is not a text")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[[[1]]]],"data_offsets":[0,8]}}""", "not valid JSON")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "not valid")]
    public void Hostile_headers_are_refused_with_a_reason(string header, string reason)
    {
        XanesDataException e = Assert.Throws<XanesDataException>(() => SafeTensorsReader.Read(File_(header, new byte[8]), "x.safetensors"));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("x.safetensors: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_longer_than_the_file_or_the_limit_are_refused()
    {
        foreach (ulong length in (ulong[])[9, ulong.MaxValue, 1UL << 63, SafeTensorsReader.MaxHeaderBytes + 1])
        {
            byte[] file = new byte[16];
            BinaryPrimitives.WriteUInt64LittleEndian(file, length);
            Assert.Contains("is announced", Assert.Throws<XanesDataException>(() => SafeTensorsReader.Read(file, "x")).Message, StringComparison.Ordinal);
        }

        Assert.Throws<XanesDataException>(() => SafeTensorsReader.Read(new byte[7], "x"));
        Assert.Contains("cannot be read", Assert.Throws<XanesDataException>(() => SafeTensorsReader.Read(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N")))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_give_one_kind_of_error_only()
    {
        byte[] whole = SafeTensorsWriter.ToBytes([NamedTensor.FromSingles("a", [2, 2], [1, 2, 3, 4]), NamedTensor.FromInt64s("b", [], [5])], new Dictionary<string, string> { ["k"] = "v" });
        var random = new Random(3);
        int refused = 0;
        for (int i = 0; i < 10_000; i++)
        {
            byte[] file = i % 5 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            for (int k = 0; i % 5 != 0 && k < 1 + (i % 3); k++)
                file[random.Next(file.Length)] = (byte)random.Next(256);
            try
            {
                SafeTensorsReader.Read(file, "x");
            }
            catch (XanesDataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 3000, 9999);
    }

    private static byte[] File_(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. data];
    }
}
