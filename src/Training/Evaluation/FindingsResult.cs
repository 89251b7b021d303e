namespace XanesMl.Training.Evaluation;

/// <summary>Where a finding was looked for.</summary>
public enum FindingSource
{
    /// <summary>The model: what its decoder does when only one style moves.</summary>
    Model,

    /// <summary>The data: partial regression on the descriptor, the other descriptors held.</summary>
    Data,
}

/// <summary>What a finding is about.</summary>
public enum FindingKind
{
    /// <summary>A feature of the curve: edge, pre-edge peak, main peak, pit, second peak.</summary>
    Feature,

    /// <summary>The absorption in a range of energies.</summary>
    Region,
}

/// <summary>Whether model and data say the same of one descriptor and one feature.</summary>
public enum FindingAgreement
{
    /// <summary>Neither source has a finding.</summary>
    Neither,

    /// <summary>Both have a finding of the same sign, as large for the same change of the descriptor within three combined errors and within 5 eV of each other.</summary>
    Both,

    /// <summary>Both have one of the same sign, of another size or at another place.</summary>
    SameSign,

    /// <summary>Only the model has one.</summary>
    ModelOnly,

    /// <summary>Only the data have one.</summary>
    DataOnly,

    /// <summary>Both have one, of opposite signs.</summary>
    Opposite,

    /// <summary>In the model, in the data or in both the feature's name passes from one place of the curve to another, so that there is no size to compare.</summary>
    ChangesPlace,
}

/// <summary>How one quantity of the spectrum moves when one descriptor rises through <see cref="RangeFrom"/> to <see cref="RangeTo"/> and the others stay.</summary>
public sealed record Finding
{
    /// <summary>The sentence: "main peak intensity rises with OCN by 0.12 +- 0.02 at E0 + 12 eV (OCN 2.2 to 4.6; data)".</summary>
    public required string Text { get; init; }

    /// <summary>Name of the descriptor.</summary>
    public required string Descriptor { get; init; }

    /// <summary>Where it was looked for.</summary>
    public required FindingSource Source { get; init; }

    /// <summary>Feature or region.</summary>
    public required FindingKind Kind { get; init; }

    /// <summary>"main peak intensity", "edge position", or "absorption" for a region.</summary>
    public required string Quantity { get; init; }

    /// <summary>Unit of <see cref="Effect"/>: "eV", "1/eV", or "" for intensities, in units of the edge step.</summary>
    public required string EffectUnit { get; init; }

    /// <summary>Where it happens, eV relative to E0: of a feature its mean position, of a region the energy of the largest effect; NaN where it is not known.</summary>
    public required double Energy { get; init; }

    /// <summary>Low end of a region, eV relative to E0; NaN for a feature.</summary>
    public double RegionFrom { get; init; } = double.NaN;

    /// <summary>High end of a region, eV relative to E0; NaN for a feature.</summary>
    public double RegionTo { get; init; } = double.NaN;

    /// <summary>Change of the quantity over the descriptor's range, in <see cref="EffectUnit"/>; positive = rises with the descriptor. NaN, with all that follows from it, where <see cref="Moves"/> says why.</summary>
    public required double Effect { get; init; }

    /// <summary>Standard error of <see cref="Effect"/> by bootstrap over materials: the "+-" of the text.</summary>
    public required double Error { get; init; }

    /// <summary>Low end of the effect's 95 % interval: percentiles of the bootstrap for a feature, the simultaneous band for a region.</summary>
    public required double Low { get; init; }

    /// <summary>High end of the effect's 95 % interval.</summary>
    public required double High { get; init; }

    /// <summary>Two-sided p value of "no effect"; of a region already adjusted for all energies and descriptors.</summary>
    public required double P { get; init; }

    /// <summary>p adjusted for all tests of the same source and kind (Benjamini and Hochberg for features; regions are simultaneous already).</summary>
    public required double Q { get; init; }

    /// <summary>Low end of the descriptor's range, in its unit.</summary>
    public required double RangeFrom { get; init; }

    /// <summary>High end of the descriptor's range, in its unit.</summary>
    public required double RangeTo { get; init; }

    /// <summary>Unit of the descriptor, or "".</summary>
    public required string RangeUnit { get; init; }

    /// <summary>Rows in which the quantity exists, and keeps its place while the model is swept; the effect is theirs.</summary>
    public required int Rows { get; init; }

    /// <summary>Rows that were looked at.</summary>
    public required int Looked { get; init; }

    /// <summary>Materials of those rows, which the bootstrap draws.</summary>
    public required int Materials { get; init; }

    /// <summary>Null for a feature that is one and the same in most rows. Else how its name changes place (another extremum takes it, or it appears or vanishes), in words: such a jump is not a motion and has no size.</summary>
    public string? Moves { get; init; }

    /// <summary>True where the effect is significant at the level of the options and not smaller than what they call noticeable.</summary>
    public required bool Found { get; init; }
}

/// <summary>One descriptor and one feature in both sources.</summary>
/// <param name="Descriptor">Name of the descriptor.</param>
/// <param name="Quantity">Name of the feature.</param>
/// <param name="Model">What the model does, or null where it could not be tested.</param>
/// <param name="Data">What the data do, or null where it could not be tested.</param>
/// <param name="Agreement">Whether they say the same.</param>
public sealed record FindingPair(string Descriptor, string Quantity, Finding? Model, Finding? Data, FindingAgreement Agreement)
{
    /// <summary>The agreement in words: "both", "model; data not tested".</summary>
    public string Words => FindingsText.Words(this);
}

/// <summary>A trend of the literature that was looked for.</summary>
/// <param name="Name">"edge shift with oxidation state", "main peak with second shell".</param>
/// <param name="Descriptor">Descriptor that stands for it here, or null where the model has none.</param>
/// <param name="Expected">1 = the quantity should rise, -1 = fall, 0 = either.</param>
/// <param name="Model">What the model says; null where it could not be tested.</param>
/// <param name="Data">What the data say; null where they could not be tested.</param>
/// <param name="Verdict">Where it was found.</param>
/// <param name="Text">The verdict in words, with numbers.</param>
public sealed record KnownTrend(string Name, string? Descriptor, int Expected, Finding? Model, Finding? Data, TrendVerdict Verdict, string Text)
{
    /// <summary>The verdict as it stands in sentences: "found in model and data".</summary>
    public string Words => FindingsText.Words(Verdict);

    /// <summary>The verdict as it stands in JSON: "both".</summary>
    public string Key => FindingsText.Key(Verdict);
}

/// <summary>Where a trend of the literature was found.</summary>
public enum TrendVerdict
{
    /// <summary>The model has no descriptor that stands for it.</summary>
    NotLookedFor,

    /// <summary>Neither model nor data have a finding of the expected sign.</summary>
    Neither,

    /// <summary>Both have it, with the same sign.</summary>
    Both,

    /// <summary>Both have a finding, of opposite signs.</summary>
    OppositeSigns,

    /// <summary>Only the model has it.</summary>
    ModelOnly,

    /// <summary>Only the data have it.</summary>
    DataOnly,
}

/// <summary>Everything that was looked for and found.</summary>
public sealed record FindingsResult
{
    /// <summary>Every test of a feature, found or not: descriptor by descriptor, model and data side by side.</summary>
    public required IReadOnlyList<FindingPair> Features { get; init; }

    /// <summary>Regions of energies in which the absorption moves, found ones only, largest effect first within a descriptor and source.</summary>
    public required IReadOnlyList<Finding> Regions { get; init; }

    /// <summary>The literature's trends, found or not.</summary>
    public required IReadOnlyList<KnownTrend> KnownTrends { get; init; }

    /// <summary>What was done, in words: rows, materials, draws, tests, error rates; and what could not be tested and why.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What was asked for, seed included.</summary>
    public required FindingsOptions Options { get; init; }

    /// <summary>The sentences of what was found or changes place; empty where nothing was.</summary>
    public IReadOnlyList<string> Sentences =>
    [
        .. Features.SelectMany(p => new[] { p.Model, p.Data }).OfType<Finding>().Concat(Regions).Where(f => f.Found || f.Moves is not null).Select(f => f.Text).Distinct(StringComparer.Ordinal),
    ];
}
