namespace XanesMl.Verbs;

/// <summary>Exit codes of every verb; scripts depend on them.</summary>
internal static class ExitCode
{
    /// <summary>All done.</summary>
    public const int Done = 0;

    /// <summary>Some inputs failed; the results of the others are written.</summary>
    public const int SomeFailed = 1;

    /// <summary>Bad use or bad input; nothing is written.</summary>
    public const int BadInput = 2;

    /// <summary>A defect of this program (EX_SOFTWARE of BSD's sysexits.h).</summary>
    public const int Defect = 70;

    /// <summary>Interrupted by Ctrl-C or a termination signal, after saving (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}
