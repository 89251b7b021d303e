using XanesMl.Inference.Measured;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;

namespace XanesMl.Bench.Domain;

/// <summary>What each check catches alone, and one that is not used: the disagreement of the ensemble.</summary>
internal sealed class DomainChecks(SpectrumModel model, DomainSets sets, SpectraTable table, int[] rows, Action<FormattableString> line)
{
    private static readonly string[] s_checks = ["correlation", "absorption of", "reconstruction error", "style distance", "training covers"];

    /// <summary>Writes the table.</summary>
    public void Write()
    {
        var predictor = new MeasuredPredictor(model);
        MeasuredPrediction[] Predict(IEnumerable<MeasuredSpectrum> spectra) => [.. spectra.Select(s => predictor.Predict(s)).Where(p => p.Input.Length > 0)];
        IEnumerable<MeasuredSpectrum> Measured(IEnumerable<int> which, int seed)
        {
            var random = new Random(seed);
            return which.Select(r => SimulatedMeasurement.Of(table.Grid, table.Spectrum(r), (8 * random.NextDouble()) - 4, 0.002 + (0.008 * random.NextDouble()), random, "Cu"));
        }

        // The disagreement's limit is set as the others are: 1 % of validation rows as measured pass it.
        double[] spreads = [.. Predict(Measured(model.Folder.Split!.Validation, 3)).Select(Spread).Order()];
        double limit = spreads[(int)(0.99 * (spreads.Length - 1))];
        line($"\n## What each check catches alone, % of the spectra with an answer\n\n| spectra | n | correlation | early absorption | reconstruction error | style distance | style range | disagreement of the ensemble (not used) |\n|---|---|---|---|---|---|---|---|");
        void Row(string name, MeasuredPrediction[] p)
        {
            double Share(Func<MeasuredPrediction, bool> which) => p.Length == 0 ? double.NaN : 100.0 * p.Count(which) / p.Length;
            double[] s = [.. s_checks.Select(c => Share(x => x.Prediction.Reasons.Any(r => r.Contains(c, StringComparison.Ordinal))))];
            line($"| {name} | {p.Length} | {s[0]:0.0} | {s[1]:0.0} | {s[2]:0.0} | {s[3]:0.0} | {s[4]:0.0} | {Share(x => !(Spread(x) <= limit)):0.0} |");
        }

        var measured = sets.Measured();
        Row("held-out rows as measured (false alarms)", Predict(Measured(rows, 5)));
        Row("copper metal, measured", Predict(measured.Where(k => k.Element == "Cu" && DomainSets.IsMetal(k)).Select(k => k.Spectrum)));
        Row("other elements, measured, disguised", Predict(measured.Where(k => k.Element != "Cu").Select(k => DomainSets.Disguised(k.Spectrum, k.Element))));
        Row("other elements, simulated, disguised, aligned", Predict(DomainSets.Foreign.SelectMany(e =>
        {
            var t = DomainSets.Embedded(e);
            return Enumerable.Range(0, t.RowCount).Select(r => DomainSets.Row(t, r, null, KEdges.Energy("Cu") - KEdges.Energy(e), rescale: true) with { Signal = SignalKind.Normalized });
        })));
    }

    // Largest standard deviation over the ensemble, in half widths of the intervals.
    private double Spread(MeasuredPrediction p) => p.Prediction.Estimates.Select((e, k) =>
    {
        double half = 0.5 * (e.High - e.Low), calibration = model.Metadata.Calibrations[k].HalfWidth90;
        return Math.Sqrt(Math.Max(0, (half * half) - (calibration * calibration))) / Math.Max(calibration, 1e-9);
    }).Max();
}
