using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace XanesMl.Verbs;

/// <summary>Options whose errors name the option, the value and what is allowed.</summary>
internal static class Options
{
    /// <summary>--quiet.</summary>
    public static Option<bool> Quiet() => new("--quiet") { Description = "No progress and no summary; errors only." };

    /// <summary>--json.</summary>
    public static Option<bool> Json(string what) => new("--json") { Description = $"Print {what} as JSON to stdout instead of a table." };

    /// <summary>--resample.</summary>
    public static Option<bool> Resample() => new("--resample")
    {
        Description = "Put tables of spectra of another energy grid onto the model's (quadratic spline, end values held). Measured spectra always are.",
    };

    /// <summary>An option with a path.</summary>
    public static Option<string> Path(string name, string helpName, string description, bool required = false) =>
        new(name) { Description = description, HelpName = helpName, Required = required, CustomParser = r => NotEmpty(r) };

    /// <summary>A whole number within bounds.</summary>
    public static Option<int?> Whole(string name, string helpName, string description, int min, int max) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = r =>
        {
            string text = Single(r);
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max)
                return value;
            string allowed = max == int.MaxValue ? $"a whole number of {min} or more" : $"a whole number from {min} to {max}";
            r.AddError($"{name} is '{text}'. Allowed: {allowed}");
            return null;
        },
    };

    /// <summary>A finite number.</summary>
    public static Option<double?> Number(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = r =>
        {
            string text = Single(r);
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value))
                return value;
            r.AddError($"{name} is '{text}'. Allowed: a number, such as 8979 or -30.5");
            return null;
        },
    };

    /// <summary>One of several words.</summary>
    public static Option<string?> Choice(string name, string description, params string[] values) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', values),
        CustomParser = r =>
        {
            string text = Single(r);
            if (values.Contains(text, StringComparer.Ordinal))
                return text;
            r.AddError($"{name} is '{text}'. Allowed: {string.Join(", ", values)}");
            return null;
        },
    };

    private static string NotEmpty(ArgumentResult r)
    {
        string text = Single(r);
        if (string.IsNullOrWhiteSpace(text))
            r.AddError($"{(r.Parent as OptionResult)?.Option.Name} is empty. Allowed: a path");
        return text;
    }

    internal static string Single(ArgumentResult r) => r.Tokens.Count == 0 ? "" : r.Tokens[^1].Value;
}
