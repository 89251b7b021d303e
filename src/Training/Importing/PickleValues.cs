namespace XanesMl.Training.Importing;

/// <summary>Name of a Python class or function in a pickle; never looked up.</summary>
internal sealed record PickleGlobal(string Module, string Name);

/// <summary>An object of a class that is kept by name: its state is data, its code is unknown.</summary>
internal sealed class PickleObject(PickleGlobal type)
{
    public PickleGlobal Type { get; } = type;

    public object? State { get; set; }
}

/// <summary>A dictionary with its order. Keys other than text are dropped: no weights are found below them.</summary>
internal sealed class PickleDictionary
{
    private readonly Dictionary<string, object?> _items = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, object?>> Items => _items;

    public int Count => _items.Count;

    public object? this[string key] => _items.GetValueOrDefault(key);

    public void Set(object? key, object? value)
    {
        if (key is string text)
            _items[text] = value;
    }
}

/// <summary>Reference to the numbers of a storage: type name, entry name, number of elements.</summary>
internal sealed record PickleStorage(string TypeName, string Key, long Count);

/// <summary>A view of a storage.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Stride);
