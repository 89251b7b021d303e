using System.Runtime.InteropServices;
using Google.Protobuf;
using XanesMl.Training.Onnx.Proto;

namespace XanesMl.Training.Onnx;

/// <summary>Collects nodes and constants of one ONNX graph. Every name is made here, so that none is used twice.</summary>
internal sealed class GraphBuilder(string name)
{
    private const int IrVersion = 8, Opset = 17;
    private readonly GraphProto _graph = new() { Name = name };
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);

    /// <summary>Declares an input [batch, width] of float32.</summary>
    public string Input(string name, int width)
    {
        _graph.Input.Add(Described(name, width));
        return Unique(name);
    }

    /// <summary>Declares an output [batch, width] of float32 and gives the value that name.</summary>
    public void Output(string name, string value, int width)
    {
        NodeProto maker = _graph.Node.Single(n => n.Output.Contains(value));
        maker.Output[maker.Output.IndexOf(value)] = name;
        foreach (NodeProto node in _graph.Node)
            for (int i = 0; i < node.Input.Count; i++)
                if (node.Input[i] == value)
                    node.Input[i] = name;
        _graph.Output.Add(Described(name, width));
    }

    /// <summary>A float32 constant.</summary>
    public string Constant(string name, long[] shape, ReadOnlySpan<float> values)
    {
        var tensor = new TensorProto { Name = Unique(name), DataType = (int)TensorProto.Types.DataType.Float, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)) };
        tensor.Dims.AddRange(shape);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>An int64 vector constant.</summary>
    public string Constant(string name, params long[] values)
    {
        var tensor = new TensorProto { Name = Unique(name), DataType = (int)TensorProto.Types.DataType.Int64, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())) };
        tensor.Dims.Add(values.Length);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Adds a node with one output and returns the output's name.</summary>
    public string Node(string name, string op, IReadOnlyList<string> inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = op, Name = Unique(name) };
        node.Input.AddRange(inputs);
        node.Output.Add(Unique(name + ".out"));
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
        return node.Output[0];
    }

    public static AttributeProto Integer(string name, long value) => new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    public static AttributeProto Integers(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    public static AttributeProto Real(string name, float value) => new() { Name = name, F = value, Type = AttributeProto.Types.AttributeType.Float };

    /// <summary>The finished file. Properties are written in the order of their keys, so that equal models give equal bytes.</summary>
    public byte[] ToBytes(IReadOnlyDictionary<string, string> properties)
    {
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "XanesMl",
            ProducerVersion = typeof(GraphBuilder).Assembly.GetName().Version?.ToString(3) ?? "",
            ModelVersion = 1,
            Graph = _graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = Opset });
        foreach ((string key, string value) in properties.OrderBy(p => p.Key, StringComparer.Ordinal))
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model.ToByteArray();
    }

    private static ValueInfoProto Described(string name, int width)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = "batch" });
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = width });
        return new()
        {
            Name = name,
            Type = new() { TensorType = new() { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } },
        };
    }

    private string Unique(string name)
    {
        int count = _names[name] = _names.GetValueOrDefault(name) + 1;
        return count == 1 ? name : Unique($"{name}_{count}");
    }
}
