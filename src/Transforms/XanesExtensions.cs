using System.Runtime.CompilerServices;
using Microsoft.ML.Runtime;
using XanesMl.Spectra;
using XanesMl.Transforms;
using XanesMl.Transforms.Data;

namespace Microsoft.ML;

/// <summary>Where XanesMl hangs into ML.NET's catalogs.</summary>
public static class XanesExtensions
{
    /// <summary>The steps for X-ray absorption spectra. Makes their loaders known to this MLContext, too.</summary>
    public static XanesCatalog Xanes(this TransformsCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new XanesCatalog(EnvironmentOf(catalog));
    }

    /// <summary>Makes the loaders of this library's steps known: call it once for each MLContext before <c>mlContext.Model.Load</c>.</summary>
    /// <remarks>Without it ML.NET cannot know what a saved step is and says so in its own words. Load pipelines from trusted sources only:
    /// a pipeline names the classes that its loading creates.</remarks>
    /// <returns>The same context.</returns>
    public static MLContext RegisterXanes(this MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        XanesCatalog.Register(mlContext.ComponentCatalog);
        return mlContext;
    }

    /// <summary>A table as an ML.NET view; the table's arrays are read in place, not copied.</summary>
    /// <param name="catalog">mlContext.Data.</param>
    /// <param name="table">Columns are MaterialId, SiteId, Element (Text; empty where not known), Energy (Vector&lt;Double, points&gt;, eV),
    /// Spectrum (Vector&lt;Single, points&gt;) and one Single for each descriptor (NaN = missing).</param>
    /// <exception cref="XanesDataException">A descriptor is called like one of the other columns.</exception>
    public static IDataView LoadFromSpectraTable(this DataOperationsCatalog catalog, SpectraTable table)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(table);
        return new SpectraTableDataView(table);
    }

    // Explicitly implemented by TransformsCatalog; the only way to the component catalog that Model.Load of the same MLContext will use.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Microsoft.ML.Data.IInternalCatalog.get_Environment")]
    private static extern IHostEnvironment EnvironmentOf(TransformsCatalog catalog);
}
