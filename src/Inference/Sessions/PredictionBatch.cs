namespace XanesMl.Inference.Sessions;

/// <summary>What predictor.onnx says of some spectra; every array is row-major and owned by the caller.</summary>
public sealed record PredictionBatch
{
    /// <summary>Number of spectra.</summary>
    public required int Rows { get; init; }

    /// <summary>K, the number of descriptors; 0 for a model without calibrations.</summary>
    public required int DescriptorCount { get; init; }

    /// <summary>[rows x K] calibrated descriptors in their own units: the mean over the ensemble.</summary>
    public required float[] Descriptors { get; init; }

    /// <summary>[rows x K] population standard deviation over the ensemble, in the same units; 0 for a single trial.</summary>
    public required float[] DescriptorStd { get; init; }

    /// <summary>[rows x styles] styles of the best trial.</summary>
    public required float[] Styles { get; init; }

    /// <summary>[rows x points] the spectra as the best trial reconstructs them.</summary>
    public required float[] Reconstruction { get; init; }

    /// <summary>[rows] mean absolute difference of reconstruction and spectrum.</summary>
    public required float[] ReconstructionError { get; init; }
}
