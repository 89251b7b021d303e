using System.Globalization;
using System.Text.RegularExpressions;
using XanesMl.Spectra;

namespace XanesMl.Training.Importing;

/// <summary>Reads the text that Python prints for a module tree.</summary>
internal static partial class ModulesText
{
    private const int MaxLines = 10_000;

    /// <summary>Leaf modules, with paths that begin with the name of the class or child around them: "FCEncoder.main.0".</summary>
    /// <exception cref="XanesDataException">A line is not of the form that Python prints.</exception>
    public static IReadOnlyList<TorchModule> Parse(string text, string source)
    {
        var modules = new List<TorchModule>();
        var open = new Stack<string>();
        string[] lines = text.Split('\n');
        if (lines.Length > MaxLines)
            throw new XanesDataException($"{lines.Length} lines, at most {MaxLines} are read", source,
                remedy: "Pass the text that print(model) gives");
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0)
                continue;
            if (line == ")" && open.Count > 0)
                open.Pop();
            else if (Header().Match(line) is { Success: true } header)
                open.Push(header.Groups["name"].Success ? header.Groups["name"].Value : header.Groups["class"].Value);
            else if (Leaf().Match(line) is { Success: true } leaf && open.Count > 0)
                modules.Add(new(string.Join('.', open.Reverse().Append(leaf.Groups["name"].Value)), leaf.Groups["class"].Value, Settings(leaf.Groups["arguments"].Value)));
            else
                throw new XanesDataException($"{WeightsFile.Show(line)} is not a line of a printed module", source, i + 1,
                    remedy: "Pass the text that print(model) gives");
        }

        return modules;
    }

    private static Dictionary<string, double> Settings(string arguments)
    {
        var settings = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (Match m in Argument().Matches(arguments))
        {
            string value = m.Groups["value"].Value;
            if (value is "True" or "False")
                settings[m.Groups["name"].Value] = value == "True" ? 1 : 0;
            else if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
                settings[m.Groups["name"].Value] = number;
        }

        return settings;
    }

    [GeneratedRegex(@"^(\((?<name>\w+)\): )?(?<class>\w+)\($", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Header();

    [GeneratedRegex(@"^\((?<name>\w+)\): (?<class>\w+)\((?<arguments>[^()]*)\)$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Leaf();

    [GeneratedRegex(@"(?<name>\w+)=(?<value>[^,\s]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Argument();
}
