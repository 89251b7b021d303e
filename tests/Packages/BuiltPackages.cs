using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Packages.Tests;

/// <summary>What `dotnet pack` makes of the solution, packed once for all tests of this project from what the build has made.</summary>
public sealed class BuiltPackages : IDisposable
{
    private static readonly string[] s_rooms = ["Inference", "Spectra", "Training", "Transforms"];
    private readonly string _root = Directory.CreateTempSubdirectory("xanesml-packages-").FullName;

    public BuiltPackages()
    {
        Folder = Path.Combine(_root, "packages");
        Output = Dotnet.Run(SharedData.RepositoryRoot, "pack", "XanesMl.sln", "--no-build", "-c", Metadata("Configuration"), "-o", Folder);
    }

    /// <summary>Names of the libraries that are packages.</summary>
    public static IReadOnlyList<string> Ids { get; } = [.. s_rooms.Select(r => "XanesMl." + r)];

    /// <summary>The version that Directory.Build.props gives, as the build has read it.</summary>
    public static string Version { get; } = Metadata("Version");

    /// <summary>Folder of the .nupkg and .snupkg files.</summary>
    public string Folder { get; }

    /// <summary>What the command printed.</summary>
    public string Output { get; }

    /// <summary>A fresh folder, deleted with the packages.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_root, name)).FullName;

    /// <summary>A package or symbol package, to be read.</summary>
    public ZipArchive Open(string id, string extension = ".nupkg") => ZipFile.OpenRead(Path.Combine(Folder, $"{id}.{Version}{extension}"));

    /// <summary>The metadata element of a package's nuspec.</summary>
    public XElement Nuspec(string id)
    {
        using var package = Open(id);
        using var content = package.GetEntry(id + ".nuspec")!.Open();
        return XDocument.Load(content).Root!.Elements().Single();
    }

    /// <summary>Dependencies of a package with their versions.</summary>
    public IReadOnlyDictionary<string, string> Dependencies(string id) =>
        Nuspec(id).Descendants().Where(e => e.Name.LocalName == "dependency").ToDictionary(e => e.Attribute("id")!.Value, e => e.Attribute("version")!.Value);

    /// <summary>What the project file says of the build.</summary>
    public static string Metadata(string key) => typeof(BuiltPackages).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

    public void Dispose() => Directory.Delete(_root, recursive: true);
}

[CollectionDefinition("packages")]
public sealed class PackagesGroup : ICollectionFixture<BuiltPackages>;
