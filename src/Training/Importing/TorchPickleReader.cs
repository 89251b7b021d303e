using System.IO.Compression;
using System.Text;
using XanesMl.Spectra;

namespace XanesMl.Training.Importing;

/// <summary>One module without children of a pickled PyTorch module tree.</summary>
/// <param name="Path">Where it is: "Encoder.main.2".</param>
/// <param name="ClassName">Its Python class without package: "BatchNorm1d".</param>
/// <param name="Settings">Its numbers and switches (1 or 0) by attribute name: "eps", "p", "beta".</param>
public sealed record TorchModule(string Path, string ClassName, IReadOnlyDictionary<string, double> Settings);

/// <summary>What a PyTorch file holds of networks.</summary>
/// <param name="Tensors">Parameters and buffers by their state_dict name, dictionary keys included: "Encoder.main.0.weight".</param>
/// <param name="Modules">Leaf modules in order; empty for a file of state_dicts.</param>
public sealed record TorchArchive(IReadOnlyDictionary<string, NamedTensor> Tensors, IReadOnlyList<TorchModule> Modules);

/// <summary>Reads files of torch.save (zip format, PyTorch 1.6 and later): whole modules, state_dicts, and dictionaries of them.</summary>
/// <remarks>Unlike torch.load this runs nothing: see <see cref="PickleMachine"/>. Sizes, depths and counts are limited, so that a small
/// file cannot ask for much memory.</remarks>
public static class TorchPickleReader
{
    /// <summary>Largest file that is read, bytes.</summary>
    public const long MaxFileBytes = 256 << 20;

    private const int MaxPickleBytes = 4 << 20, MaxEntries = 20_000, MaxDepth = 12, MaxNodes = 50_000, MaxDimensions = 8;
    private const long MaxTensorBytes = 512 << 20;

    private const string Remedy = "Save the model again with torch.save of PyTorch 1.6 or later, or export its state_dict to safetensors";

    /// <summary>Reads a file.</summary>
    /// <exception cref="XanesDataException">The file cannot be read, is damaged, or is not one of weights.</exception>
    public static TorchArchive Read(string path) => Read(WeightsFile.ReadAll(path, MaxFileBytes), path);

    /// <summary>Reads the content of a file.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="source">Name of the file, for errors.</param>
    /// <exception cref="XanesDataException">The content is damaged or is not one of weights.</exception>
    public static TorchArchive Read(byte[] content, string source)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x80, 2, 0x8a, 10]))
            throw Error(source, "this is the format of PyTorch before 1.6 (a bare pickle), which is not read");
        if (!content.AsSpan().StartsWith("PK"u8))
            throw Error(source, "this is not a zip file as torch.save writes it");
        try
        {
            using var zip = new ZipArchive(new MemoryStream(content, writable: false), ZipArchiveMode.Read);
            return new Loader(zip, source).Load();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw new XanesDataException($"the zip file is damaged ({e.Message})", source, remedy: Remedy, inner: e);
        }
    }

    private static XanesDataException Error(string source, string problem) => new(problem, source, remedy: Remedy);

    private sealed class Loader(ZipArchive zip, string source)
    {
        private readonly Dictionary<string, NamedTensor> _tensors = new(StringComparer.Ordinal);
        private readonly List<TorchModule> _modules = [];
        private readonly Dictionary<string, byte[]> _storages = new(StringComparer.Ordinal);
        private string _folder = "";
        private long _bytes;
        private int _nodes;

        public TorchArchive Load()
        {
            if (zip.Entries.Count > MaxEntries)
                throw Error(source, $"{zip.Entries.Count} entries in the zip file, at most {MaxEntries} are read");
            ZipArchiveEntry[] pickles = [.. zip.Entries.Where(e => e.FullName == "data.pkl" || e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))];
            if (pickles.Length != 1)
                throw Error(source, $"{pickles.Length} entries named data.pkl, one is expected");
            _folder = pickles[0].FullName[..^"data.pkl".Length];
            if (zip.GetEntry(_folder + "constants.pkl") is not null)
                throw Error(source, "this is a TorchScript archive (torch.jit.save), which carries code and is not read");
            if (zip.GetEntry(_folder + "byteorder") is { } order && Encoding.ASCII.GetString(Content(order, 16)) != "little")
                throw Error(source, "the numbers are not little-endian");

            Walk(PickleMachine.Load(Content(pickles[0], MaxPickleBytes), source), "", 0);
            return new(_tensors, _modules);
        }

        /// <summary>Collects tensors and modules below a dictionary or a module.</summary>
        private void Walk(object? node, string prefix, int depth)
        {
            if (depth > MaxDepth || ++_nodes > MaxNodes)
                throw Error(source, $"modules nest deeper than {MaxDepth} or are more than {MaxNodes}");
            if (node is PickleDictionary dictionary)
            {
                foreach ((string key, object? value) in dictionary.Items)
                {
                    if (value is PickleTensor tensor)
                        Add(prefix + key, tensor);
                    else if (value is PickleDictionary or PickleObject)
                        Walk(value, prefix + key + ".", depth + 1);
                }
            }
            else if (node is PickleObject { State: PickleDictionary state } module && state["_parameters"] is PickleDictionary)
            {
                WalkModule(module, state, prefix, depth);
            }
        }

        private void WalkModule(PickleObject module, PickleDictionary state, string prefix, int depth)
        {
            foreach (string part in (string[])["_parameters", "_buffers"])
                if (state[part] is PickleDictionary own)
                    foreach ((string key, object? value) in own.Items)
                        if (value is PickleTensor tensor)
                            Add(prefix + key, tensor);
            if (state["_modules"] is PickleDictionary { Count: > 0 } children)
            {
                foreach ((string key, object? child) in children.Items)
                    Walk(child, prefix + key + ".", depth + 1);
                return;
            }

            var settings = new Dictionary<string, double>(StringComparer.Ordinal);
            foreach ((string key, object? value) in state.Items)
            {
                if (value is long or double or bool)
                    settings[key] = value switch { long n => n, double d => d, _ => (bool)value ? 1 : 0 };
            }

            _modules.Add(new(prefix.TrimEnd('.'), module.Type.Name, settings));
        }

        private void Add(string name, PickleTensor tensor)
        {
            string shown = WeightsFile.Show(name);
            TensorType type = tensor.Storage.TypeName switch
            {
                "FloatStorage" => TensorType.F32,
                "DoubleStorage" => TensorType.F64,
                "HalfStorage" => TensorType.F16,
                "BFloat16Storage" => TensorType.BF16,
                "LongStorage" => TensorType.I64,
                var other => throw Error(source, $"tensor {shown} has a {WeightsFile.Show(other)}; float, double, half, bfloat16 and long are read"),
            };
            int size = NamedTensor.Size(type);
            byte[] data = Storage(tensor.Storage, size, shown);
            byte[] own = Gather(tensor, data, size, shown);
            if (!_tensors.TryAdd(name, new(name, type, tensor.Shape, own)))
                throw Error(source, $"two tensors are named {shown}");
        }

        private byte[] Storage(PickleStorage storage, int size, string shown)
        {
            if (!_storages.TryGetValue(storage.Key, out byte[]? data))
            {
                ZipArchiveEntry entry = zip.GetEntry($"{_folder}data/{storage.Key}")
                    ?? throw Error(source, $"tensor {shown}: no entry data/{WeightsFile.Show(storage.Key)} in the zip file");
                _storages[storage.Key] = data = Content(entry, MaxTensorBytes);
            }

            return storage.Count == data.Length / size && data.Length % size == 0
                ? data : throw Error(source, $"tensor {shown}: {storage.Count} numbers of {size} bytes are announced, {data.Length} bytes are there");
        }

        private byte[] Gather(PickleTensor tensor, byte[] data, int size, string shown)
        {
            long[] shape = tensor.Shape, stride = tensor.Stride;
            long available = data.Length / size;
            // No parameter repeats its numbers, so a tensor that is larger than its storage is an attempt to fill the memory.
            if (shape.Length > MaxDimensions || stride.Length != shape.Length || NamedTensor.CountOf(shape, available) is not { } count)
                throw Error(source, $"tensor {shown} of shape [{string.Join(", ", shape)}] does not fit a storage of {available} numbers");
            Int128 last = tensor.Offset;
            for (int d = 0; d < shape.Length; d++)
                last += (Int128)Math.Max(shape[d] - 1, 0) * stride[d];
            if (tensor.Offset < 0 || stride.Any(s => s < 0) || (count > 0 && last >= available))
                throw Error(source, $"tensor {shown} reaches beyond its storage of {available} numbers");
            Charge(count * size);

            byte[] own = new byte[count * size];
            var index = new long[shape.Length];
            for (long i = 0; i < count; i++)
            {
                long from = tensor.Offset;
                for (int d = 0; d < index.Length; d++)
                    from += index[d] * stride[d];
                data.AsSpan((int)(from * size), size).CopyTo(own.AsSpan((int)(i * size)));
                for (int d = index.Length - 1; d >= 0 && ++index[d] == shape[d]; d--)
                    index[d] = 0;
            }

            return own;
        }

        private byte[] Content(ZipArchiveEntry entry, long limit)
        {
            if (entry.Length > limit)
                throw Error(source, $"entry {WeightsFile.Show(entry.FullName)} has {entry.Length} bytes, at most {limit} are read");
            Charge(entry.Length);
            byte[] bytes = new byte[entry.Length];
            using Stream stream = entry.Open();
            stream.ReadExactly(bytes);
            return bytes;
        }

        private void Charge(long bytes)
        {
            _bytes += bytes;
            if (_bytes > MaxTensorBytes)
                throw Error(source, $"more than {MaxTensorBytes} bytes of numbers");
        }
    }
}
