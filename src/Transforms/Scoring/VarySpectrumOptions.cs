using XanesMl.Spectra;

namespace XanesMl.Transforms.Scoring;

/// <summary>What VarySpectrum sweeps, and the columns.</summary>
public sealed record VarySpectrumOptions
{
    /// <summary>Most steps of a sweep: the matrix of a row stays below 1 MB for 256 points.</summary>
    public const int MostSteps = 1000;

    /// <summary>Name of a descriptor of the model, for instance "CN": its style is swept. Either this or <see cref="Style"/>.</summary>
    public string? Descriptor { get; init; }

    /// <summary>Style to sweep, counted from 1 as in the slot names Style1, Style2, ...</summary>
    public int? Style { get; init; }

    /// <summary>Input: Vector&lt;Single, styles&gt;; the other styles are the row's own. Null: they are 0, the mean of the training rows, and every row has the same answer.</summary>
    public string? Styles { get; init; } = Defaults.StylesColumn;

    /// <summary>First value of the style. Default -1.645: styles are standardized, and 5 % of a standard normal distribution lie below.</summary>
    public double Low { get; init; } = -1.645;

    /// <summary>Last value of the style. Default 1.645, above which 5 % lie.</summary>
    public double High { get; init; } = 1.645;

    /// <summary>Steps from the first to the last value, both included, 2 to 1000. Default 50, as in the RankAAE paper. Each costs one decoded spectrum a row.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>Output: the spectra, Vector&lt;Single, steps, points&gt;; slots are named after the style's value and the energy. Null leaves it out.</summary>
    public string? Variation { get; init; } = Defaults.VariationColumn;

    /// <summary>Output: last spectrum minus first, Vector&lt;Single, points&gt;; slots ENE_energy. Null leaves it out.</summary>
    public string? Residual { get; init; } = Defaults.ResidualColumn;

    internal VarySpectrumOptions Checked()
    {
        if ((Descriptor is null) == (Style is null))
            throw new XanesDataException("the style to vary is not said, or said twice", "option Style", remedy: "Give either Descriptor or Style.");
        if (Steps is < 2 or > MostSteps)
            throw new XanesDataException($"the steps are {Steps}", "option Steps", remedy: $"Give 2 to {MostSteps}.");
        if (!double.IsFinite(Low) || !double.IsFinite(High) || Low >= High)
            throw new XanesDataException(FormattableString.Invariant($"the range is {Low} to {High}"), "option Low", remedy: "Give two finite values of the style, the lower one first.");
        if (Variation is null && Residual is null)
            throw new XanesDataException("no output column is asked for", "options Variation and Residual", remedy: "Name at least one.");
        Measured.Outputs.RequireDistinct([Variation, Residual]);
        return this;
    }
}
