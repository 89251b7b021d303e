using System.Runtime.CompilerServices;
using Microsoft.ML.Runtime;
using XanesMl.Training.Trainers;

namespace Microsoft.ML;

/// <summary>Where the trainer hangs into ML.NET's catalog.</summary>
public static class RankAaeExtensions
{
    /// <summary>The RankAAE trainer: spectra and descriptors in, a PredictDescriptors step with the trained model out.</summary>
    /// <param name="catalog">mlContext.Regression.Trainers.</param>
    /// <param name="options">Columns, training and output.</param>
    /// <exception cref="XanesMl.Spectra.XanesDataException">An option that cannot be used.</exception>
    public static RankAaeTrainer RankAae(this RegressionCatalog.RegressionTrainers catalog, RankAaeTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new RankAaeTrainer(EnvironmentOf(catalog), options);
    }

    // Explicitly implemented by the trainers' catalogs; a test asserts that it is still there.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Microsoft.ML.Data.IInternalCatalog.get_Environment")]
    private static extern IHostEnvironment EnvironmentOf(TrainCatalogBase.CatalogInstantiatorBase catalog);
}
