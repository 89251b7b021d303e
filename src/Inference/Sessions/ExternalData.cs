using XanesMl.Inference.Models;

namespace XanesMl.Inference.Sessions;

/// <summary>Finds tensors of an ONNX file whose numbers lie in another file (TensorProto.external_data).</summary>
/// <remarks>ONNX Runtime looks for such a file in the working directory when a model comes from bytes. It would then run numbers that no hash of
/// the folder covers, so a model folder may not have any. Field numbers are those of onnx.proto (ONNX 1.12).</remarks>
internal static class ExternalData
{
    private const int MaxDepth = 64;

    private enum Message
    {
        Skip,
        Model,
        Graph,
        Node,
        Attribute,
        Tensor,
        SparseTensor,
        Function,
    }

    /// <summary>Refuses external tensors.</summary>
    /// <exception cref="XanesModelException">There is one, or the bytes are not a protobuf message.</exception>
    public static void Refuse(ReadOnlySpan<byte> model, string path)
    {
        bool? external = Find(model, Message.Model, 0);
        if (external == true)
            throw new XanesModelException("the weights must be inside the file", path, "a tensor that refers to another file",
                "Export the model with its weights embedded.");
        if (external is null)
            throw new XanesModelException("must be an ONNX file", path, "bytes that are not a protobuf message", ModelFolder.Restore);
    }

    /// <returns>True: an external tensor; false: none; null: not a message.</returns>
    private static bool? Find(ReadOnlySpan<byte> bytes, Message kind, int depth)
    {
        if (depth > MaxDepth)
            return null;
        bool found = false;
        while (bytes.Length > 0)
        {
            if (!Varint(ref bytes, out ulong tag))
                return null;
            ulong field = tag >> 3, value = 0;
            ReadOnlySpan<byte> content = default;
            bool read = (tag & 7) switch
            {
                0 => Varint(ref bytes, out value),
                1 => Take(ref bytes, sizeof(ulong), out content),
                2 => Varint(ref bytes, out value) && Take(ref bytes, value, out content),
                5 => Take(ref bytes, sizeof(uint), out content),
                _ => false,
            };
            if (!read)
                return null;
            if (kind == Message.Tensor)
            {
                found |= field == 13 || (field == 14 && value != 0);
                continue;
            }

            var child = (tag & 7) == 2 ? Child(kind, field) : Message.Skip;
            if (child == Message.Skip)
                continue;
            if (Find(content, child, depth + 1) is not { } inside)
                return null;
            found |= inside;
        }

        return found;
    }

    private static Message Child(Message parent, ulong field) => (parent, field) switch
    {
        (Message.Model, 7) => Message.Graph,
        (Message.Model, 25) => Message.Function,
        (Message.Graph, 1) or (Message.Function, 7) => Message.Node,
        (Message.Graph, 5) => Message.Tensor,
        (Message.Graph, 15) => Message.SparseTensor,
        (Message.Node, 5) or (Message.Function, 11) => Message.Attribute,
        (Message.Attribute, 5 or 10) => Message.Tensor,
        (Message.Attribute, 6 or 11) => Message.Graph,
        (Message.Attribute, 22 or 23) => Message.SparseTensor,
        (Message.SparseTensor, 1 or 2) => Message.Tensor,
        _ => Message.Skip,
    };

    private static bool Varint(scoped ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (int i = 0; i < Math.Min(10, bytes.Length); i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] >= 0x80)
                continue;
            bytes = bytes[(i + 1)..];
            return true;
        }

        return false;
    }

    private static bool Take(scoped ref ReadOnlySpan<byte> bytes, ulong length, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (length > (ulong)bytes.Length)
            return false;
        content = bytes[..(int)length];
        bytes = bytes[(int)length..];
        return true;
    }
}
