namespace XanesMl.Training.Configuration;

/// <summary>Named sets of values for the keys that a configuration does not give.</summary>
public static class TrainingPresets
{
    /// <summary>"reference": the published V run's values with the reference program's schedule.</summary>
    public static TrainingOptions Reference { get; } = new();

    /// <summary>"fast": the same networks and losses in a quarter of the steps or fewer: learning rates fall along a cosine to zero, which uses every epoch, and the last weights are kept;
    /// smaller batches take more steps an epoch. docs/results/presets.md has both presets over five seeds.</summary>
    public static TrainingOptions Fast { get; } = new()
    {
        Schedule = LearningRateSchedule.Cosine,
        KeepWeights = KeptWeights.Last,
        Epochs = 400,
        SmoothEpochs = 400,
        UsualBatchSize = 512,
        ReferenceExact = false,
        ValidationInterval = 10,
    };

    /// <summary>Names of the presets.</summary>
    public static IReadOnlyList<string> Names { get; } = ["fast", "reference"];

    /// <summary>The preset of that name, or null.</summary>
    public static TrainingOptions? Find(string name) => name switch
    {
        "fast" => Fast,
        "reference" => Reference,
        _ => null,
    };
}
