using System.CommandLine;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Commands;

/// <summary>Options about trials.</summary>
internal static class TrialOptions
{
    /// <summary>Trials A to B of a run.</summary>
    public static Option<TrialRange?> Range(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "A..B",
        CustomParser = r =>
        {
            string text = Options.Single(r);
            if (TrialRange.TryParse(text, out var range))
                return range;
            r.AddError($"{name} is '{text}'. Allowed: A..B, the first and the last trial counted from 0, as 0..7 or 3..3");
            return null;
        },
    };
}
