using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Predictions;

/// <summary>The models that a program has at hand. Each is loaded when the first spectrum needs it.</summary>
public sealed class ModelSet : IDisposable
{
    private ModelSet(IReadOnlyList<ModelEntry> entries) => Entries = entries;

    /// <summary>The models, in the order in which they were given.</summary>
    public IReadOnlyList<ModelEntry> Entries { get; }

    /// <summary>What results say of them.</summary>
    public IReadOnlyList<ModelIdentity> Identities => [.. Entries.Select(e => e.Identity)];

    /// <summary>One model folder: every spectrum is shown to it.</summary>
    /// <exception cref="XanesModelException">See <see cref="ModelFolder.Open"/>.</exception>
    public static ModelSet Open(string folder)
    {
        var model = SpectrumModel.Open(folder);
        return new ModelSet([new ModelEntry(model.Metadata, new Lazy<SpectrumModel>(model))]);
    }

    /// <summary>Folders whose files are in memory or in the program; model.json of each is read now, the rest when it is needed.</summary>
    /// <param name="folders">What messages call a folder, and how to get the content of a file of it by name.</param>
    /// <param name="partOfProgram">True for files that were verified when the program was built: then their hashes are compared, and the ONNX files are not loaded one more time to be looked into,
    /// which takes longer than all else that opening does.</param>
    /// <exception cref="XanesModelException">A model.json that cannot be used.</exception>
    public static ModelSet FromFiles(IReadOnlyList<(string Name, Func<string, ReadOnlyMemory<byte>> File)> folders, bool partOfProgram = false)
    {
        ArgumentNullException.ThrowIfNull(folders);
        return new ModelSet([.. folders.Select(folder =>
        {
            var json = folder.File(ModelFolder.MetadataFile);
            var metadata = ModelJson.Parse(json.Span, folder.Name + "/" + ModelFolder.MetadataFile);
            return new ModelEntry(metadata, new Lazy<SpectrumModel>(() =>
            {
                var files = metadata.Files.Keys.ToDictionary(name => name, folder.File, StringComparer.Ordinal);
                files[ModelFolder.MetadataFile] = json;
                return new SpectrumModel(partOfProgram ? ModelFolder.FromProgram(folder.Name, files) : ModelFolder.FromFiles(folder.Name, files));
            }));
        })]);
    }

    /// <summary>A set of one of these models alone. Both sets share the model: dispose of one of them.</summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    /// <exception cref="ArgumentException">It is not.</exception>
    public ModelSet Only(ModelEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return Entries.Contains(entry) ? new ModelSet([entry]) : throw new ArgumentException("the model is not of this set", nameof(entry));
    }

    /// <summary>The model for an element: the only one; else the one that was trained on this element alone; else the first that knows it; else null.</summary>
    /// <param name="element">Symbol, or null where it is not known.</param>
    public ModelEntry? For(string? element)
    {
        if (Entries.Count == 1)
            return Entries[0];
        if (element is null)
            return null;
        ModelEntry? knows = null;
        foreach (var entry in Entries)
        {
            if (!entry.Metadata.Elements.Contains(element, StringComparer.Ordinal))
                continue;
            if (entry.Metadata.Elements.Count == 1)
                return entry;
            knows ??= entry;
        }

        return knows;
    }

    /// <summary>All elements that some model knows, by atomic number.</summary>
    public IReadOnlyList<string> Elements => [.. Entries.SelectMany(e => e.Metadata.Elements).Distinct(StringComparer.Ordinal)
        .OrderBy(e => KEdges.Elements.Contains(e) ? KEdges.Energy(e) : double.PositiveInfinity).ThenBy(e => e, StringComparer.Ordinal)];

    /// <summary>Frees the models that were loaded.</summary>
    public void Dispose()
    {
        foreach (var entry in Entries)
            entry.Dispose();
    }
}

/// <summary>One model of a set.</summary>
public sealed class ModelEntry : IDisposable
{
    private readonly Lazy<SpectrumModel> _model;

    internal ModelEntry(ModelMetadata metadata, Lazy<SpectrumModel> model) => (Metadata, Identity, _model) = (metadata, ModelIdentity.Of(metadata), model);

    /// <summary>Content of model.json.</summary>
    public ModelMetadata Metadata { get; }

    /// <summary>What results say of it.</summary>
    public ModelIdentity Identity { get; }

    /// <summary>The model; loaded and verified by the first call.</summary>
    /// <exception cref="XanesModelException">See <see cref="ModelFolder.FromFiles"/>.</exception>
    public SpectrumModel Model => _model.Value;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_model.IsValueCreated)
            _model.Value.Dispose();
    }
}
