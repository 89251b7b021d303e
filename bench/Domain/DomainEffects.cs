using System.Globalization;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Bench.Domain;

/// <summary>What a wrong energy scale, or a part that was not measured, does to the answer: where the limits of the range check come from.</summary>
internal sealed class DomainEffects(SpectrumModel model, SpectraTable table, int[] rows, MeasuredSpectrum[] measured, Action<FormattableString> line)
{
    private const int Seed = 11, Every = 3;
    private const double Noise = 0.003;

    /// <summary>Writes the tables.</summary>
    public void Write()
    {
        line($"\n## Energies off and not aligned (shift 0 given)\n\n| off by, eV | caught, % | median change of CT, e |\n|---|---|---|");
        var fixedShift = new MeasuredPredictor(model, new MeasuredPredictionOptions { Shift = 0 });
        var straight = Answers(fixedShift, s => s);
        foreach (double off in new double[] { -10, -5, -3, -2, -1, 0, 1, 2, 3, 5, 10 })
            Row(off.ToString("0", CultureInfo.InvariantCulture), Answers(fixedShift, s => s with { Energies = Array.ConvertAll(s.Energies.ToArray(), e => e + off) }), straight, any: true);

        var predictor = new MeasuredPredictor(model);
        Cuts(predictor, "Held-out rows as measured", change => Answers(predictor, change));
        Cuts(predictor, "Measured copper compounds with the verdict ok", change => [.. measured.Select(m => predictor.Predict(change(m)))]);
    }

    private void Cuts(MeasuredPredictor predictor, string what, Func<Func<MeasuredSpectrum, MeasuredSpectrum>, MeasuredPrediction[]> answers)
    {
        line($"\n## Parts that are missing: {what}\n\nChanges of CT against the same spectra uncut; energies from the edge, E0.\n\n| cut | n | extrapolating or worse, % | no answer, % | median change of CT, e | nine of ten within, e |\n|---|---|---|---|---|---|");
        var whole = answers(s => s);
        foreach (double before in new double[] { 60, 40, 30, 20, 15, 10 })
            Row(string.Create(CultureInfo.InvariantCulture, $"begins {before:0} eV before the edge"), answers(s => Cut(s, Edge(s) - before, double.PositiveInfinity)), whole, any: false);
        foreach (double after in new double[] { 250, 200, 150, 120, 100, 80, 60, 40 })
            Row(string.Create(CultureInfo.InvariantCulture, $"ends {after:0} eV after it"), answers(s => Cut(s, double.NegativeInfinity, Edge(s) + after)), whole, any: false);
    }

    private static double Edge(MeasuredSpectrum s) => s.Energies.Span[E0Finder.Find(s.Energies.Span, s.Mu.Span)];

    private MeasuredPrediction[] Answers(MeasuredPredictor predictor, Func<MeasuredSpectrum, MeasuredSpectrum> change)
    {
        var random = new Random(Seed);
        return [.. rows.Where((_, i) => i % Every == 0).Select(r => predictor.Predict(change(SimulatedMeasurement.Of(table.Grid, table.Spectrum(r), 0, Noise, random, "Cu"))))];
    }

    private void Row(string name, MeasuredPrediction[] changed, MeasuredPrediction[] reference, bool any)
    {
        double[] moves = [.. changed.Zip(reference).Where(p => p.First.Input.Length > 0 && p.Second.Input.Length > 0).Select(p => Math.Abs(p.First.Prediction.Estimates[0].Value - p.Second.Prediction.Estimates[0].Value)).Order()];
        double Share(Func<MeasuredPrediction, bool> which) => 100.0 * changed.Count(which) / changed.Length;
        double Quantile(int part) => moves.Length == 0 ? double.NaN : moves[moves.Length * part / 10];
        if (any)
            line($"| {name} | {Share(p => p.Prediction.Verdict > Verdict.AlreadyNormalized):0.0} | {Quantile(5):0.000} |");
        else
            line($"| {name} | {moves.Length} | {Share(p => p.Prediction.Verdict > Verdict.AlreadyNormalized):0.0} | {Share(p => p.Input.Length == 0):0.0} | {Quantile(5):0.000} | {Quantile(9):0.000} |");
    }

    private static MeasuredSpectrum Cut(MeasuredSpectrum s, double first, double last)
    {
        int[] kept = [.. Enumerable.Range(0, s.Energies.Length).Where(i => s.Energies.Span[i] >= first && s.Energies.Span[i] <= last)];
        return s with { Energies = Array.ConvertAll(kept, i => s.Energies.Span[i]), Mu = Array.ConvertAll(kept, i => s.Mu.Span[i]) };
    }
}
