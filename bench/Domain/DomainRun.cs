using System.Globalization;
using System.Text;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Measured;

namespace XanesMl.Bench.Domain;

/// <summary>How often a copper model's verdict is wrong: spectra from outside its domain that it passes, and spectra from within it that it does not. Writes the tables of docs/domain.md.</summary>
internal sealed class DomainRun
{
    private const int Seed = 7;
    private readonly SpectrumModel _model;
    private readonly DomainSets _sets;
    private readonly MeasuredPredictor _predictor;
    private readonly SpectraTable _table;
    private readonly int[] _rows;
    private readonly StringBuilder _text = new();

    private DomainRun(SpectrumModel model, DomainSets sets)
    {
        (_model, _sets, _predictor, _table) = (model, sets, new MeasuredPredictor(model), sets.Training());
        _rows = DomainSets.HeldOut(model.Folder);
    }

    /// <summary>Measures, prints and writes.</summary>
    /// <param name="modelFolder">A copper model with held-out rows.</param>
    /// <param name="demo">What `xanesml demo` wrote.</param>
    /// <param name="shared">Folder of the test data.</param>
    /// <param name="path">File to write.</param>
    public static void Execute(string modelFolder, string demo, string shared, string path)
    {
        using var model = SpectrumModel.Open(modelFolder);
        using var eight = SpectrumModel.Open(Path.Combine(demo, "model"));
        var sets = new DomainSets(shared);
        var run = new DomainRun(model, sets);
        run.Write();
        new EightElements(eight, sets, run.Line).Write();
        byte[] content = Encoding.UTF8.GetBytes(run._text.ToString());
        AtomicFile.Write(path, s => s.Write(content));
        Console.Write(run._text);
    }

    private void Write()
    {
        Line($"# Verdicts, measured\n\nWritten by `dotnet run -c Release --project bench -- --domain MODEL DEMO DATA`. The model: copper, trained on {_model.Metadata.Provenance.SplitRows[0]} rows, validated on {_model.Metadata.Provenance.SplitRows[1]}, {_rows.Length} held out. A miss: a verdict of `ok`, `not-checked` or `already-normalized`.");
        Misses();
        FalseAlarms();
        new DomainEffects(_model, _table, _rows, Known(), Line).Write();
        new DomainChecks(_model, _sets, _table, _rows, Line).Write();
        MeasuredCopper();
        Coverage();
    }

    private void Misses()
    {
        Line($"\n## Misses\n\n| spectra | n | misses, % | extrapolating | out-of-domain | range-too-short | wrong-element-or-edge |\n|---|---|---|---|---|---|---|");
        var measured = _sets.Measured();
        var files = _sets.Files();
        var foreign = measured.Where(k => k.Element != "Cu").ToArray();
        Verdicts("copper metal, measured", measured.Where(IsCopperMetal).Select(k => k.Spectrum));
        Verdicts("copper metal, the files as facilities wrote them", files.Where(f => f.Name.Contains("cu_metal", StringComparison.OrdinalIgnoreCase) || f.Name.Contains("Cu_Foil", StringComparison.OrdinalIgnoreCase)));
        Verdicts("other elements, measured", foreign.Select(k => k.Spectrum));
        Verdicts("other elements and edges, the files as facilities wrote them", files.Where(f => (f.Element ?? ElementIdentification.Identify(f).Element) != "Cu"));
        string[] unlabelled = ["Ti", "V", "Cr", "Co", "Ni"];
        Verdicts("simulated oxides of Ti V Cr Co Ni, 35 eV", unlabelled.SelectMany(e => Rows(_sets.Unlabelled(e), e, 0)));
        Verdicts("simulated oxides of Ti V Cr Mn Fe Co Ni, 85 eV", DomainSets.Foreign.SelectMany(e => Rows(DomainSets.Embedded(e), e, 0)));
        var random = new Random(Seed);
        Verdicts("noise, constants, a slope, a random walk, a wave", Enumerable.Range(0, 300).Select(i => Nonsense.Of(i, random)));
        var known = Known();
        foreach (double shift in new double[] { -50, -30, -20, 25, 30, 50 })
            Verdicts(string.Create(CultureInfo.InvariantCulture, $"measured copper compounds, energies off by {shift:0} eV, aligned"), known.Select(s => s with { Energies = Array.ConvertAll(s.Energies.ToArray(), e => e + shift) }));
        foreach (double end in new double[] { 70, 50, 30 })
            Verdicts(string.Create(CultureInfo.InvariantCulture, $"held-out rows as measured, ending {end:0} eV after the model's first energy"), Measured(0, 0.003, 4).Select(s => Cut(s, double.NegativeInfinity, _model.Grid.First + end)));
        Verdicts("held-out rows as measured, beginning 8 eV before the model's first energy", Measured(0, 0.003, 4).Select(s => Cut(s, _model.Grid.First - 8, double.PositiveInfinity)));

        Line($"\n## Disguised: no element, energies moved to copper's\n\n| spectra | n | misses, % | extrapolating | out-of-domain | range-too-short | wrong-element-or-edge |\n|---|---|---|---|---|---|---|");
        foreach (string e in DomainSets.Foreign)
            Verdicts(e + ", measured", foreign.Where(k => k.Element == e).Select(k => DomainSets.Disguised(k.Spectrum, e)));
        foreach (string e in DomainSets.Foreign)
            Verdicts(e + ", simulated, 85 eV", Rows(DomainSets.Embedded(e), null, Copper(e)));
        foreach (string e in DomainSets.Foreign)
            Verdicts(e + ", simulated, 85 eV, aligned", Rows(DomainSets.Embedded(e), null, Copper(e)).Select(s => s with { Signal = SignalKind.Normalized }));
        foreach (string e in unlabelled)
            Verdicts(e + ", simulated, 35 eV", Rows(_sets.Unlabelled(e), null, Copper(e)));
    }

    // Measured copper compounds, not metal, that the model accepts.
    private MeasuredSpectrum[] Known() => [.. _sets.Measured().Where(k => k.Element == "Cu" && !DomainSets.IsMetal(k)).Select(k => k.Spectrum).Where(s => _predictor.Predict(s).Prediction.Verdict == Verdict.Ok)];

    private void FalseAlarms()
    {
        Line($"\n## False alarms\n\n| spectra | n | alarms, % | extrapolating | out-of-domain | range-too-short | wrong-element-or-edge |\n|---|---|---|---|---|---|---|");
        Count("held-out rows, as simulated", [.. TablePredictor.Predict(_model, _table.Select(_rows), resample: false).Select(p => p.Verdict)], alarms: true);
        foreach (double noise in new[] { 0, 0.003, 0.01 })
        {
            Verdict[] verdicts = [.. Measured(null, noise, 1).Select(s => _predictor.Predict(s).Prediction.Verdict)];
            Count(string.Create(CultureInfo.InvariantCulture, $"held-out rows, as measured, off by up to 4 eV, noise {100 * noise:0.#} % of the step"), verdicts, alarms: true);
        }

        Count("measured copper oxides with a textbook CN", [.. Oxides().Select(k => _predictor.Predict(k.Spectrum).Prediction.Verdict)], alarms: true);
    }

    // The samples of the HERFD study are left out: most have no compound's name.
    private IEnumerable<KnownSpectrum> Compounds() => _sets.Measured().Where(k => k.Element == "Cu" && !DomainSets.IsMetal(k) && !k.File.Contains("_samples_", StringComparison.Ordinal));

    private IEnumerable<KnownSpectrum> Oxides() => Compounds().Where(k => k.Neighbour == "O" && !double.IsNaN(k.Coordination));

    private static bool IsCopperMetal(KnownSpectrum k) => k.Element == "Cu" && DomainSets.IsMetal(k);

    private void MeasuredCopper()
    {
        Line($"\n## Measured copper compounds\n\nCT and CN with the ends of their 90 % intervals; OS and CN of a textbook, where it has them.\n\n| file | formula | OS | CN | shift, eV | correlation | verdict | CT | CN of the model |\n|---|---|---|---|---|---|---|---|---|");
        int ct = Index("CT"), cn = Index("CN");
        var errors = new List<double>();
        var inside = new List<(bool Covered, Verdict Verdict)>();
        foreach (var k in Compounds().OrderBy(k => k.Neighbour != "O").ThenBy(k => k.Sample, StringComparer.Ordinal))
        {
            var p = _predictor.Predict(k.Spectrum);
            string Value(int d) => p.Input.Length == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{p.Prediction.Estimates[d].Value:0.00} ({p.Prediction.Estimates[d].Low:0.00} to {p.Prediction.Estimates[d].High:0.00})");
            string Known(double v) => double.IsNaN(v) ? "" : v.ToString("0.#", CultureInfo.InvariantCulture);
            Line($"| {Name(k.File)} | {k.Sample} | {Known(k.OxidationState)} | {Known(k.Coordination)} | {p.Alignment?.Shift ?? double.NaN:0.0} | {p.Alignment?.CorrelationAfter ?? double.NaN:0.000} | {p.Prediction.Verdict.ToText()} | {Value(ct)} | {Value(cn)} |");
            if (k.Neighbour != "O" || double.IsNaN(k.Coordination) || p.Input.Length == 0)
                continue;
            var estimate = p.Prediction.Estimates[cn];
            errors.Add(Math.Abs(estimate.Value - k.Coordination));
            inside.Add((k.Coordination >= estimate.Low && k.Coordination <= estimate.High, p.Prediction.Verdict));
        }

        int ok = inside.Count(i => i.Verdict == Verdict.Ok);
        Line($"\nOxides with a textbook CN: {errors.Count}; mean absolute error of CN {errors.Average():0.00}. Their 90 % intervals hold the textbook's CN in {inside.Count(i => i.Covered)} of {inside.Count} ({100.0 * inside.Count(i => i.Covered) / inside.Count:0} %), with the verdict ok in {inside.Count(i => i is { Covered: true, Verdict: Verdict.Ok })} of {ok}.");
    }

    private void Coverage()
    {
        Line($"\n## Coverage of the 90 % intervals on held-out rows\n\n| descriptor | covered, % |\n|---|---|");
        var predictions = TablePredictor.Predict(_model, _table.Select(_rows), resample: false);
        for (int d = 0; d < _model.Metadata.Descriptors.Count; d++)
        {
            float[] truth = _table.Select(_rows).DescriptorColumn(_model.Metadata.Descriptors[d].Name);
            Line($"| {_model.Metadata.Descriptors[d].Name} | {100.0 * predictions.Where((p, i) => truth[i] >= p.Estimates[d].Low && truth[i] <= p.Estimates[d].High).Count() / truth.Length:0.0} |");
        }
    }

    // Every so-manieth held-out row, as a beamline would write it; shifts from -4 to 4 eV where none is given.
    private IEnumerable<MeasuredSpectrum> Measured(double? shift, double noise, int every)
    {
        var random = new Random(Seed);
        for (int i = 0; i < _rows.Length; i += every)
            yield return SimulatedMeasurement.Of(_table.Grid, _table.Spectrum(_rows[i]), shift ?? ((8 * random.NextDouble()) - 4), noise, random, "Cu");
    }

    private static MeasuredSpectrum Cut(MeasuredSpectrum s, double first, double last)
    {
        int[] kept = [.. Enumerable.Range(0, s.Energies.Length).Where(i => s.Energies.Span[i] >= first && s.Energies.Span[i] <= last)];
        return s with { Energies = Array.ConvertAll(kept, i => s.Energies.Span[i]), Mu = Array.ConvertAll(kept, i => s.Mu.Span[i]) };
    }

    private static IEnumerable<MeasuredSpectrum> Rows(SpectraTable table, string? element, double shift) =>
        Enumerable.Range(0, table.RowCount).Select(r => DomainSets.Row(table, r, element, shift, rescale: true));

    private static double Copper(string element) => KEdges.Energy("Cu") - KEdges.Energy(element);

    private void Verdicts(string name, IEnumerable<MeasuredSpectrum> spectra) => Count(name, [.. spectra.Select(s => _predictor.Predict(s).Prediction.Verdict)], alarms: false);

    private void Count(string name, Verdict[] verdicts, bool alarms)
    {
        int passed = verdicts.Count(v => v <= Verdict.AlreadyNormalized), counted = alarms ? verdicts.Length - passed : passed;
        Line($"| {name} | {verdicts.Length} | {100.0 * counted / verdicts.Length:0.0} | {verdicts.Count(v => v == Verdict.Extrapolating)} | {verdicts.Count(v => v == Verdict.OutOfDomain)} | {verdicts.Count(v => v == Verdict.RangeTooShort)} | {verdicts.Count(v => v == Verdict.WrongElementOrEdge)} |");
    }

    private int Index(string descriptor) => _model.Metadata.Descriptors.ToList().FindIndex(d => d.Name == descriptor);

    private static string Name(string file) => Path.GetFileNameWithoutExtension(file).Replace("Cu_larchprj_", "", StringComparison.Ordinal).Replace("Cu_xasdatalibrary_", "", StringComparison.Ordinal);

    private void Line(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
