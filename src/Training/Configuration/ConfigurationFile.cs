using System.Text;
using XanesMl.Spectra;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace XanesMl.Training.Configuration;

/// <summary>Reads and writes training options as YAML: one flat mapping with the reference program's keys and ours.</summary>
public static class ConfigurationFile
{
    /// <summary>Largest configuration that is read, bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Reads a configuration file; keys that it does not have keep the values of <paramref name="defaults"/>, without those of the preset that its key
    /// "preset" names, without that of <see cref="TrainingPresets.Reference"/>, so that a file of the reference program trains as it does there.</summary>
    /// <exception cref="XanesDataException">A missing or oversized file, text that is not YAML, an unknown or repeated key, or a value that does not fit:
    /// the message names the line, the key, the value and what is allowed.</exception>
    public static TrainingOptions Read(string path, TrainingOptions? defaults = null)
    {
        string text;
        try
        {
            var info = new FileInfo(path);
            if (info.Exists && info.Length > MaxBytes)
                throw new XanesDataException($"{info.Length} bytes are more than a configuration can have", path, remedy: $"The limit is {MaxBytes} bytes.");
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesDataException("the configuration cannot be read: " + e.Message, path, remedy: "Check the path and its rights.", inner: e);
        }

        return Parse(text, path, defaults);
    }

    /// <summary>Reads configuration text; <paramref name="source"/> names it in errors.</summary>
    public static TrainingOptions Parse(string text, string source, TrainingOptions? defaults = null)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new XanesDataException("this is not YAML: " + e.Message, source, e.Start.Line, remedy: "Write one 'key: value' a line.", inner: e);
        }

        if (yaml.Documents.Count == 0)
            return (defaults ?? TrainingPresets.Reference).Validated(source);
        if (yaml.Documents[0].RootNode is not YamlMappingNode map)
            throw new XanesDataException("the configuration is not a mapping", source, 1, remedy: "Write one 'key: value' a line.");
        var options = Basis(map, source, defaults);
        foreach (var (keyNode, valueNode) in map.Children)
        {
            string name = (keyNode as YamlScalarNode)?.Value ?? "";
            if (!ConfigurationKeys.All.TryGetValue(name, out var key))
                throw new XanesDataException($"unknown key '{name}'", source, keyNode.Start.Line, remedy: Suggest(name));
            try
            {
                options = key.Read(options, Values(valueNode));
            }
            catch (FormatException e)
            {
                throw new XanesDataException($"{name}: '{valueNode}' does not fit", source, valueNode.Start.Line, remedy: $"Allowed: {e.Message}.", inner: e);
            }
        }

        return options.Validated(source);
    }

    /// <summary>The values before any key is read: a preset is their starting point wherever its key stands.</summary>
    private static TrainingOptions Basis(YamlMappingNode map, string source, TrainingOptions? defaults)
    {
        foreach (var (keyNode, valueNode) in map.Children)
        {
            if (keyNode is not YamlScalarNode { Value: ConfigurationKeys.Preset })
                continue;
            return TrainingPresets.Find(valueNode is YamlScalarNode { Value: { } name } ? name : "") is { } preset ? defaults ?? preset
                : throw new XanesDataException($"{ConfigurationKeys.Preset}: '{valueNode}' does not fit", source, valueNode.Start.Line, remedy: $"Allowed: one of {string.Join(", ", TrainingPresets.Names)}.");
        }

        return defaults ?? TrainingPresets.Reference;
    }

    /// <summary>All options as YAML that <see cref="Parse"/> reads back to the same record.</summary>
    public static string Write(TrainingOptions options)
    {
        var text = new StringBuilder();
        foreach (var key in ConfigurationKeys.All.Values)
            if (key.Write(options) is { } value)
                text.Append(key.Name).Append(": ").Append(value).Append('\n');
        return text.ToString();
    }

    private static IReadOnlyList<string> Values(YamlNode node) => node switch
    {
        YamlScalarNode { Value: { } v } => [v],
        YamlSequenceNode s when s.Children.All(c => c is YamlScalarNode) => [.. s.Children.Select(c => ((YamlScalarNode)c).Value ?? "")],
        _ => throw new FormatException("a value or a list of values"),
    };

    private static string Suggest(string name)
    {
        string? near = ConfigurationKeys.All.Keys.MinBy(k => Distance(k, name));
        return near is not null && Distance(near, name) <= 3 ? $"Did you mean '{near}'?" : $"Known keys: {string.Join(", ", ConfigurationKeys.All.Keys)}.";
    }

    /// <summary>Levenshtein distance, case ignored.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }

        return row[b.Length];
    }
}
