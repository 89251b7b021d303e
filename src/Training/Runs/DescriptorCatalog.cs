using XanesMl.Inference.Models;

namespace XanesMl.Training.Runs;

/// <summary>Units and meanings of the descriptors that the project knows (domain.md section 2); any other name is taken without a unit.</summary>
internal static class DescriptorCatalog
{
    /// <summary>The descriptor that is a class as well.</summary>
    public const string CoordinationNumber = "CN";

    /// <summary>Classes of the coordination number in Liang et al. (2023).</summary>
    public static IReadOnlyList<int> CoordinationClasses { get; } = [4, 5, 6];

    private static readonly Dictionary<string, (string Unit, string Meaning)> s_known = new(StringComparer.Ordinal)
    {
        ["CT"] = ("e", "charge transfer in electrons: minus FEFF's charge transfer of the absorber"),
        ["OS"] = ("e", "formal oxidation state"),
        [CoordinationNumber] = ("", "number of oxygen neighbours"),
        ["OCN"] = ("", "mean coordination number of those oxygens (second shell)"),
        ["RSTD"] = ("angstrom", "population standard deviation of the absorber-oxygen distances"),
        ["NNRS"] = ("angstrom", "population standard deviation of the absorber-oxygen distances"),
        ["MOOD"] = ("angstrom", "shortest distance between two oxygens of the first shell"),
        ["MRD"] = ("angstrom", "mean absorber-oxygen distance"),
    };

    /// <summary>What a model folder says of a descriptor.</summary>
    public static DescriptorInfo Describe(string name, double min, double max) => s_known.TryGetValue(name, out var known)
        ? new DescriptorInfo(name, known.Unit, known.Meaning, min, max)
        : new DescriptorInfo(name, "", "descriptor of the training table", min, max);
}
