using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Xml.Linq;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Packages.Tests;

/// <summary>What is in the packages, and what they say of themselves.</summary>
[Collection("packages")]
public sealed class ContentsTests(BuiltPackages packages)
{
    // The kind of debug information that holds a source file: Portable PDB format, "Embedded Source".
    private static readonly Guid s_embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    public static TheoryData<string> Ids => [.. BuiltPackages.Ids];

    [Fact]
    public void The_four_libraries_pack_with_their_symbols_and_nothing_else_does()
    {
        string[] expected = [.. BuiltPackages.Ids.SelectMany(id => new[] { $"{id}.{BuiltPackages.Version}.nupkg", $"{id}.{BuiltPackages.Version}.snupkg" })];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Directory.GetFiles(packages.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("warning", packages.Output, StringComparison.OrdinalIgnoreCase);
    }

    // Oracle: Directory.Build.props, read here as XML.
    [Fact]
    public void The_version_stands_in_one_place_and_has_the_form_0_x()
    {
        var properties = XDocument.Load(SharedData.Repository("Directory.Build.props"));
        Assert.Equal(properties.Descendants("Version").Single().Value, BuiltPackages.Version);
        Assert.Matches(@"^0\.\d+\.\d+$", BuiltPackages.Version);
        string[] others = [.. Directory.EnumerateFiles(SharedData.Repository("src"), "*.csproj", SearchOption.AllDirectories).Where(f => File.ReadAllText(f).Contains("Version>", StringComparison.Ordinal))];
        Assert.Empty(others);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_package_has_assembly_documentation_and_readme(string id)
    {
        using var package = packages.Open(id);
        Assert.Equal(new[] { id + ".nuspec", "README.md", $"lib/net10.0/{id}.dll", $"lib/net10.0/{id}.xml" }.Order(StringComparer.Ordinal),
            package.Entries.Select(e => e.FullName).Where(n => !n.StartsWith("_rels/", StringComparison.Ordinal) && !n.StartsWith("package/", StringComparison.Ordinal) && n != "[Content_Types].xml").Order(StringComparer.Ordinal));
        string readme = Encoding.UTF8.GetString(Bytes(package, "README.md"));
        Assert.Equal(File.ReadAllText(SharedData.Repository("src", id["XanesMl.".Length..], "README.md")), readme);
        Assert.StartsWith("# " + id, readme, StringComparison.Ordinal);
        var members = XDocument.Parse(Encoding.UTF8.GetString(Bytes(package, $"lib/net10.0/{id}.xml"))).Descendants("member").ToArray();
        Assert.True(members.Length > 50, $"{members.Length} documented members");
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_package_says_what_it_is_and_under_which_licence(string id)
    {
        var nuspec = packages.Nuspec(id);
        string Said(string name) => nuspec.Elements().Single(e => e.Name.LocalName == name).Value;
        Assert.Equal((id, BuiltPackages.Version, "MIT", "README.md"), (Said("id"), Said("version"), Said("license"), Said("readme")));
        Assert.Equal("expression", nuspec.Elements().Single(e => e.Name.LocalName == "license").Attribute("type")!.Value);
        Assert.InRange(Said("description").Length, 60, 400);
        Assert.Contains("XANES", Said("tags").Split(' '));
        Assert.NotEmpty(Said("authors"));
    }

    // Oracle: the rooms of CONTRIBUTING.md and the versions of Directory.Packages.props.
    [Theory]
    [InlineData("XanesMl.Spectra", "", "Parquet.Net")]
    [InlineData("XanesMl.Inference", "XanesMl.Spectra", "Microsoft.ML.OnnxRuntime MathNet.Numerics")]
    [InlineData("XanesMl.Transforms", "XanesMl.Inference", "Microsoft.ML Microsoft.ML.OnnxTransformer Microsoft.Data.Analysis")]
    [InlineData("XanesMl.Training", "XanesMl.Spectra XanesMl.Inference", "TorchSharp Google.Protobuf YamlDotNet")]
    public void Dependencies_are_those_of_the_room_in_the_central_versions(string id, string ours, string theirs)
    {
        var central = XDocument.Load(SharedData.Repository("Directory.Packages.props")).Descendants("PackageVersion").ToDictionary(p => p.Attribute("Include")!.Value, p => p.Attribute("Version")!.Value);
        var dependencies = packages.Dependencies(id);
        foreach (string name in ours.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Assert.Equal(BuiltPackages.Version, dependencies[name]);
        foreach (string name in theirs.Split(' '))
            Assert.Contains(name, dependencies);
        foreach (var (name, version) in dependencies.Where(d => !d.Key.StartsWith("XanesMl.", StringComparison.Ordinal)))
            Assert.Equal((name, central[name]), (name, version));
        Assert.DoesNotContain(dependencies.Keys, k => k.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase) || k.StartsWith("TorchSharp-", StringComparison.Ordinal));
        Assert.DoesNotContain("Grpc.Tools", dependencies.Keys);
        if (id != "XanesMl.Training")
            Assert.DoesNotContain(dependencies.Keys, k => k.Contains("Torch", StringComparison.OrdinalIgnoreCase) || k == "XanesMl.Training");
    }

    /// <summary>ML.NET writes an assembly's full name into saved pipelines: it stays the same in all releases.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void The_assembly_version_is_constant(string id)
    {
        using var package = packages.Open(id);
        string file = Path.Combine(packages.NewFolder("versions"), id + ".dll");
        File.WriteAllBytes(file, Bytes(package, $"lib/net10.0/{id}.dll"));
        Assert.Equal(new Version(1, 0, 0, 0), AssemblyName.GetAssemblyName(file).Version);
        Assert.StartsWith(BuiltPackages.Version, FileVersionInfo.GetVersionInfo(file).ProductVersion, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Symbols_hold_every_source_and_belong_to_the_assembly(string id)
    {
        using var package = packages.Open(id);
        using var symbols = packages.Open(id, ".snupkg");
        using var assembly = new PEReader(new MemoryStream(Bytes(package, $"lib/net10.0/{id}.dll")));
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Bytes(symbols, $"lib/net10.0/{id}.pdb")));
        var pdb = provider.GetMetadataReader();
        var entries = assembly.ReadDebugDirectory();
        Assert.Contains(entries, e => e.Type == DebugDirectoryEntryType.Reproducible);   // the same sources give the same bytes
        Assert.Equal(new BlobContentId(pdb.DebugMetadataHeader!.Id).Guid, assembly.ReadCodeViewDebugDirectoryData(entries.Single(e => e.Type == DebugDirectoryEntryType.CodeView)).Guid);
        Assert.True(pdb.Documents.Count > 10);
        foreach (var handle in pdb.Documents)
        {
            string name = pdb.GetString(pdb.GetDocument(handle).Name);
            Assert.True(pdb.GetCustomDebugInformation(handle).Any(c => pdb.GetGuid(pdb.GetCustomDebugInformation(c).Kind) == s_embeddedSource), name + " is not embedded");
            if (BuiltPackages.Metadata("Configuration") != "Debug")
                Assert.StartsWith("/_/", name, StringComparison.Ordinal);
        }
    }

    /// <summary>No folder of the machine that built it stands in a release.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void Nothing_in_a_release_tells_where_it_was_built(string id)
    {
        if (BuiltPackages.Metadata("Configuration") == "Debug")
            return;
        byte[] ascii = Encoding.UTF8.GetBytes(SharedData.RepositoryRoot), wide = Encoding.Unicode.GetBytes(SharedData.RepositoryRoot);
        foreach (string extension in new[] { ".nupkg", ".snupkg" })
        {
            using var package = packages.Open(id, extension);
            foreach (var entry in package.Entries)
            {
                byte[] content = Bytes(package, entry.FullName);
                Assert.True(content.AsSpan().IndexOf(ascii) < 0 && content.AsSpan().IndexOf(wide) < 0, entry.FullName);
            }
        }
    }

    private static byte[] Bytes(ZipArchive archive, string name)
    {
        using var content = (archive.GetEntry(name) ?? throw new InvalidOperationException($"{name} is missing; there are {string.Join(", ", archive.Entries.Select(e => e.FullName))}")).Open();
        using var copy = new MemoryStream();
        content.CopyTo(copy);
        return copy.ToArray();
    }
}
