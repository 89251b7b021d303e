using XanesMl.Spectra.IO;

namespace XanesMl.Inference;

/// <summary>A model folder, or a file of it, that cannot be used: missing, damaged, of another version, or contradicting itself.
/// The message says what was expected, in which file, what was found, and the remedy.</summary>
public sealed class XanesModelException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="problem">What is wrong or what was expected: "output 'styles' must be [N, 6]".</param>
    /// <param name="file">The file or folder at fault.</param>
    /// <param name="value">What was found instead; null where the problem says all.</param>
    /// <param name="remedy">What the user can do, as a sentence.</param>
    /// <param name="inner">The cause.</param>
    public XanesModelException(string problem, string file, string? value = null, string? remedy = null, Exception? inner = null)
        : base(file + ": " + SafeText.Clause(problem) + (value is null ? "" : ", found " + SafeText.Clause(value)) + (remedy is null ? "" : ". " + remedy), inner)
    {
        Problem = problem;
        File = file;
        Value = value;
        Remedy = remedy;
    }

    /// <summary>What is wrong or what was expected.</summary>
    public string Problem { get; }

    /// <summary>The file or folder at fault.</summary>
    public string File { get; }

    /// <summary>What was found instead, or null.</summary>
    public string? Value { get; }

    /// <summary>What the user can do, or null.</summary>
    public string? Remedy { get; }
}
