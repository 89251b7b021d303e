namespace XanesMl.Training.Runs;

/// <summary>Estimates the time until all trials of a process are done: their epochs dealt out to the workers, times the time that an epoch takes.</summary>
/// <remarks>Epochs of earlier runs do not count as speed, only as work that is not left. The time of an epoch is a mean over all workers that forgets
/// slowly, so that one slow epoch does not move the estimate; the first epoch of a worker (code and libraries load) counts only until others are known.
/// Dealing out matters at the end: five trials on four workers take as long as eight. Not safe for several threads; the caller locks.</remarks>
internal sealed class RemainingTime
{
    // The mean reaches back over this many epochs, or over a tenth of the whole work where that is more.
    private const int LeastMemory = 200;

    private readonly int[] _left;
    private readonly bool[] _started, _warm;
    private readonly int _workers;
    private readonly long _total;
    private readonly double _memory;
    private double _mean;
    private long _measured;

    /// <summary>Starts with nothing measured.</summary>
    /// <param name="epochsLeft">Epochs left of each trial, in the order in which they will start.</param>
    /// <param name="total">Epochs of all these trials, those of earlier runs included.</param>
    /// <param name="workers">Trials at once.</param>
    public RemainingTime(IReadOnlyList<int> epochsLeft, long total, int workers)
    {
        (_left, _total, _workers) = ([.. epochsLeft], Math.Max(1, total), Math.Max(1, workers));
        _started = new bool[_left.Length];
        _warm = new bool[_left.Length];
        _memory = Math.Max(LeastMemory, 0.1 * epochsLeft.Sum(e => (double)e));
    }

    /// <summary>Part of all epochs that is done, those of earlier runs included, from 0 to 1.</summary>
    public double Done => 1 - (_left.Sum(e => (double)e) / _total);

    /// <summary>A worker has taken up a trial.</summary>
    /// <param name="trial">Place in the list.</param>
    /// <param name="epochsLeft">What is really left of it.</param>
    public void Start(int trial, int epochsLeft) => (_started[trial], _left[trial]) = (true, epochsLeft);

    /// <summary>A trial has done one more epoch.</summary>
    /// <param name="trial">Place in the list.</param>
    /// <param name="seconds">Time that the epoch took, validation and checkpoint included.</param>
    public void Epoch(int trial, double seconds)
    {
        _left[trial] = Math.Max(0, _left[trial] - 1);
        if (!_warm[trial])
        {
            _warm[trial] = true;
            if (_measured > 0)
                return;
            _mean = seconds;
            return;
        }

        _measured++;
        _mean += (seconds - _mean) / Math.Min(_measured, _memory);
    }

    /// <summary>A trial has ended, whatever was left of it.</summary>
    /// <param name="trial">Place in the list.</param>
    public void End(int trial) => _left[trial] = 0;

    /// <summary>The estimate; zero while nothing is measured.</summary>
    public TimeSpan Estimate() => TimeSpan.FromSeconds(_mean * Makespan());

    /// <summary>Epochs that the busiest worker still has: running trials stay where they are, the others go to whoever is free first.</summary>
    private double Makespan()
    {
        // at most _workers have started and not ended; an ended one leaves its worker free at once
        var free = new PriorityQueue<int, long>(_workers);
        int running = 0;
        long longest = 0;
        for (int i = 0; i < _left.Length; i++)
        {
            if (!_started[i] || _left[i] == 0)
                continue;
            free.Enqueue(running++, _left[i]);
            longest = Math.Max(longest, _left[i]);
        }

        for (; running < _workers; running++)
            free.Enqueue(running, 0);
        for (int i = 0; i < _left.Length; i++)
        {
            if (_started[i] || _left[i] == 0)
                continue;
            free.TryDequeue(out int worker, out long at);
            free.Enqueue(worker, at + _left[i]);
            longest = Math.Max(longest, at + _left[i]);
        }

        return longest;
    }
}
