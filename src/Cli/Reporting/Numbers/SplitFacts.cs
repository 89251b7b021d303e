using XanesMl.Inference.Models;
using XanesMl.Spectra;

namespace XanesMl.Cli.Reporting.Numbers;

/// <summary>What a split did to the materials: whether the model was tested on what it had seen.</summary>
/// <param name="Rows">Rows of training, validation and test.</param>
/// <param name="Materials">Materials of training, validation and test.</param>
/// <param name="SharedMaterials">Materials with rows in the scored part and in training or validation.</param>
/// <param name="SharedRows">Rows of the scored part that belong to them.</param>
internal sealed record SplitFacts((int Train, int Validation, int Test) Rows, (int Train, int Validation, int Test) Materials, int SharedMaterials, int SharedRows)
{
    /// <summary>Counts.</summary>
    /// <param name="table">The run's table.</param>
    /// <param name="split">Its rows; where the test part is empty the validation rows are the scored ones, and only training counts as seen.</param>
    public static SplitFacts Of(SpectraTable table, ModelSplit split)
    {
        HashSet<string> Materials(params IEnumerable<int> rows) => [.. rows.Select(r => table.Materials[r])];
        bool tested = split.Test.Count > 0;
        var seen = Materials([.. split.Train, .. tested ? split.Validation : []]);
        int[] shared = [.. (tested ? split.Test : split.Validation).Where(r => seen.Contains(table.Materials[r]))];
        return new SplitFacts((split.Train.Count, split.Validation.Count, split.Test.Count),
            (Materials(split.Train).Count, Materials(split.Validation).Count, Materials(split.Test).Count), Materials(shared).Count, shared.Length);
    }
}
