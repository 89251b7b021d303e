using System.Globalization;
using XanesMl.Inference.Alignment;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Inference.Measured;

/// <summary>Takes a measured spectrum to descriptors, intervals and a verdict: normalize, find the energy shift, put on the model's grid, score, judge.</summary>
/// <remarks>Any spectrum that a reader gives has an answer unless an option does not fit it; one that cannot be used has no numbers and a verdict that says why. What each verdict means, and how often it is wrong: docs/domain.md.
/// Safe for use from several threads at once; the model is the caller's to dispose of.</remarks>
public sealed class MeasuredPredictor
{
    /// <summary>The last warning of every measured spectrum that has numbers: what its intervals are worth.</summary>
    public const string IntervalWarning = "the 90 % interval was measured on simulated spectra: on measured ones it covers less (docs/domain.md)";

    private readonly SpectrumModel _model;
    private readonly MeasuredPredictionOptions _options;
    private readonly DomainCheck _check;

    /// <summary>Creates a predictor.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Preparation; null for the defaults.</param>
    /// <exception cref="XanesDataException">An option that cannot be used.</exception>
    public MeasuredPredictor(SpectrumModel model, MeasuredPredictionOptions? options = null)
        : this(model ?? throw new ArgumentNullException(nameof(model)), options, model.Metadata.Domain)
    {
    }

    /// <summary>Creates a predictor with other thresholds than the model's.</summary>
    internal MeasuredPredictor(SpectrumModel model, MeasuredPredictionOptions? options, DomainThresholds? thresholds)
    {
        (_model, _options) = (model, options ?? new());
        _options.Validate();
        _check = new DomainCheck(thresholds);
    }

    /// <summary>Predicts one spectrum.</summary>
    /// <param name="spectrum">From <see cref="MeasuredSpectrumReader"/>.</param>
    /// <param name="sha256">SHA-256 of the file's bytes for the result's origin; null where it was not computed.</param>
    /// <exception cref="XanesDataException">An option that cannot be used with this spectrum, such as an edge energy outside its energies.</exception>
    public MeasuredPrediction Predict(MeasuredSpectrum spectrum, string? sha256 = null)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        OptionCheck.RequireE0(spectrum, _options.Normalization);
        var identity = ElementIdentification.Identify(spectrum, null);
        string? element = _options.Element ?? identity.Element;
        NormalizationResult? normalization = null;
        var findings = new Findings();
        try
        {
            // What the file says alone may be enough, and is the better reason where the data cannot be normalized either.
            if (element is not null && SpectrumIdentityCheck.Problem(_model.Metadata, spectrum, identity, _options.Element) is { } stated)
                findings.Add(Verdict.WrongElementOrEdge, stated);
            if (findings.Verdict == Verdict.Ok && RangeCheck.CutOff(spectrum, element, _options.Normalization, findings))
                return Answer(spectrum, sha256, element, null, null, findings);
            normalization = SpectrumNormalizer.Normalize(spectrum, _options.Normalization);
            if (findings.Verdict == Verdict.Ok)
            {
                identity = ElementIdentification.Identify(spectrum, normalization.E0);
                element = _options.Element ?? identity.Element;
                if (SpectrumIdentityCheck.Problem(_model.Metadata, spectrum, identity, _options.Element) is { } problem)
                    findings.Add(Verdict.WrongElementOrEdge, problem);
            }

            return findings.Verdict == Verdict.WrongElementOrEdge
                ? Answer(spectrum, sha256, element, normalization, null, findings)
                : Judged(spectrum, sha256, element, normalization, findings);
        }
        catch (XanesDataException e) when (normalization is not null || !OptionCheck.IsAtFault(spectrum, _options.Normalization))
        {
            findings.Add(Verdict.OutOfDomain, e.Message);
            return Answer(spectrum, sha256, element, normalization, null, findings);
        }
    }

    private MeasuredPrediction Judged(MeasuredSpectrum spectrum, string? sha256, string? element, NormalizationResult normalization, Findings findings)
    {
        var energies = spectrum.Energies.Span;
        bool simulated = spectrum.Signal == SignalKind.Simulated;
        if (normalization.WasNormalized && !simulated && spectrum.Signal != SignalKind.Normalized && _options.Normalization.Input == InputState.Recognize)
            findings.Add(Verdict.AlreadyNormalized, "the spectrum looks normalized (near 0 before and near 1 after the edge) and was left as it is: declare it as normalized or raw");
        if (_options.Shift is null && SpectrumIdentityCheck.EdgeProblem(element, energies, normalization.Flat.Span) is { } far)
            findings.Add(Verdict.WrongElementOrEdge, far);
        RangeCheck.Normalization(spectrum, normalization, findings);
        double reference = ModelAligner.Reference(_model, element);
        if (!RangeCheck.CanAlign(_model.Grid, energies[0] - reference, energies[^1] - reference, _options.Shift ?? (simulated ? 0 : null), findings)
            || findings.Verdict.IsRefusal())
            return Answer(spectrum, sha256, element, normalization, null, findings);

        var prepared = PreparedSpectrum.Of(_model, energies, normalization.Flat.Span, element, _options.Shift ?? (simulated ? 0 : null), judged: !simulated, _options.Alignment);
        if (prepared.Alignment is { AtLimit: true } lost)
            findings.Add(Verdict.Extrapolating, string.Create(CultureInfo.InvariantCulture, $"the best shift, {lost.Shift:0.00} eV, lies at the end of the search: a better one may lie outside"));
        RangeCheck.Coverage(prepared.Coverage, findings);
        return Answer(spectrum, sha256, element, normalization, prepared, findings);
    }

    private MeasuredPrediction Answer(MeasuredSpectrum spectrum, string? sha256, string? element, NormalizationResult? normalization, PreparedSpectrum? prepared, Findings findings)
    {
        var prediction = prepared is null || findings.Verdict.IsRefusal() ? PredictionRow.Nothing(_model.Metadata) : null;
        float[] reconstruction = [];
        if (prediction is null)
        {
            var batch = _model.Predict(prepared!.Input, 1);
            var assessment = spectrum.Signal == SignalKind.Simulated
                ? _check.Assess(batch.Styles, batch.ReconstructionError[0])
                : _check.AssessMeasured(batch.Styles, batch.ReconstructionError[0], prepared.Correlation, prepared.EarlyAbsorption);
            findings.Add(assessment.Verdict, assessment.Reasons);
            prediction = PredictionRow.Of(_model.Metadata, batch, 0, assessment);
            reconstruction = batch.Reconstruction;
        }

        return new MeasuredPrediction
        {
            Prediction = prediction with
            {
                Material = spectrum.Name, Site = spectrum.Index.ToString(CultureInfo.InvariantCulture), Element = element, Verdict = findings.Verdict, Reasons = findings.Reasons,
                Origin = Origin(spectrum, sha256, normalization, prepared, spectrum.Signal != SignalKind.Simulated && reconstruction.Length > 0 && prediction.Estimates.Count > 0),
            },
            Normalization = normalization,
            Alignment = prepared?.Alignment,
            Input = reconstruction.Length > 0 ? prepared!.Input : ReadOnlyMemory<float>.Empty,
            Reconstruction = reconstruction,
        };
    }

    private static SpectrumOrigin Origin(MeasuredSpectrum spectrum, string? sha256, NormalizationResult? normalization, PreparedSpectrum? prepared, bool intervals)
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
        if (prepared is not null && double.IsFinite(prepared.Correlation))
            parameters["correlation"] = prepared.Correlation.ToString("0.#####", CultureInfo.InvariantCulture);
        return new SpectrumOrigin
        {
            File = spectrum.Path, Name = spectrum.Name, Index = spectrum.Index, Sha256 = sha256, E0 = normalization?.E0,
            EdgeStep = normalization is { Kind: not NormalizationKind.None } ? normalization.EdgeStep : null, EnergyShift = prepared?.Shift, Parameters = parameters,
            Warnings = [.. spectrum.Warnings, .. normalization?.Warnings ?? [], .. prepared?.Alignment?.Warnings ?? [], .. intervals ? [IntervalWarning] : Array.Empty<string>()],
        };
    }
}
