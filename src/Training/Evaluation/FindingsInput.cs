using XanesMl.Inference.Models;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>How findings are looked for.</summary>
public sealed record FindingsOptions
{
    /// <summary>Bootstrap samples of the materials, at least 100. Standard errors of 500 samples are good to about 3 %.</summary>
    public int Draws { get; init; } = 500;

    /// <summary>Seed of the samples.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Error rate: the false discovery rate of features, the family-wise error rate of regions.</summary>
    public double Level { get; init; } = 0.05;

    /// <summary>Percentile of descriptors and styles where their range begins.</summary>
    public double LowPercentile { get; init; } = 5;

    /// <summary>Percentile where it ends.</summary>
    public double HighPercentile { get; init; } = 95;

    /// <summary>Smallest change of an intensity that is called a finding, in units of the edge step: a significant 0.001 helps nobody.</summary>
    public double SmallestIntensity { get; init; } = 0.01;

    /// <summary>Smallest change of a position that is called a finding, eV.</summary>
    public double SmallestShift { get; init; } = 0.1;

    /// <summary>Steps of a sweep through the model, from one to the next of which features are followed.</summary>
    public int FollowSteps { get; init; } = 12;

    /// <summary>A feature that is farther away than this one step later is another one under the same name, eV. A swept feature moves by well below 1 eV a step, and two maxima that the local fit tells
    /// apart are at least its width of 4 eV apart.</summary>
    public double LargestJump { get; init; } = 3;

    /// <summary>Smallest part of the rows that must have a feature, and keep it on the way, for a change to be given.</summary>
    public double LeastKept { get; init; } = 0.5;

    /// <summary>Widest spread of a feature's positions in the data (middle 90 % of the rows, elements each about their median), eV: where they spread farther, one name stands for several features
    /// and a change of its position is none.</summary>
    public double WidestSpread { get; init; } = 10;

    /// <summary>Most rows whose curves are swept through the decoder; more rows are thinned out evenly.</summary>
    public int MostSweptRows { get; init; } = 600;

    /// <summary>Most rows of the regression on the data; more are thinned out by whole materials. Memory and time grow with them, certainty hardly.</summary>
    public int MostRows { get; init; } = 6000;
}

/// <summary>What findings are computed from.</summary>
public sealed record FindingsInput
{
    /// <summary>Rows to look at, on the model's grid: spectra, materials, elements and the descriptors. Held-out rows keep model and data apart; all rows see more.</summary>
    public required SpectraTable Rows { get; init; }

    /// <summary>The model's descriptors; descriptor k belongs to style k. A name that the table lacks is not looked at in the data.</summary>
    public required IReadOnlyList<DescriptorInfo> Descriptors { get; init; }

    /// <summary>Calibration of each descriptor, or empty: then the model's ranges are in standard deviations of the style.</summary>
    public IReadOnlyList<Calibration> Calibrations { get; init; } = [];

    /// <summary>[rows x styles] styles of the rows.</summary>
    public required ReadOnlyMemory<float> Styles { get; init; }

    /// <summary>Number of styles.</summary>
    public required int StyleCount { get; init; }

    /// <summary>Decoder: styles [n x StyleCount] and n to spectra [n x points], row-major.</summary>
    public required Func<float[], int, float[]> Decode { get; init; }

    /// <summary>E0 that energies of findings are relative to, in the grid's numbers; null: the mean edge position of the rows.</summary>
    public double? E0 { get; init; }

    /// <summary>Takes everything from a model.</summary>
    /// <param name="model">The model; it must stay open while findings are computed.</param>
    /// <param name="rows">Rows on the model's grid.</param>
    public static FindingsInput From(SpectrumModel model, SpectraTable rows)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(rows);
        if (!rows.Grid.Matches(model.Grid))
            throw new XanesDataException($"the rows have {rows.Grid}, the model {model.Grid}", remedy: "Put the rows onto the model's grid first.");
        var m = model.Metadata;
        double? e0 = m.EnergyAxis == EnergyAxis.RelativeToEdge ? 0 : m.EdgeReferences.Count == 1 ? m.EdgeReferences.Values.Single() : null;
        return new FindingsInput
        {
            Rows = rows, Descriptors = m.Descriptors, Calibrations = m.Calibrations, StyleCount = m.StyleCount, E0 = e0,
            Styles = model.EncodeStyles(rows.Spectra.Span, rows.RowCount),
            Decode = (batch, n) => model.DecodeStyles(batch.AsSpan(0, n * m.StyleCount), n),
        };
    }
}
