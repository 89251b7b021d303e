using System.CommandLine;
using System.CommandLine.Parsing;

namespace XanesMl.Verbs;

/// <summary>What is wrong with a command line, in one sentence with its remedy.</summary>
internal static class UsageErrors
{
    /// <summary>Describes the first error of a parse.</summary>
    /// <param name="result">The parse.</param>
    /// <param name="program">Name of the program.</param>
    public static string Describe(ParseResult result, string program)
    {
        var command = result.CommandResult.Command;
        string path = command is RootCommand ? program : program + " " + command.Name;
        string help = $"See '{path} --help'.";
        if ((UnknownOption(result) ?? (result.UnmatchedTokens.Count > 0 ? result.UnmatchedTokens[0] : null)) is { } token)
        {
            bool isOption = token.StartsWith('-');
            var known = isOption ? command.Options.Select(o => o.Name) : command.Subcommands.Select(c => c.Name);
            string what = isOption ? $"unknown option '{token}' for '{path}'" : command.Subcommands.Count > 0 ? $"unknown verb '{token}'" : $"unexpected argument '{token}' for '{path}'";
            return $"{what}. {Suggest(token, [.. known])}{help}";
        }

        if (result.CommandResult.Command.Subcommands.Count > 0)
            return $"a verb is missing. Verbs: {string.Join(", ", command.Subcommands.Select(c => c.Name))}. {help}";
        return result.Errors[0].Message.TrimEnd('.') + ". " + help;
    }

    /// <summary>A word that looks like an option but was taken as the value of an argument or option that takes several, or null.</summary>
    public static string? UnknownOption(ParseResult result) => result.Tokens
        .TakeWhile(t => t.Type != TokenType.DoubleDash)
        .FirstOrDefault(t => t.Type == TokenType.Argument && t.Value.Length > 2 && t.Value.StartsWith("--", StringComparison.Ordinal))?.Value;

    private static string Suggest(string token, IReadOnlyList<string> known)
    {
        string? near = known.MinBy(k => Distance(k, token));
        return near is not null && Distance(near, token) <= Math.Max(2, token.Length / 3) ? $"Did you mean '{near}'? " : "";
    }

    /// <summary>Edits (insert, delete, replace, swap of neighbours) between two words: the restricted Damerau-Levenshtein distance.</summary>
    internal static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }
}
