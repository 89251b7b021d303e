using XanesMl.Inference.Domain;

namespace XanesMl.Inference.Measured;

/// <summary>What was found of a spectrum so far: the worst verdict, and a sentence for each finding.</summary>
internal sealed class Findings
{
    private readonly List<string> _reasons = [];

    /// <summary>The worst so far.</summary>
    public Verdict Verdict { get; private set; }

    /// <summary>One sentence a finding.</summary>
    public IReadOnlyList<string> Reasons => _reasons;

    /// <summary>Adds a finding.</summary>
    public void Add(Verdict verdict, params IEnumerable<string> reasons)
    {
        Verdict = verdict > Verdict ? verdict : Verdict;
        _reasons.AddRange(reasons);
    }
}
