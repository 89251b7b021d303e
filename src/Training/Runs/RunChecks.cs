using TorchSharp;
using XanesMl.Inference.Predictions;
using XanesMl.Spectra;
using XanesMl.Spectra.Splitting;
using XanesMl.Training.Configuration;
using static TorchSharp.torch;

namespace XanesMl.Training.Runs;

/// <summary>What must hold before a run writes anything.</summary>
internal static class RunChecks
{
    /// <summary>Compares table and options.</summary>
    public static void RequireTrainable(SpectraTable table, TrainingOptions options)
    {
        int k = table.DescriptorNames.Count;
        if (k == 0)
            throw new XanesDataException("the table has no descriptors", remedy: "Give a table with AUX_<name> columns.");
        for (int i = 0; i < table.RowCount; i++)
            if (table.Elements[i] is null)
                throw new XanesDataException($"the element of row {i + 1} ({table.Materials[i]}, site {table.Sites[i]}) is not known", remedy: "Give the table an ELEMENT column, or energies near a K edge.");
        if (options.DescriptorCount is { } n && n != k)
            throw new XanesDataException($"n_aux is {n}, the table has {k} descriptors: {string.Join(", ", table.DescriptorNames)}", remedy: "Set n_aux, or choose with the key 'descriptors'.");
        foreach (string name in table.DescriptorNames)
            if (PredictionTable.ReservedNames.Contains(name, StringComparer.Ordinal))
                throw new XanesDataException($"a descriptor is named '{name}', which results use for a column of their own", remedy: "Rename the column AUX_" + name + ".");
        if ((options.Points ?? options.OutputPoints) is { } p && p != table.PointCount)
            throw new XanesDataException($"{(options.Points is null ? "dim_out" : "dim_in")} is {p}, the table has {table.PointCount} energies", remedy: $"Set it to {table.PointCount} or leave it out.");
        if (options.StyleCount is { } s && s < k)
            throw new XanesDataException($"nstyle is {s}, fewer than the {k} descriptors", remedy: "Every descriptor needs a style of its own; one more stays free.");
    }

    /// <summary>Compares the parts of the split with the batch size.</summary>
    public static void RequireRows(DataSplit split, TrainingOptions options)
    {
        if (split.Train.Length < options.BatchSize)
            throw new XanesDataException($"{split.Train.Length} training rows are fewer than batch_size, {options.BatchSize}", remedy: split.Train.Length < 2 ? "Give more rows." : $"Set batch_size to {split.Train.Length} or less, or give more rows.");
        if (split.Validation.Length < 3)
            throw new XanesDataException($"{split.Validation.Length} validation rows are too few for the checkpoint metric", remedy: "Give more rows or a larger validation fraction; 3 rows are the least.");
    }

    /// <summary>The device that the options ask for; a configuration with gpu: true falls back to the CPU where there is none.</summary>
    public static Device ChooseDevice(TrainingOptions options) => options.UseGpu && cuda.is_available() ? CUDA : CPU;
}
