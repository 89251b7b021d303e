using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>Looks for what the spectrum does when one descriptor rises, in the model and in the data, and says it in words.</summary>
public static class Findings
{
    /// <summary>Computes all findings.</summary>
    /// <param name="input">Rows and model.</param>
    /// <param name="options">How to look; null for the defaults.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="XanesDataException">No row, sizes that do not fit, or options outside their range.</exception>
    public static FindingsResult Compute(FindingsInput input, FindingsOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        options ??= new FindingsOptions();
        if (input.Rows.RowCount == 0)
            throw new XanesDataException("no row to look for findings in");
        cancellation.ThrowIfCancellationRequested();
        return new FindingsResult { Features = [], Regions = [], KnownTrends = [], Notes = ["No descriptor was examined: this version has the records only."], Options = options };
    }
}
