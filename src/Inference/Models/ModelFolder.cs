using System.Security.Cryptography;
using System.Text;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra.IO;

namespace XanesMl.Inference.Models;

/// <summary>A model folder that has been read and verified: the contract between training and everything that uses a model (docs/model-folder.md).</summary>
/// <remarks>All files are read once, into memory, and the verified bytes are what the sessions run, so a later change on disk has no effect.
/// The hashes protect against damage and mix-ups, not against an attacker, who could write new ones: load models from trusted sources only.</remarks>
public sealed class ModelFolder
{
    /// <summary>Name of the file with the metadata.</summary>
    public const string MetadataFile = "model.json";

    /// <summary>Spectrum to styles.</summary>
    public const string EncoderFile = "encoder.onnx";

    /// <summary>Styles to spectrum.</summary>
    public const string DecoderFile = "decoder.onnx";

    /// <summary>Spectrum to everything: descriptors, their spread, styles, reconstruction and its error.</summary>
    public const string PredictorFile = "predictor.onnx";

    /// <summary>The model described for people.</summary>
    public const string CardFile = "card.md";

    /// <summary>Rows of train, validation and test (<see cref="ModelSplit"/>); optional.</summary>
    public const string SplitFile = "split.json";

    internal const string Restore = "Restore the folder from its source or export the model again.";

    private const long MaxFileBytes = 1L << 30;
    private static readonly string[] s_required = [EncoderFile, DecoderFile, PredictorFile];

    private readonly Dictionary<string, ReadOnlyMemory<byte>> _files;

    private ModelFolder(string path, ModelMetadata metadata, Dictionary<string, ReadOnlyMemory<byte>> files)
    {
        Path = path;
        Metadata = metadata;
        _files = files;
        Sha256 = HashOf(metadata);
        Split = files.TryGetValue(SplitFile, out var split) ? ModelSplit.Parse(split.Span, SplitFile) : null;
    }

    /// <summary>Full path of the folder.</summary>
    public string Path { get; }

    /// <summary>Content of model.json.</summary>
    public ModelMetadata Metadata { get; }

    /// <summary>Short name of exactly these files: the first 12 digits of <see cref="Sha256"/>. It goes into every result.</summary>
    public string Id => IdOf(Sha256);

    /// <summary>SHA-256 (hex, lower case) over the lines "hash  name\n" of <see cref="ModelMetadata.Files"/> sorted by name (what <c>sha256sum</c> prints for them).</summary>
    public string Sha256 { get; }

    /// <summary>Rows that the model was trained, validated and tested on, or null where the folder does not record them.</summary>
    public ModelSplit? Split { get; }

    /// <summary>Names of the files that <see cref="Bytes"/> has, sorted.</summary>
    public IReadOnlyList<string> Files => [.. _files.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Verified content of a file of the folder.</summary>
    /// <param name="name">One of <see cref="Files"/>, for instance <see cref="EncoderFile"/>.</param>
    /// <exception cref="XanesModelException">The folder does not list such a file.</exception>
    public ReadOnlyMemory<byte> Bytes(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _files.TryGetValue(name, out var bytes) ? bytes
            : throw new XanesModelException($"the model has no file '{MetadataRules.Short(name)}'", Path, remedy: $"It has {string.Join(", ", Files)}.");
    }

    /// <summary>Reads a folder and verifies all of it: metadata, format version, SHA-256 of every listed file, that the three ONNX files load,
    /// have the inputs and outputs of the contract, and carry the same metadata as model.json.</summary>
    /// <exception cref="XanesModelException">Anything missing, damaged or contradictory; the message names the file and the remedy.</exception>
    public static ModelFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        string full = System.IO.Path.GetFullPath(path);
        if (File.Exists(full))
            throw new XanesModelException("a model is a folder, and this is a file", path, remedy: $"Give the folder that holds {MetadataFile}.");
        if (!Directory.Exists(full))
            throw new XanesModelException("there is no such model folder", path, remedy: $"Give the path of a folder with {MetadataFile} and {string.Join(", ", s_required)}.");
        string json = System.IO.Path.Combine(full, MetadataFile);
        if (!File.Exists(json))
            throw new XanesModelException($"the folder has no {MetadataFile}, so it is not a model folder", path, remedy: $"Give the folder that a training or import run wrote, usually named 'model'.");

        return Load(full, full);
    }

    /// <summary>Takes a folder whose files are in memory, such as a part of a saved pipeline, and verifies all of it as <see cref="Open"/> does.</summary>
    /// <param name="name">What messages call it; <see cref="Path"/> says it too.</param>
    /// <param name="files">Name to content of every file, <see cref="MetadataFile"/> included.</param>
    /// <exception cref="XanesModelException">Anything missing, damaged or contradictory; the message names the file and the remedy.</exception>
    public static ModelFolder FromFiles(string name, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) => InMemory(name, files, checkGraphs: true);

    /// <summary>The same for files that are part of the program: hashes are compared, but the ONNX files are not looked into, which the program's tests have done.</summary>
    internal static ModelFolder FromProgram(string name, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files) => InMemory(name, files, checkGraphs: false);

    private static ModelFolder InMemory(string name, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, bool checkGraphs)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(files);
        return Load(name, name, (path, shown) => files.TryGetValue(System.IO.Path.GetFileName(path), out var content) ? content.ToArray()
            : throw new XanesModelException("the file is missing from the model folder", shown, remedy: Restore), checkGraphs);
    }

    /// <summary>Writes a model folder in one step: the files and model.json are written under a temporary name beside it, opened and verified,
    /// and only then moved into place. On any failure what was there before is still there.</summary>
    /// <param name="path">The folder; an existing one is replaced only if it holds a model.json or nothing at all.</param>
    /// <param name="metadata">Its <see cref="ModelMetadata.Files"/> are computed here; what it holds is ignored.</param>
    /// <param name="files">Name to content of every file but model.json. The ONNX files must carry <see cref="ModelJson.ToOnnxProperties"/> of the metadata.</param>
    /// <exception cref="XanesModelException">Content that <see cref="Open"/> would refuse, such as a wrong ONNX file.</exception>
    /// <exception cref="XanesMl.Spectra.XanesDataException">A folder that is not ours to replace, a missing parent, or a disk error.</exception>
    public static void Write(string path, ModelMetadata metadata, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(files);
        var hashes = files.OrderBy(f => f.Key, StringComparer.Ordinal).ToDictionary(f => f.Key, f => Hash(f.Value.Span), StringComparer.Ordinal);
        byte[] json = ModelJson.Serialize(metadata with { Files = hashes });
        AtomicDirectory.Write(path, temporary =>
        {
            foreach (var (name, content) in files)
                File.WriteAllBytes(System.IO.Path.Combine(temporary, name), content.Span);
            File.WriteAllBytes(System.IO.Path.Combine(temporary, MetadataFile), json);
            _ = Load(temporary, path);
        }, replaceExisting: true, MetadataFile);
    }

    /// <param name="full">Where the files are.</param>
    /// <param name="shown">The folder that error messages name: while writing, the one that the user asked for.</param>
    /// <param name="read">Content of a file: its path, and the path that error messages name. Null: from the disk.</param>
    /// <param name="checkGraphs">Whether to look into the ONNX files.</param>
    private static ModelFolder Load(string full, string shown, Func<string, string, byte[]>? read = null, bool checkGraphs = true)
    {
        read ??= ReadAll;
        string json = System.IO.Path.Combine(shown, MetadataFile);
        var metadata = ModelJson.Parse(read(System.IO.Path.Combine(full, MetadataFile), json), json);
        foreach (string name in s_required)
            if (!metadata.Files.ContainsKey(name))
                throw new XanesModelException($"files must list {name}", json, remedy: Restore);
        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var (name, hash) in metadata.Files)
            files[name] = Verified(read(System.IO.Path.Combine(full, name), System.IO.Path.Combine(shown, name)), System.IO.Path.Combine(shown, name), hash);
        foreach (string name in checkGraphs ? s_required : [])
            OnnxContract.Check(files[name], System.IO.Path.Combine(shown, name), name, metadata);
        return new ModelFolder(full, metadata, files);
    }

    /// <summary>What <see cref="Sha256"/> is for a folder with this model.json.</summary>
    internal static string HashOf(ModelMetadata metadata)
    {
        var lines = new StringBuilder();
        foreach (var (name, hash) in metadata.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
            lines.Append(hash).Append("  ").Append(name).Append('\n');
        return Hash(Encoding.ASCII.GetBytes(lines.ToString()));
    }

    /// <summary>What <see cref="Id"/> is for a folder with this <see cref="Sha256"/>.</summary>
    internal static string IdOf(string sha256) => sha256[..12];

    private static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static byte[] Verified(byte[] content, string shown, string hash)
    {
        string found = Hash(content);
        return found == hash ? content
            : throw new XanesModelException($"SHA-256 must be {hash} as {MetadataFile} says", shown, found, "The file was changed or damaged after the model was written. " + Restore);
    }

    private static byte[] ReadAll(string path, string shown)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
                throw new XanesModelException("the file is missing from the model folder", shown, remedy: Restore);
            if (info.Length > MaxFileBytes)
                throw new XanesModelException("a model file has at most 1 GiB", shown, $"{info.Length} bytes", "This is not a XanesMl model.");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesModelException("the file cannot be read: " + e.Message, shown, remedy: "Check that you have the right to read it.", inner: e);
        }
    }
}
