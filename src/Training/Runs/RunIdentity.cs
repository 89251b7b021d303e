using System.Security.Cryptography;
using System.Text;
using XanesMl.Spectra.Splitting;
using XanesMl.Training.Configuration;

namespace XanesMl.Training.Runs;

/// <summary>What the numbers of a trial depend on besides its seed: trials with the same identity can be ranked against each other and continue each other's checkpoints.</summary>
/// <param name="DataHash">Hash of the table (<see cref="Spectra.Splitting.DataHash"/>).</param>
/// <param name="SplitHash">SHA-256 of the rows for training and validation.</param>
/// <param name="Configuration">Lines "key: value" of the resolved configuration, without the keys that only choose what happens around a trial.</param>
internal sealed record RunIdentity(string DataHash, string SplitHash, IReadOnlyList<string> Configuration)
{
    /// <summary>Keys that may differ between trials of one run, or change when a run is continued.</summary>
    private static readonly HashSet<string> s_around = new(StringComparer.Ordinal)
    {
        "data_file", "data_notice", "output_name", "trials", "top_n", "seed", "verbose", "checkpoint_interval", "timeout", "keep_weights", "calibration",
    };

    /// <summary>The identity of a run.</summary>
    public static RunIdentity Of(TrainingOptions options, string dataHash, DataSplit split) =>
        new(dataHash, Hex(string.Join(',', split.Train) + "\n" + string.Join(',', split.Validation)), Lines(options));

    /// <summary>Hash over all of it, for checkpoints.</summary>
    public string Hash => Hex(DataHash + "\n" + SplitHash + "\n" + string.Join('\n', Configuration));

    /// <summary>The first thing in which two identities differ, as words with both values, or null.</summary>
    /// <param name="other">The identity to compare with.</param>
    /// <param name="here">Words for this side, "this run".</param>
    /// <param name="there">Words for the other side.</param>
    public string? Difference(RunIdentity other, string here, string there)
    {
        if (DataHash != other.DataHash)
            return $"the data differ: the table of {here} has the hash {Short(DataHash)}, that of {there} {Short(other.DataHash)}";
        if (DifferenceOfConfigurations(Configuration, other.Configuration, here, there) is { } key)
            return key;
        return SplitHash == other.SplitHash ? null
            : $"the split differs: the rows for training and validation of {here} have the hash {Short(SplitHash)}, those of {there} {Short(other.SplitHash)}";
    }

    /// <summary>The first key in which two configurations differ, as words with both values, or null.</summary>
    /// <param name="mine">Lines "key: value".</param>
    /// <param name="theirs">The same of the other side.</param>
    /// <param name="here">Words for this side.</param>
    /// <param name="there">Words for the other side.</param>
    /// <param name="ignored">Keys that may differ.</param>
    public static string? DifferenceOfConfigurations(IReadOnlyList<string> mine, IReadOnlyList<string> theirs, string here, string there, params ReadOnlySpan<string> ignored)
    {
        // A key that stands twice, in a file that somebody edited, has both values.
        var others = theirs.Select(Pair).GroupBy(p => p.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, g => string.Join(" and ", g.Select(p => p.Value)), StringComparer.Ordinal);
        foreach (var (key, value) in mine.Select(Pair))
            if (!(others.Remove(key, out string? their) && their == value) && !ignored.Contains(key))
                return $"{key} is {value} in {here} and {their ?? "not set"} in {there}";
        foreach (var (key, value) in others)
            if (!ignored.Contains(key))
                return $"{key} is not set in {here} and {value} in {there}";
        return null;
    }

    private static string[] Lines(TrainingOptions options) =>
        [.. ConfigurationFile.Write(options).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !s_around.Contains(Pair(l).Key))];

    private static (string Key, string Value) Pair(string line)
    {
        string[] parts = line.Split(": ", 2);
        return (parts[0], parts.Length > 1 ? parts[1] : "");
    }

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] + "..." : hash;

    private static string Hex(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
