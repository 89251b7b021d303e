using XanesMl.Inference.Domain;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Resampling;

namespace XanesMl.Bench.Domain;

/// <summary>Verdicts of the demo's model of eight elements: few rows were held out of it, but real spectra of its elements are many.</summary>
internal sealed class EightElements(SpectrumModel model, DomainSets sets, Action<FormattableString> line)
{
    private const int Seed = 13, Repeats = 5;
    private readonly MeasuredPredictor _predictor = new(model);

    /// <summary>Writes the table.</summary>
    public void Write()
    {
        var rows = model.Metadata.Provenance.SplitRows;
        line($"\n## The model of eight elements\n\nOf the demo: trained on {rows[0]} rows, validated on {rows[1]}, which set its limits, {rows[2]} held out: so few that a row is {100.0 / rows[2]:0} %. Passed: as for a miss.\n\n| spectra | n | passed, % | extrapolating | out-of-domain | range-too-short | wrong-element-or-edge |\n|---|---|---|---|---|---|---|");
        var (table, grids) = HeldOut();
        Count("held-out rows, as simulated", [.. TablePredictor.Predict(model, table, resample: false).Select(p => p.Verdict)]);
        var random = new Random(Seed);
        Count(FormattableString.Invariant($"held-out rows, as measured {Repeats} times, off by up to 4 eV, noise 0.3 % of the step"), Verdicts(Enumerable.Range(0, Repeats * table.RowCount).Select(i => i % table.RowCount)
            .Select(r => SimulatedMeasurement.Of(grids[r], table.Spectrum(r), (8 * random.NextDouble()) - 4, 0.003, random, table.Elements[r]))));
        Count("noise, constants, a slope, a random walk, a wave about the edges of its elements", Verdicts(Enumerable.Range(0, 304).Select(i =>
        {
            string element = model.Metadata.Elements[i / 6 % model.Metadata.Elements.Count];
            var scan = Nonsense.Of(i, random);
            return scan with { Element = element, Energies = Array.ConvertAll(scan.Energies.ToArray(), e => e + KEdges.Energy(element) - KEdges.Energy("Cu")) };
        })));
        var measured = sets.Measured();
        Count("metals of its elements, measured", Verdicts(measured.Where(DomainSets.IsMetal).Select(k => k.Spectrum)));
        foreach (string element in model.Metadata.Elements)
            foreach (var (what, of) in new (string, Func<KnownSpectrum, bool>)[] { ("oxides", k => k.Neighbour == "O"), ("other or unknown compounds", k => k.Neighbour != "O") })
                if (measured.Where(k => k.Element == element && !DomainSets.IsMetal(k) && of(k)).ToArray() is { Length: > 0 } some)
                    Count($"{element}, measured {what}", Verdicts(some.Select(k => k.Spectrum)));
        Count("elements and edges that it does not know, the files as facilities wrote them", Verdicts(sets.Files().Where(f => (f.Element ?? ElementIdentification.Identify(f).Element) is not { } e || !model.Metadata.Elements.Contains(e) || f.Edge is not (null or "K"))));
    }

    // The held-out rows on the model's grid, as they were in training, and the photon energies of each.
    private (SpectraTable Table, EnergyGrid[] Grids) HeldOut()
    {
        var references = model.Metadata.EdgeReferences;
        var all = SpectraTable.Concat([.. SpectraTableReader.ReadMany(["data"]).Select(t => EdgeAlignment.ToRelative(t, new EdgeReferences(references), model.Grid))]);
        var table = all.Select(DomainSets.HeldOut(model.Folder));
        return (table, [.. table.Elements.Select(e => model.Grid.Shift(references[e!]))]);
    }

    private Verdict[] Verdicts(IEnumerable<MeasuredSpectrum> spectra) => [.. spectra.Select(s => _predictor.Predict(s).Prediction.Verdict)];

    private void Count(string name, Verdict[] v) =>
        line($"| {name} | {v.Length} | {100.0 * v.Count(x => x <= Verdict.AlreadyNormalized) / v.Length:0.0} | {v.Count(x => x == Verdict.Extrapolating)} | {v.Count(x => x == Verdict.OutOfDomain)} | {v.Count(x => x == Verdict.RangeTooShort)} | {v.Count(x => x == Verdict.WrongElementOrEdge)} |");
}
