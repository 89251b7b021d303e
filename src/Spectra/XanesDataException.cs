using XanesMl.Spectra.IO;

namespace XanesMl.Spectra;

/// <summary>Input that cannot be used: a file, table, grid or option. The message says what is wrong, where, the value and the remedy.</summary>
public sealed class XanesDataException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="problem">What is wrong, with the offending value: "energy 8985.332 eV comes after 8986.1 eV".</param>
    /// <param name="source">Where: a file path, or the name of a column or option; null where there is none.</param>
    /// <param name="line">Line of the file, counted from 1; null where it does not apply.</param>
    /// <param name="column">Column name or number; null where it does not apply.</param>
    /// <param name="remedy">What the user can do, as a sentence.</param>
    /// <param name="inner">The cause.</param>
    public XanesDataException(string problem, string? source = null, long? line = null, string? column = null, string? remedy = null, Exception? inner = null)
        : base(Compose(problem, source, line, column, remedy), inner)
    {
        Problem = problem;
        InputSource = source;
        Line = line;
        Column = column;
        Remedy = remedy;
    }

    /// <summary>What is wrong, with the offending value.</summary>
    public string Problem { get; }

    /// <summary>File, column or option at fault.</summary>
    public string? InputSource { get; }

    /// <summary>Line of the file, counted from 1.</summary>
    public long? Line { get; }

    /// <summary>Column name or number.</summary>
    public string? Column { get; }

    /// <summary>What the user can do.</summary>
    public string? Remedy { get; }

    private static string Compose(string problem, string? source, long? line, string? column, string? remedy)
    {
        string where = source ?? "";
        if (line is not null)
            where += $"{(where.Length > 0 ? ", " : "")}line {line}";
        if (column is not null)
            where += $"{(where.Length > 0 ? ", " : "")}column {column}";
        string message = (where.Length > 0 ? where + ": " : "") + (remedy is null ? problem : SafeText.Clause(problem) + ". " + remedy);
        // Values come out of files: a control character must not reach somebody's terminal.
        return message.Any(char.IsControl) ? string.Concat(message.Select(c => c == '\n' ? ' ' : char.IsControl(c) ? '?' : c)) : message;
    }
}
