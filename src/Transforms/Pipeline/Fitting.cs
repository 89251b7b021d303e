using Microsoft.ML;

namespace XanesMl.Transforms.Pipeline;

/// <summary>What Fit does for steps that learn nothing.</summary>
internal static class Fitting
{
    /// <summary>The transformer itself, after its schema check. A transformer that does not fit is disposed of.</summary>
    public static T CheckedFor<T>(this T transformer, IDataView input) where T : RowMappingTransformer
    {
        try
        {
            ArgumentNullException.ThrowIfNull(input);
            _ = transformer.GetOutputSchema(input.Schema);
            return transformer;
        }
        catch
        {
            (transformer as IDisposable)?.Dispose();
            throw;
        }
    }
}
