using System.Globalization;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Reading;

namespace XanesMl.Bench.Domain;

/// <summary>A measured spectrum with what a textbook says of the sample.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Element">Absorbing element.</param>
/// <param name="Sample">Formula or name.</param>
/// <param name="Neighbour">Element of the first shell; empty where nobody says.</param>
/// <param name="OxidationState">Oxidation state, NaN where nobody says.</param>
/// <param name="Coordination">Number of neighbours, NaN where nobody says.</param>
/// <param name="Spectrum">Raw mu as the file has it.</param>
internal sealed record KnownSpectrum(string File, string Element, string Sample, string Neighbour, double OxidationState, double Coordination, MeasuredSpectrum Spectrum);

/// <summary>Spectra from outside a copper model's domain, and from within it.</summary>
/// <param name="shared">Folder of the test data (docs/domain.md).</param>
internal sealed class DomainSets(string shared)
{
    /// <summary>Elements whose simulated oxides stand in for foreign ones.</summary>
    public static IReadOnlyList<string> Foreign { get; } = ["Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni"];

    /// <summary>The table that the model was trained on.</summary>
    public SpectraTable Training() => SpectraTableReader.Read(Path.Combine(shared, "cu-feff", "feff_Cu_CT_CN_OCN_RSTD_MOOD_spec_3908.csv.gz"));

    /// <summary>Rows that neither trained nor validated the model.</summary>
    public static int[] HeldOut(ModelFolder folder) => folder.Split is { Test.Count: > 0 } split ? [.. split.Test]
        : throw new XanesDataException("no rows were held out of this model", "option MODEL", remedy: "Give a model that was trained with a test part.");

    /// <summary>Whether a spectrum of the collection is a metal: by the textbook, or of copper by a name without a label (scans of foils at several temperatures).</summary>
    public static bool IsMetal(KnownSpectrum k) => k.Neighbour == k.Element || (k.Element == "Cu" && (k.File.StartsWith("Cu_larchprj_cu_", StringComparison.Ordinal) || k.File.Contains("dispersive", StringComparison.Ordinal)));

    /// <summary>All measured spectra of the collection.</summary>
    public IReadOnlyList<KnownSpectrum> Measured()
    {
        string folder = Path.Combine(shared, "experimental", "larch-default");
        string[][] rows = [.. File.ReadLines(Path.Combine(folder, "index.csv")).Select(l => l.Split(','))];
        int Column(string name) => Array.IndexOf(rows[0], name);
        double Number(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out double v) ? v : double.NaN;
        return
        [
            .. rows.Skip(1).Select(r =>
            {
                double[][] values = [.. File.ReadLines(Path.Combine(folder, r[Column("file")])).Skip(1).Select(l => Array.ConvertAll(l.Split(','), c => double.Parse(c, CultureInfo.InvariantCulture)))];
                var spectrum = new MeasuredSpectrum
                {
                    Energies = Array.ConvertAll(values, v => v[0]), Mu = Array.ConvertAll(values, v => v[1]), Signal = SignalKind.Absorption, Name = r[Column("name")], Path = r[Column("file")],
                    Format = "columns", Columns = "energy; mu", Element = r[Column("element")],
                };
                return new KnownSpectrum(r[Column("file")], r[Column("element")], r[Column("formula")], r[Column("shell")], Number(r[Column("OS")]), Number(r[Column("CN")]), spectrum);
            }),
        ];
    }

    /// <summary>Measured files as the facilities wrote them, one entry a spectrum that a reader finds.</summary>
    public IReadOnlyList<MeasuredSpectrum> Files()
    {
        var spectra = new List<MeasuredSpectrum>();
        foreach (string kind in new[] { "xdi", "columns", "athena", "beamlines" })
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(shared, "experimental", kind)).Order(StringComparer.Ordinal))
            {
                try
                {
                    spectra.AddRange(MeasuredSpectrumReader.Read(file));
                }
                catch (XanesDataException)
                {
                    // Not a spectrum of absorption (chi data, for instance): nothing reaches a model.
                }
            }
        }

        return spectra;
    }

    /// <summary>Simulated oxides without labels, 35 eV of them.</summary>
    public SpectraTable Unlabelled(string element) => SpectraTableReader.Read(Directory.GetFiles(Path.Combine(shared, "unlabelled"), $"feff_{element}_*")[0]);

    /// <summary>Our own simulated oxides, 85 eV of them.</summary>
    public static SpectraTable Embedded(string element) => SpectraTableReader.Read(Path.Combine("data", element + ".csv.gz"));

    /// <summary>The same spectrum with its energies where copper's would be and nobody saying the element.</summary>
    public static MeasuredSpectrum Disguised(MeasuredSpectrum s, string element) => s with
    {
        Element = null, Edge = null, Energies = Array.ConvertAll(s.Energies.ToArray(), e => e + KEdges.Energy("Cu") - KEdges.Energy(element)), Path = "disguised " + s.Path,
    };

    /// <summary>A row of a table as a simulated spectrum with the scale that makes its last tenth 1 on average.</summary>
    public static MeasuredSpectrum Row(SpectraTable table, int row, string? element, double shift, bool rescale)
    {
        double[] mu = Array.ConvertAll(table.Spectrum(row).ToArray(), v => (double)v);
        double scale = rescale ? mu[^(mu.Length / 10)..].Average() : 1;
        return new MeasuredSpectrum
        {
            Energies = Array.ConvertAll(table.Grid.Energies.ToArray(), e => e + shift), Mu = Array.ConvertAll(mu, v => v / scale), Signal = SignalKind.Simulated, Name = table.Materials[row],
            Path = "table", Index = row, Format = "table", Columns = "a row", Element = element,
        };
    }
}
