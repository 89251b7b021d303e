using System.Runtime.InteropServices;

namespace XanesMl.Verbs;

/// <summary>Turns the first Ctrl-C (or SIGTERM) into a cancellation, so that work can be saved; the second ends the process as usual.</summary>
internal sealed class InterruptSource : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly Action<string> _say;
    private readonly PosixSignalRegistration _interrupt, _terminate;

    /// <summary>Starts to listen.</summary>
    /// <param name="say">Tells the user what happens.</param>
    public InterruptSource(Action<string> say)
    {
        _say = say;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
            return;
        context.Cancel = true;
        _say("interrupted: stopping cleanly; press Ctrl-C again to quit at once");
        _source.Cancel();
    }
}
