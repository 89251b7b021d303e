using System.Text;

namespace XanesMl.Edge.Benchmarking;

/// <summary>The little of the ONNX format that the benchmark needs: the sizes of a network's matrices, and a file with one matrix product. Field numbers: onnx.proto of ONNX 1.12.</summary>
internal static class OnnxBytes
{
    private const int Graph = 7, Initializer = 5, Dims = 1;

    /// <summary>Multiply-adds of one row: the sum of rows x columns over the constant matrices of the graph.</summary>
    public static long MultiplyAdds(ReadOnlySpan<byte> model)
    {
        long sum = 0;
        while (Next(ref model, out int field, out _, out var graph))
        {
            while (field == Graph && Next(ref graph, out int inner, out _, out var tensor))
            {
                if (inner != Initializer)
                    continue;
                List<long> dims = [];
                while (Next(ref tensor, out int number, out ulong value, out var packed))
                {
                    if (number != Dims)
                        continue;
                    if (packed.IsEmpty)
                        dims.Add((long)value);
                    while (!packed.IsEmpty)
                        dims.Add((long)Varint(ref packed));
                }

                sum += dims is [> 1, > 1] ? dims[0] * dims[1] : 0;
            }
        }

        return sum;
    }

    /// <summary>A model c = a b of square matrices.</summary>
    public static byte[] Product(int size)
    {
        byte[] Matrix(string name) => [.. Text(1, name), .. Field(2, Field(1, [.. Number(1, 1), .. Field(2, [.. Field(1, Number(1, size)), .. Field(1, Number(1, size))])]))];
        byte[] node = [.. Text(1, "a"), .. Text(1, "b"), .. Text(2, "c"), .. Text(4, "MatMul")];
        byte[] graph = [.. Field(1, node), .. Text(2, "product"), .. Field(11, Matrix("a")), .. Field(11, Matrix("b")), .. Field(12, Matrix("c"))];
        return [.. Number(1, 8), .. Field(Graph, graph), .. Field(8, Number(2, 17))];
    }

    private static byte[] Text(int field, string value) => Field(field, Encoding.UTF8.GetBytes(value));

    private static byte[] Field(int field, byte[] content) => [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    private static byte[] Number(int field, int value) => [.. Varint((ulong)(field << 3)), .. Varint((ulong)value)];

    private static List<byte> Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }

    private static bool Next(ref ReadOnlySpan<byte> message, out int field, out ulong value, out ReadOnlySpan<byte> content)
    {
        (field, value) = (0, 0);
        content = default;
        if (message.IsEmpty)
            return false;
        ulong tag = Varint(ref message);
        field = (int)(tag >> 3);
        int length = (tag & 7) switch { 0 => 0, 1 => 8, 5 => 4, _ => (int)Varint(ref message) };
        if ((tag & 7) == 0)
            value = Varint(ref message);
        content = message[..length];
        message = message[length..];
        return true;
    }

    private static ulong Varint(scoped ref ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (int i = 0; ; i++)
        {
            byte b = bytes[i];
            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b >= 0x80)
                continue;
            bytes = bytes[(i + 1)..];
            return value;
        }
    }
}
