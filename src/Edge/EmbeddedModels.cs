using XanesMl.Inference;
using XanesMl.Inference.Predictions;

namespace XanesMl.Edge;

/// <summary>The models that are part of the program: the folders below models/ of the repository, file by file.</summary>
internal static class EmbeddedModels
{
    // The first that knows an element alone answers for it, so the order matters only among those that know several.
    private static readonly string[] s_names = ["Cu", "oxides-8"];

    /// <summary>Opens the set; the caller disposes of it. A model is loaded and its hashes are compared when a spectrum needs it; that it keeps the contract of a model folder is what EmbeddedModelTests verify.</summary>
    /// <exception cref="XanesModelException">A damaged program.</exception>
    public static ModelSet Open() => ModelSet.FromFiles([.. s_names.Select(name => ("models/" + name, (Func<string, ReadOnlyMemory<byte>>)(file => Content($"models/{name}/{file}"))))], partOfProgram: true);

    private static ReadOnlyMemory<byte> Content(string resource)
    {
        using var stream = typeof(EmbeddedModels).Assembly.GetManifestResourceStream(resource)
            ?? throw new XanesModelException("the program lacks a part of its model", resource, remedy: "Install xanesml-edge again.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
