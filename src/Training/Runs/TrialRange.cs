using System.Globalization;
using XanesMl.Spectra;

namespace XanesMl.Training.Runs;

/// <summary>Trials that one process of several trains: from the first to the last, both included, counted from 0 as the folders trials/NNN are.</summary>
/// <param name="First">First trial.</param>
/// <param name="Last">Last trial.</param>
public readonly record struct TrialRange(int First, int Last)
{
    /// <summary>Number of trials.</summary>
    public int Count => Last - First + 1;

    /// <summary>Reads "A..B".</summary>
    /// <param name="text">Two whole numbers of 0 or more, the second not smaller.</param>
    /// <param name="range">What it says.</param>
    public static bool TryParse(string text, out TrialRange range)
    {
        ArgumentNullException.ThrowIfNull(text);
        range = default;
        string[] ends = text.Split("..");
        if (ends.Length != 2 || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            || !int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out int last) || last < first || last == int.MaxValue)
            return false;
        range = new TrialRange(first, last);
        return true;
    }

    /// <summary>Refuses a range that goes beyond the trials of the run.</summary>
    /// <param name="trials">Trials of the whole run.</param>
    /// <exception cref="XanesDataException">The range ends after the last trial.</exception>
    public void RequireWithin(int trials)
    {
        if (First < 0 || Last < First || Last >= trials)
            throw new XanesDataException($"trials {this} are not among the {trials} of the run", "--trial-range",
                remedy: $"Trials count from 0: allowed is 0..{trials - 1}, or a larger --trials.");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}..{Last}");
}
