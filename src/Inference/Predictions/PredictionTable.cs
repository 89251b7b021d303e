using XanesMl.Inference.Models;
using XanesMl.Spectra;

namespace XanesMl.Inference.Predictions;

/// <summary>Rows of results with the descriptors that their columns are for.</summary>
public sealed record PredictionTable
{
    /// <summary>Columns of a result file that are not descriptors; no descriptor may have such a name.</summary>
    public static IReadOnlyList<string> ReservedNames { get; } =
    [
        "file", "spectrum", "material", "site", "element", "verdict", "reasons", "warnings", "reconstruction_error", "percentile", "e0", "edge_step", "energy_shift",
        "parameters", "units", "model", "model_sha256", "input_sha256", "version", "time",
    ];

    /// <summary>Joins rows with the models that could have answered, so that the columns do not depend on the spectra.</summary>
    /// <param name="models">The models; the descriptor columns are their union, in the order of first appearance.</param>
    /// <param name="rows">One result a row.</param>
    /// <exception cref="XanesDataException">Two models give a descriptor of one name in different units.</exception>
    public PredictionTable(IReadOnlyList<ModelIdentity> models, IReadOnlyList<PredictionResult> rows)
    {
        ArgumentNullException.ThrowIfNull(models);
        Rows = rows ?? throw new ArgumentNullException(nameof(rows));
        var descriptors = new List<DescriptorInfo>();
        foreach (var descriptor in models.SelectMany(m => m.Descriptors))
        {
            var known = descriptors.Find(d => d.Name == descriptor.Name);
            if (known is null)
                descriptors.Add(descriptor);
            else if (known.Unit != descriptor.Unit)
                throw new XanesDataException($"the models give {descriptor.Name} in different units: '{known.Unit}' and '{descriptor.Unit}'", remedy: "Use one of them at a time.");
        }

        Descriptors = descriptors;
        ClassDescriptors = [.. models.Select(m => m.ClassDescriptor).OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    /// <summary>One result a row.</summary>
    public IReadOnlyList<PredictionResult> Rows { get; init; }

    /// <summary>Names and units of the descriptor columns.</summary>
    public IReadOnlyList<DescriptorInfo> Descriptors { get; }

    /// <summary>Descriptors that have a column of classes.</summary>
    public IReadOnlyList<string> ClassDescriptors { get; }
}
