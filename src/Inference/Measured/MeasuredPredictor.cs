using System.Globalization;
using XanesMl.Inference.Alignment;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;
using XanesMl.Spectra.Resampling;

namespace XanesMl.Inference.Measured;

/// <summary>Takes a measured spectrum to descriptors, intervals and a verdict: normalize, find the energy shift, put on the model's grid, score, judge.</summary>
/// <remarks>Any spectrum that a reader gives has an answer; one that cannot be used has no numbers and a verdict that says why.
/// Safe for use from several threads at once; the model is the caller's to dispose of.</remarks>
public sealed class MeasuredPredictor
{
    private const double CoverageForOk = 0.95, CoverageForAnAnswer = 0.5;

    private readonly SpectrumModel _model;
    private readonly MeasuredPredictionOptions _options;
    private readonly DomainCheck _check;

    /// <summary>Creates a predictor.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Preparation; null for the defaults.</param>
    /// <exception cref="XanesDataException">An option that cannot be used.</exception>
    public MeasuredPredictor(SpectrumModel model, MeasuredPredictionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _options) = (model, options ?? new());
        _options.Validate();
        _check = new DomainCheck(model.Metadata.Domain);
    }

    /// <summary>Predicts one spectrum.</summary>
    /// <param name="spectrum">From <see cref="MeasuredSpectrumReader"/>.</param>
    /// <param name="sha256">SHA-256 of the file's bytes for the result's origin; null where it was not computed.</param>
    public MeasuredPrediction Predict(MeasuredSpectrum spectrum, string? sha256 = null)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        NormalizationResult? normalization = null;
        AlignmentResult? alignment = null;
        string? element = _options.Element ?? spectrum.Element;
        try
        {
            normalization = SpectrumNormalizer.Normalize(spectrum, _options.Normalization);
            element = _options.Element ?? ElementIdentification.Identify(spectrum, normalization.E0).Element;
            if (element is not null && !_model.Metadata.Elements.Contains(element))
                return Refused(spectrum, sha256, element, normalization, null, Verdict.WrongElementOrEdge, $"the spectrum is of {element}, the model was trained on {string.Join(", ", _model.Metadata.Elements)}");
            bool simulated = spectrum.Signal == SignalKind.Simulated;
            alignment = _options.Shift is null && !simulated ? ModelAligner.Align(_model, spectrum.Energies.Span, normalization.Flat.Span, element, _options.Alignment) : null;
            return Scored(spectrum, sha256, element, normalization, alignment);
        }
        catch (XanesDataException e)
        {
            return Refused(spectrum, sha256, element, normalization, alignment, Verdict.OutOfDomain, e.Message);
        }
    }

    private MeasuredPrediction Scored(MeasuredSpectrum spectrum, string? sha256, string? element, NormalizationResult normalization, AlignmentResult? alignment)
    {
        double shift = _options.Shift ?? alignment?.Shift ?? 0;
        double reference = element is not null && _model.Metadata.EdgeReferences.TryGetValue(element, out double r) && _model.Metadata.EnergyAxis == Models.EnergyAxis.RelativeToEdge ? r : 0;
        var grid = new EnergyGrid(spectrum.Energies.Span).Shift(shift - reference);
        double covered = (Math.Min(grid.Last, _model.Grid.Last) - Math.Max(grid.First, _model.Grid.First)) / (_model.Grid.Last - _model.Grid.First);
        if (covered < CoverageForAnAnswer)
            return Refused(spectrum, sha256, element, normalization, alignment, Verdict.RangeTooShort, string.Create(CultureInfo.InvariantCulture, $"the spectrum covers {Math.Max(0, 100 * covered):0} % of the model's energies"));
        var input = new float[_model.Grid.Count];
        new GridResampler(grid, _model.Grid).Resample(Array.ConvertAll(normalization.Flat.ToArray(), v => (float)v), input);
        var batch = _model.Predict(input, 1);
        var assessment = _check.Assess(batch.Styles, batch.ReconstructionError[0]);
        List<string> reasons = [.. assessment.Reasons];
        var verdict = assessment.Verdict;
        if (covered < CoverageForOk)
        {
            verdict = verdict < Verdict.Extrapolating ? Verdict.Extrapolating : verdict;
            reasons.Add(string.Create(CultureInfo.InvariantCulture, $"the spectrum covers {100 * covered:0} % of the model's energies"));
        }

        return new MeasuredPrediction
        {
            Prediction = PredictionRow.Of(_model.Metadata, batch, 0, assessment) with
            {
                Material = spectrum.Name, Site = spectrum.Index.ToString(CultureInfo.InvariantCulture), Element = element, Verdict = verdict, Reasons = reasons,
                Origin = Origin(spectrum, sha256, normalization, alignment, shift),
            },
            Normalization = normalization,
            Alignment = alignment,
            Input = input,
            Reconstruction = batch.Reconstruction,
        };
    }

    private MeasuredPrediction Refused(MeasuredSpectrum spectrum, string? sha256, string? element, NormalizationResult? normalization, AlignmentResult? alignment, Verdict verdict, string reason) => new()
    {
        Prediction = new SpectrumPrediction
        {
            Material = spectrum.Name, Site = spectrum.Index.ToString(CultureInfo.InvariantCulture), Element = element,
            Estimates = [.. _model.Metadata.Calibrations.Select((_, k) => new DescriptorEstimate(double.NaN, double.NaN, double.NaN, _model.Metadata.Descriptors[k].Unit))],
            CoordinationClass = null, Verdict = verdict, Reasons = [reason], ReconstructionError = double.NaN, ErrorPercentile = double.NaN, Styles = ReadOnlyMemory<float>.Empty,
            Origin = Origin(spectrum, sha256, normalization, alignment, null),
        },
        Normalization = normalization,
        Alignment = alignment,
    };

    private static SpectrumOrigin Origin(MeasuredSpectrum spectrum, string? sha256, NormalizationResult? normalization, AlignmentResult? alignment, double? shift)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        if (normalization is not null)
            parameters["kind"] = normalization.Kind.ToString();
        if (normalization?.Limits is { } limits)
            foreach (var (name, value) in new[] { ("pre1", limits.Pre1), ("pre2", limits.Pre2), ("norm1", limits.Norm1), ("norm2", limits.Norm2) })
                parameters[name] = value.ToString("R", CultureInfo.InvariantCulture);
        foreach (var (name, value) in new[] { ("nnorm", normalization?.NNorm), ("nvict", normalization?.NVict) })
            if (value is { } v)
                parameters[name] = v.ToString(CultureInfo.InvariantCulture);
        return new SpectrumOrigin
        {
            File = spectrum.Path, Name = spectrum.Name, Index = spectrum.Index, Sha256 = sha256, E0 = normalization?.E0,
            EdgeStep = normalization is { Kind: not NormalizationKind.None } ? normalization.EdgeStep : null, EnergyShift = shift, Parameters = parameters,
            Warnings = [.. spectrum.Warnings, .. normalization?.Warnings ?? [], .. alignment?.Warnings ?? []],
        };
    }
}
