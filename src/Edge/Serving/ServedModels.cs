using XanesMl.Inference.Measured;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra.Measured;

namespace XanesMl.Edge.Serving;

/// <summary>The models of a server, and which of them answers for a spectrum.</summary>
internal sealed class ServedModels : IDisposable
{
    private readonly IReadOnlyList<SpectrumModel> _models;

    /// <summary>Takes the models; they are disposed of with this.</summary>
    public ServedModels(IReadOnlyList<SpectrumModel> models) => _models = models;

    /// <summary>All of them; the first is the one that the page opens with.</summary>
    public IReadOnlyList<SpectrumModel> All => _models;

    /// <summary>The model of a name or id; the first without one.</summary>
    /// <exception cref="RequestProblem">There is no such model.</exception>
    public SpectrumModel Named(string? name) => name is null ? _models[0]
        : _models.FirstOrDefault(m => m.Folder.Id == name || m.Metadata.Name == name)
        ?? throw new RequestProblem(404, "there is no such model here", "model", name, $"There are {string.Join(", ", _models.Select(m => m.Metadata.Name))}.");

    /// <summary>The named model, else the one trained on the spectrum's element alone, else one that knows the element, else the first, whose verdict says what is wrong.</summary>
    public SpectrumModel For(MeasuredSpectrum spectrum, string? name, string? element)
    {
        if (name is not null || _models.Count == 1)
            return Named(name);
        string? known = element ?? ElementIdentification.Identify(spectrum).Element;
        return _models.Where(m => known is not null && m.Metadata.Elements.Contains(known)).MinBy(m => m.Metadata.Elements.Count) ?? _models[0];
    }

    public void Dispose()
    {
        foreach (var model in _models)
            model.Dispose();
    }
}
