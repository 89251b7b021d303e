using XanesMl.Cli.Terminal;

namespace XanesMl.Cli.Normalizing;

/// <summary>How far the run is: about twenty lines, however many files there are.</summary>
internal sealed class NormalizeProgress(CliHost host, int files, bool quiet)
{
    private const int Lines = 20;

    private int _done, _failed, _printed;

    /// <summary>Counts a file.</summary>
    public void FileDone()
    {
        _done++;
        int step = (int)((long)Lines * _done / files);
        if (quiet || files < 2 || step <= _printed)
            return;
        _printed = step;
        host.Say($"{_done} of {files} files" + (_failed > 0 ? $", {_failed} failed" : ""));
    }

    /// <summary>Counts a file or spectrum without a result.</summary>
    public void Failed() => _failed++;
}
