using System.Diagnostics;

namespace XanesMl.Edge.Serving;

/// <summary>What a server has done since its start; counted from several threads.</summary>
internal sealed class ServeCounts
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _requests, _refused, _failed, _spectra;

    /// <summary>Seconds since the start.</summary>
    public double Uptime => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Requests that came, refused ones included.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Requests that were answered with 4xx, or with 503 because too many waited.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Requests that failed by a mistake of ours: 500.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Spectra that have an answer.</summary>
    public long Spectra => Interlocked.Read(ref _spectra);

    public void Came() => Interlocked.Increment(ref _requests);

    public void Answered(int status)
    {
        if (status == 500)
            Interlocked.Increment(ref _failed);
        else if (status >= 400)
            Interlocked.Increment(ref _refused);
    }

    public void Predicted() => Interlocked.Increment(ref _spectra);
}
