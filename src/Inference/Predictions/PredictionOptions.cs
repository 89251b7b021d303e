using XanesMl.Inference.Measured;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;

namespace XanesMl.Inference.Predictions;

/// <summary>How files become results.</summary>
public sealed record PredictionOptions
{
    /// <summary>How measured files are read.</summary>
    public MeasuredReadOptions Reading { get; init; } = new();

    /// <summary>How measured spectra are prepared.</summary>
    public MeasuredPredictionOptions Preparation { get; init; } = new();

    /// <summary>Whether tables of spectra on another grid are put onto the model's (<see cref="TablePredictor.Predict"/>). Measured spectra always are.</summary>
    public bool Resample { get; init; }

    /// <summary>Bytes of a table of spectra above which it is refused, before and after decompression. Default 1 GiB: ten times the RankAAE paper's 57,000 spectra.</summary>
    public long MaxTableBytes { get; init; } = 1L << 30;

    /// <summary>Clock of <see cref="PredictionResult.Time"/>.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Refuses options that no file could be predicted with.</summary>
    /// <exception cref="XanesDataException">An option that cannot be used.</exception>
    public void Validate()
    {
        Reading.Validate();
        Preparation.Validate();
        if (MaxTableBytes < 1)
            throw new XanesDataException($"the size limit is {MaxTableBytes} bytes", "option MaxTableBytes", remedy: "Give a positive number.");
    }
}
