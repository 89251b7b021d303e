using TorchSharp;
using XanesMl.Spectra;
using static TorchSharp.torch;

namespace XanesMl.Training.Trials;

/// <summary>Training and validation rows of a run: one copy that all trials share, read-only.</summary>
public sealed class TrialData : IDisposable
{
    private TrialData(SpectraTable train, SpectraTable validation, Device device, ScalarType type)
    {
        TrainRows = train.RowCount;
        ValidationRows = validation.RowCount;
        DescriptorCount = train.DescriptorNames.Count;
        PointCount = train.PointCount;
        Device = device;
        Type = type;
        TrainSpectra = ToTensor(train);
        ValidationSpectra = ToTensor(validation);
        (TrainRanks, ValidationRanks) = (Ranks(train), Ranks(validation));

        Tensor ToTensor(SpectraTable t) => tensor(t.Spectra.ToArray(), [t.RowCount, t.PointCount]).to(type, device);
    }

    /// <summary>Number of training rows.</summary>
    public int TrainRows { get; }

    /// <summary>Number of validation rows.</summary>
    public int ValidationRows { get; }

    /// <summary>K.</summary>
    public int DescriptorCount { get; }

    /// <summary>Energies of a spectrum.</summary>
    public int PointCount { get; }

    /// <summary>Where the tensors live.</summary>
    public Device Device { get; }

    /// <summary>Number type of the tensors.</summary>
    public ScalarType Type { get; }

    /// <summary>[TrainRows x points].</summary>
    internal Tensor TrainSpectra { get; }

    /// <summary>[ValidationRows x points].</summary>
    internal Tensor ValidationSpectra { get; }

    /// <summary>[K][TrainRows] dense ranks, -1 where the descriptor is missing.</summary>
    internal int[][] TrainRanks { get; }

    /// <summary>[K][ValidationRows] dense ranks, -1 where the descriptor is missing.</summary>
    internal int[][] ValidationRanks { get; }

    /// <summary>Puts the rows of a split where training needs them.</summary>
    /// <exception cref="XanesDataException">A descriptor with fewer than two different values among the training rows.</exception>
    public static TrialData Create(SpectraTable table, IReadOnlyList<int> trainRows, IReadOnlyList<int> validationRows, Device device, ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(table);
        using var scope = NewDisposeScope();
        var data = new TrialData(table.Select(trainRows), table.Select(validationRows), device, type);
        for (int k = 0; k < data.DescriptorCount; k++)
            if (data.TrainRanks[k].Max() < 1)
                throw new XanesDataException($"descriptor '{table.DescriptorNames[k]}' has fewer than two different values among the {trainRows.Count} training rows",
                    remedy: "Leave it out with the key 'descriptors', or give more rows.");
        data.TrainSpectra.MoveToOuterDisposeScope();
        data.ValidationSpectra.MoveToOuterDisposeScope();
        return data;
    }

    /// <summary>Dense ranks from 0: equal values share one; -1 for NaN.</summary>
    internal static int[] DenseRanks(ReadOnlySpan<float> values)
    {
        var keys = values.ToArray();
        var order = Enumerable.Range(0, keys.Length).ToArray();
        Array.Sort(keys, order);   // NaN sorts first
        var ranks = new int[keys.Length];
        int rank = -1;
        for (int i = 0; i < keys.Length; i++)
        {
            if (float.IsNaN(keys[i]))
            {
                ranks[order[i]] = -1;
                continue;
            }

            if (rank < 0 || keys[i] != keys[i - 1])
                rank++;
            ranks[order[i]] = rank;
        }

        return ranks;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        TrainSpectra.Dispose();
        ValidationSpectra.Dispose();
    }

    private static int[][] Ranks(SpectraTable t) => [.. t.DescriptorNames.Select(n => DenseRanks(t.DescriptorColumn(n)))];
}
