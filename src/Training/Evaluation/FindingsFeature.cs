using XanesMl.Spectra;
using XanesMl.Spectra.Features;

namespace XanesMl.Training.Evaluation;

/// <summary>A feature of the curve that findings are about.</summary>
/// <param name="Noun">What it belongs to: "pit".</param>
/// <param name="Quantity">Its name in sentences: "pit position".</param>
/// <param name="Unit">Its unit; "" = the edge step.</param>
/// <param name="Value">Its value; positions in the grid's energies.</param>
/// <param name="Energy">Where it is, in the grid's energies.</param>
/// <param name="Jumps">False where the value stays continuous when the name passes from one place of the curve to another: the largest of a curve's slopes, or the highest of its peaks.</param>
internal sealed record FindingsFeature(string Noun, string Quantity, string Unit, Func<SpectralFeatures, double> Value, Func<SpectralFeatures, double> Energy, bool Jumps = true)
{
    /// <summary>Name of the edge position in sentences.</summary>
    public const string EdgePosition = "edge position";

    /// <summary>Name of the main peak's intensity in sentences.</summary>
    public const string MainPeak = "main peak";

    /// <summary>All of them. Curvatures are left out: they follow the intensities and say nothing of their own that the noise leaves standing.</summary>
    public static IReadOnlyList<FindingsFeature> All { get; } =
    [
        new("edge", EdgePosition, "eV", f => f.EdgeEnergy, f => f.EdgeEnergy),
        new("inflection", "inflection", "eV", f => f.InflectionEnergy, f => f.InflectionEnergy),
        new("inflection", "edge slope", "1/eV", f => f.EdgeSlope, f => f.InflectionEnergy, Jumps: false),
        new("pre-edge peak", "pre-edge position", "eV", f => f.PreEdge.Energy, f => f.PreEdge.Energy),
        new("pre-edge peak", "pre-edge height", "", f => f.PreEdge.Height, f => f.PreEdge.Energy),
        new("main peak", "main peak position", "eV", f => f.MainPeak.Energy, f => f.MainPeak.Energy),
        new("main peak", MainPeak, "", f => f.MainPeak.Intensity, f => f.MainPeak.Energy, Jumps: false),
        new("pit", "pit position", "eV", f => f.Pit.Energy, f => f.Pit.Energy),
        new("pit", "pit", "", f => f.Pit.Intensity, f => f.Pit.Energy),
        new("second peak", "second peak position", "eV", f => f.SecondPeak.Energy, f => f.SecondPeak.Energy),
        new("second peak", "second peak", "", f => f.SecondPeak.Intensity, f => f.SecondPeak.Energy),
    ];

    /// <summary>Whether it is an energy.</summary>
    public bool IsPosition => Unit == "eV";

    /// <summary>Smallest change that is called a finding.</summary>
    public double Smallest(FindingsOptions options) => IsPosition ? options.SmallestShift : options.SmallestIntensity;

    /// <summary>Features of row-major spectra, energies as the grid has them.</summary>
    public static SpectralFeatures[] Extract(SpectralFeatureExtractor extractor, ReadOnlyMemory<float> spectra, int rows, CancellationToken cancellation)
    {
        int points = extractor.Grid.Count;
        var features = new SpectralFeatures[rows];
        Parallel.For(0, rows, new ParallelOptions { CancellationToken = cancellation }, i => features[i] = extractor.Extract(spectra.Span.Slice(i * points, points), 0));
        return features;
    }
}

/// <summary>The range of a descriptor that an effect belongs to.</summary>
/// <param name="Name">Descriptor.</param>
/// <param name="Unit">Its unit, or "".</param>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it ends.</param>
internal sealed record FindingsRange(string Name, string Unit, double From, double To);

/// <summary>The tests of one source before they are put into words.</summary>
internal sealed record FindingsEvidence
{
    /// <summary>Model or data.</summary>
    public required FindingSource Source { get; init; }

    /// <summary>Descriptors that could be looked at, and their ranges.</summary>
    public required IReadOnlyList<FindingsRange> Ranges { get; init; }

    /// <summary>[descriptors][features] effect over the range; what could not be tested is missing.</summary>
    public required IReadOnlyList<FindingsTest[]> Tests { get; init; }

    /// <summary>Effect on each grid point, descriptor x points; null where it could not be computed.</summary>
    public required BootstrapEffects? Curves { get; init; }

    /// <summary>Rows behind <see cref="Curves"/>.</summary>
    public required int Rows { get; init; }

    /// <summary>Nothing could be looked at.</summary>
    public static FindingsEvidence None(FindingSource source) => new() { Source = source, Ranges = [], Tests = [], Curves = null, Rows = 0 };

    /// <summary>Sentences on features that too few rows have.</summary>
    public IEnumerable<string> Rare(FindingsOptions options)
    {
        string source = Source == FindingSource.Model ? "Model" : "Data";
        return FindingsFeature.All.Select((f, n) => (f, n)).Where(p => p.f.IsPosition).Select(p => (p.f, Tests: Ranges.Select((r, k) => (r.Name, Test: Tests[k][p.n])).Where(t => t.Test.IsRare).ToArray()))
            .Where(p => p.Tests.Length > 0)
            .Select(p => FormattableString.Invariant($"{source}: {p.f.Noun} not tested for {string.Join(", ", p.Tests.Select(t => t.Name))}: at most {p.Tests.Max(t => t.Test.Rows)} of {p.Tests[0].Test.Looked} rows have one, and at least {100 * options.LeastKept:0} % should."));
    }
}

/// <summary>One test of a feature.</summary>
/// <param name="Summary">Effect with its uncertainty.</param>
/// <param name="Energy">Mean position of the feature, in the grid's energies.</param>
/// <param name="Rows">Rows that have the feature and keep it.</param>
/// <param name="Materials">Their materials.</param>
internal sealed record FindingsTest(BootstrapSummary Summary, double Energy, int Rows, int Materials)
{
    /// <summary>Could not be made.</summary>
    public static FindingsTest Missing { get; } = new(BootstrapSummary.Missing, double.NaN, 0, 0);

    /// <summary>Rows that were looked at.</summary>
    public int Looked { get; init; }

    /// <summary>Too few rows have the feature; <see cref="Rows"/> of <see cref="Looked"/> do.</summary>
    public bool IsRare { get; init; }

    /// <summary>How the name changes place, where it does so too often for a size; else null.</summary>
    public string? Moves { get; init; }

    /// <summary>Too few rows have it.</summary>
    public static FindingsTest Rare(int rows, int looked) => Missing with { Rows = rows, Looked = looked, IsRare = true };

    /// <summary>The name does not stay with one feature.</summary>
    public static FindingsTest Unstable(string how, int kept, int looked) => Missing with { Rows = kept, Looked = looked, Moves = how };
}
