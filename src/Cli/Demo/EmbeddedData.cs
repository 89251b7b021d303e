using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Training.Configuration;

namespace XanesMl.Cli.Demo;

/// <summary>The files that come with the program.</summary>
internal static class EmbeddedData
{
    /// <summary>Licence and source of the embedded spectra.</summary>
    public const string Notice = "XanesMl's own K-edge XANES of Ti V Cr Mn Fe Co Ni Cu in oxide prototypes, computed with FEFF 10; free to use under the licence of XanesMl (MIT).";

    /// <summary>The embedded spectra, one table an element.</summary>
    public static IReadOnlyList<SpectraTable> Read(string contentFolder)
    {
        string folder = Path.Combine(contentFolder, "data");
        if (!Directory.Exists(folder))
            throw new XanesDataException("the embedded data is missing", folder, remedy: "Install the program again: data/ belongs beside the binary.");
        return SpectraTableReader.ReadMany([folder]);
    }

    /// <summary>A configuration that comes with the program: "demo" or "demo-small".</summary>
    public static TrainingOptions Configuration(string contentFolder, string name) =>
        ConfigurationFile.Read(Path.Combine(contentFolder, "Configurations", name + ".yaml"));
}
