namespace XanesMl.Spectra.Splitting;

/// <summary>How rows are given to the parts.</summary>
public enum SplitKind
{
    /// <summary>All rows of one material go to one part, so that a model is tested on materials that it has never seen.</summary>
    Grouped,

    /// <summary>By row position: first the training rows, then validation, then test, as the RankAAE reference does. Leaks where a material has several sites.</summary>
    Positional,

    /// <summary>Each row on its own, shuffled. Leaks where a material has several sites.</summary>
    Random,
}

/// <summary>Fractions of the rows, 0 to 1, that go to each part; they add up to 1.</summary>
/// <param name="Train">Rows that weights are learnt from; above 0.</param>
/// <param name="Validation">Rows that choose checkpoints, trials and calibrations; above 0.</param>
/// <param name="Test">Rows that are used once, to report; 0 where a separate test set exists.</param>
public sealed record SplitFractions(double Train, double Validation, double Test)
{
    /// <summary>0.70, 0.15, 0.15: those of the RankAAE paper.</summary>
    public static SplitFractions Default { get; } = new(0.70, 0.15, 0.15);

    internal void Validate()
    {
        bool valid = Train > 0 && Validation > 0 && Test >= 0 && Math.Abs(Train + Validation + Test - 1) < 1e-9;
        if (!valid)
            throw new XanesDataException(FormattableString.Invariant($"the split fractions are {Train}, {Validation} and {Test}"), "option split fractions",
                remedy: "Training and validation must be above 0, test 0 or more, and all three must add up to 1.");
    }
}

/// <summary>Which rows are for training, validation and test. Every row of the table is in exactly one part.</summary>
/// <param name="Kind">How the rows were given to the parts.</param>
/// <param name="Seed">Seed of the shuffle; without effect for <see cref="SplitKind.Positional"/>.</param>
/// <param name="Fractions">Fractions that were asked for.</param>
/// <param name="Train">Rows for training, ascending.</param>
/// <param name="Validation">Rows for validation, ascending.</param>
/// <param name="Test">Rows for test, ascending.</param>
public sealed record DataSplit(SplitKind Kind, ulong Seed, SplitFractions Fractions, int[] Train, int[] Validation, int[] Test);
