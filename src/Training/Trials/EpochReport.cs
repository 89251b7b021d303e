namespace XanesMl.Training.Trials;

/// <summary>What one epoch gave.</summary>
/// <param name="Epoch">Counted from 1: epochs completed.</param>
/// <param name="Losses">Mean training losses, [5], in the order of <see cref="TrainingStep.LossNames"/>; smoothness is 0 once its step has stopped.</param>
/// <param name="LearningRate">lr_base after the schedule.</param>
/// <param name="Validation">Validation metrics, or null in an epoch without a look at them.</param>
public sealed record EpochReport(int Epoch, IReadOnlyList<double> Losses, double LearningRate, ValidationMetrics? Validation);

/// <summary>The checkpoint metric of domain.md section 2.2 and its parts, on validation rows.</summary>
/// <param name="MinShapiro">Smallest Shapiro-Wilk W over the styles.</param>
/// <param name="Reconstruction">Mean squared error of the reconstruction.</param>
/// <param name="MutualInformation">MSE(E(D(z)), z) for one fixed draw of z.</param>
/// <param name="MaxInterstyle">Largest |Spearman| over all pairs of styles.</param>
/// <param name="Rank">Rank loss without balance, as the reference program takes it here: the balanced one hardly moves in training.</param>
public readonly record struct ValidationMetrics(double MinShapiro, double Reconstruction, double MutualInformation, double MaxInterstyle, double Rank)
{
    /// <summary>[W, MSE, MI, |rho|, rank] . [1, -1, -0.01, -1, -1]; higher is better.</summary>
    public double Combined => MinShapiro - Reconstruction - (0.01 * MutualInformation) - MaxInterstyle - Rank;
}

/// <summary>ReduceLROnPlateau as the reference program uses PyTorch's: it minimizes minus the checkpoint metric with a relative threshold.</summary>
/// <remarks>With a metric above 0 that rule counts a value as better when it is above 0.99 times the best, and the best follows it down:
/// a slow decline never ends the plateau. That keeps the learning rate up, and results of the reference depend on it.</remarks>
public sealed class PlateauSchedule
{
    /// <summary>Relative improvement that counts.</summary>
    public const double Threshold = 0.01;

    private readonly double _factor;
    private readonly int _patience;

    /// <summary>Starts with factor 1.</summary>
    /// <param name="factor">What a plateau multiplies the rate by.</param>
    /// <param name="patience">Looks at the validation rows without improvement that are tolerated; the next one makes a plateau.</param>
    public PlateauSchedule(double factor, int patience) => (_factor, _patience) = (factor, patience);

    /// <summary>What lr_base is multiplied by.</summary>
    public double Scale { get; private set; } = 1;

    /// <summary>Metric that later ones are compared with.</summary>
    public double Best { get; private set; } = double.NegativeInfinity;

    /// <summary>Looks at the validation rows since the last improvement.</summary>
    public int BadSteps { get; private set; }

    /// <summary>Takes the metric of one more look at the validation rows, which is not every epoch where validation_interval is above 1; higher is better.</summary>
    public void Step(double metric)
    {
        // PyTorch: mode "min", threshold_mode "rel": value < best * (1 - threshold).
        if (double.IsNegativeInfinity(Best) || -metric < -Best * (1 - Threshold))
            (Best, BadSteps) = (metric, 0);
        else
            BadSteps++;
        if (BadSteps <= _patience)
            return;
        Scale *= _factor;
        BadSteps = 0;
    }

    /// <summary>Continues where a saved schedule stood.</summary>
    public void Restore(double scale, double best, int badSteps) => (Scale, Best, BadSteps) = (scale, best, badSteps);
}
