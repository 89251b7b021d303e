using System.Buffers.Binary;
using System.Text;
using XanesMl.Spectra;

namespace XanesMl.Training.Importing;

/// <summary>Interprets the pickle of a PyTorch file as data.</summary>
/// <remarks>Opcodes: Python's pickletools, protocols 2 to 5, those that torch.save writes and no others. Nothing is imported, called or resolved: a class is its
/// name, an object its class and state. The only functions that are understood are the four by which PyTorch spells tensors and dictionaries.</remarks>
internal ref struct PickleMachine
{
    private const int MaxContainers = 500_000;

    private readonly ReadOnlySpan<byte> _code;
    private readonly string _source;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _at;
    private int _containers;

    private PickleMachine(ReadOnlySpan<byte> code, string source)
    {
        _code = code;
        _source = source;
    }

    /// <summary>The pickled value: null, bool, long, double, string, object?[] (tuple), List (list or set) or a type of PickleValues.cs.</summary>
    /// <exception cref="XanesDataException">The pickle is damaged or uses anything beyond plain weights.</exception>
    public static object? Load(ReadOnlySpan<byte> code, string source) => new PickleMachine(code, source).Run();

    private object? Run()
    {
        while (true)
        {
            byte op = Take(1)[0];
            if (op == '.')
                return Pop();
            if (!Atom(op) && !Memory(op) && !Container(op) && !Object(op))
                throw Error($"opcode 0x{op:x2} is not one that PyTorch writes for weights");
        }
    }

    private bool Atom(byte op)
    {
        switch (op)
        {
            case 0x80: // PROTO
                if (Take(1)[0] is var protocol and (< 2 or > 5))
                    throw Error($"pickle protocol {protocol}");
                return true;
            case 0x95: // FRAME
                Take(8);
                return true;
            case (byte)'N':
                Push(null);
                return true;
            case 0x88 or 0x89: // NEWTRUE, NEWFALSE
                Push(op == 0x88);
                return true;
            case (byte)'K': // BININT1, BININT2, BININT
                Push((long)Take(1)[0]);
                return true;
            case (byte)'M':
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                return true;
            case (byte)'J':
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                return true;
            case 0x8a: // LONG1
                Push(LongInteger(Take(1)[0]));
                return true;
            case (byte)'G': // BINFLOAT
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                return true;
            case 0x8c: // SHORT_BINUNICODE, BINUNICODE
                Push(Text(Take(Take(1)[0])));
                return true;
            case (byte)'X':
                Push(Text(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))));
                return true;
            default:
                return false;
        }
    }

    private bool Memory(byte op)
    {
        switch (op)
        {
            case (byte)'q': // BINPUT, LONG_BINPUT, MEMOIZE
                _memo[Take(1)[0]] = Peek();
                return true;
            case (byte)'r':
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek();
                return true;
            case 0x94:
                _memo[_memo.Count] = Peek();
                return true;
            case (byte)'h': // BINGET, LONG_BINGET
                Push(Recall(Take(1)[0]));
                return true;
            case (byte)'j':
                Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                return true;
            default:
                return false;
        }
    }

    private bool Container(byte op)
    {
        switch (op)
        {
            case (byte)'(': // MARK
                _marks.Add(_stack.Count);
                return true;
            case (byte)'}': // EMPTY_DICT
                PushNew(new PickleDictionary());
                return true;
            case (byte)']' or 0x8f: // EMPTY_LIST, EMPTY_SET
                PushNew(new List<object?>());
                return true;
            case (byte)')': // EMPTY_TUPLE, TUPLE1 to TUPLE3, TUPLE
                Push(Array.Empty<object?>());
                return true;
            case 0x85 or 0x86 or 0x87:
                PushNew(PopTuple(op - 0x84));
                return true;
            case (byte)'t':
                PushNew(PopToMark());
                return true;
            case (byte)'a': // APPEND, APPENDS, ADDITEMS
                Append([Pop()]);
                return true;
            case (byte)'e' or 0x90:
                Append(PopToMark());
                return true;
            case (byte)'s': // SETITEM, SETITEMS
                SetItems(PopTuple(2));
                return true;
            case (byte)'u':
                SetItems(PopToMark());
                return true;
            default:
                return false;
        }
    }

    private bool Object(byte op)
    {
        switch (op)
        {
            case (byte)'c': // GLOBAL, STACK_GLOBAL
                string module = Line();
                Push(new PickleGlobal(module, Line()));
                return true;
            case 0x93:
                object?[] names = PopTuple(2);
                Push(new PickleGlobal(As<string>(names[0], "a module name"), As<string>(names[1], "a class name")));
                return true;
            case 0x81: // NEWOBJ
                Pop();
                PushNew(new PickleObject(As<PickleGlobal>(Pop(), "a class")));
                return true;
            case (byte)'R': // REDUCE
                object?[] arguments = As<object?[]>(Pop(), "a tuple of arguments");
                PushNew(Reduce(As<PickleGlobal>(Pop(), "a class or function"), arguments));
                return true;
            case (byte)'b': // BUILD; a dictionary's or tensor's extra attributes carry no weights
                object? state = Pop();
                if (Peek() is PickleObject target)
                    target.State = state;
                return true;
            case (byte)'Q': // BINPERSID
                Push(Storage(As<object?[]>(Pop(), "a storage reference")));
                return true;
            default:
                return false;
        }
    }

    private readonly object? Reduce(PickleGlobal function, object?[] a) => (function.Module, function.Name) switch
    {
        ("torch._utils", "_rebuild_tensor_v2") when a.Length >= 4 => new PickleTensor(
            As<PickleStorage>(a[0], "a storage"), Integer(a[1]), Integers(a[2]), Integers(a[3])),
        ("torch._utils", "_rebuild_parameter" or "_rebuild_parameter_with_state") when a.Length >= 1 => As<PickleTensor>(a[0], "a tensor"),
        ("collections", "OrderedDict") when a.Length == 0 => new PickleDictionary(),
        ("torch._utils", var name) => throw Error($"{WeightsFile.Show(name)} with {a.Length} arguments is not a plain tensor"),
        _ => new PickleObject(function),
    };

    private readonly PickleStorage Storage(object?[] id) =>
        id.Length >= 5 && id[0] is "storage" && id[1] is PickleGlobal type && id[2] is string key && id[4] is long count && count >= 0
            ? new(type.Name, key, count) : throw Error("a persistent id that is not a storage");

    private readonly void Append(object?[] values)
    {
        switch (Peek())
        {
            case List<object?> list:
                list.AddRange(values);
                break;
            case PickleObject: // a subclass of list
                break;
            default:
                throw Error("items are added to something that is not a list");
        }
    }

    private readonly void SetItems(object?[] pairs)
    {
        if (pairs.Length % 2 != 0)
            throw Error("a key without a value");
        object? target = Peek();
        if (target is PickleObject)
            return; // a subclass of dict
        PickleDictionary dictionary = As<PickleDictionary>(target, "a dictionary");
        for (int i = 0; i < pairs.Length; i += 2)
            dictionary.Set(pairs[i], pairs[i + 1]);
    }

    private readonly void Push(object? value) => _stack.Add(value);

    private void PushNew(object? value)
    {
        if (++_containers > MaxContainers)
            throw Error($"more than {MaxContainers} objects");
        _stack.Add(value);
    }

    private readonly object? Peek() => _stack.Count > Floor() ? _stack[^1] : throw Error("the stack is empty");

    private readonly object? Pop()
    {
        object? value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private readonly object?[] PopTuple(int count)
    {
        var values = new object?[count];
        for (int i = count - 1; i >= 0; i--)
            values[i] = Pop();
        return values;
    }

    private readonly object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw Error("no mark on the stack");
        int from = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        object?[] values = [.. _stack[from..]];
        _stack.RemoveRange(from, values.Length);
        return values;
    }

    private readonly int Floor() => _marks.Count > 0 ? _marks[^1] : 0;

    private readonly object? Recall(long key) => _memo.TryGetValue(key, out object? value) ? value : throw Error($"memo {key} was never set");

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > (uint)(_code.Length - _at))
            throw Error($"{count} bytes are expected and the pickle ends after {_code.Length - _at}");
        ReadOnlySpan<byte> taken = _code.Slice(_at, (int)count);
        _at += (int)count;
        return taken;
    }

    private string Line()
    {
        int length = _code[_at..].IndexOf((byte)'\n');
        if (length < 0)
            throw Error("a name without an end");
        string line = Text(Take((uint)length));
        _at++;
        return line;
    }

    private static string Text(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);

    private long LongInteger(byte count)
    {
        ReadOnlySpan<byte> bytes = Take(count);
        if (count > 8)
            throw Error($"an integer of {count} bytes");
        long value = count > 0 && (bytes[^1] & 0x80) != 0 ? -1 : 0;
        for (int i = count - 1; i >= 0; i--)
            value = (value << 8) | bytes[i];
        return value;
    }

    private readonly long Integer(object? value) => value is long n ? n : throw Error("a number is expected");

    private readonly long[] Integers(object? value)
    {
        object?[] values = As<object?[]>(value, "a tuple of numbers");
        var numbers = new long[values.Length];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = Integer(values[i]);
        return numbers;
    }

    private readonly T As<T>(object? value, string what)
        where T : class => value as T ?? throw Error($"{what} is expected");

    private readonly XanesDataException Error(string problem) =>
        new($"{problem} (byte {_at} of data.pkl)", _source,
            remedy: "Save the model again with torch.save, or export its state_dict to safetensors");
}
