using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace XanesMl.Spectra.Tests;

/// <summary>A folder that disappears with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("xanesml-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string WriteText(string name, string text)
    {
        File.WriteAllBytes(this[name], Encoding.UTF8.GetBytes(text));
        return this[name];
    }

    public string WriteGzip(string name, string text)
    {
        using (var gzip = new GZipStream(File.Create(this[name]), CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return this[name];
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Tables made up from a seed.</summary>
internal static class TestTables
{
    public static SpectraTable Random(int rows, int points, int seed = 1, int rowsPerMaterial = 3, double missing = 0.1, string? element = "Cu")
    {
        var random = new Random(seed);
        var spectra = new float[rows * points];
        for (int i = 0; i < spectra.Length; i++)
            spectra[i] = (float)(random.NextDouble() * 1.5);
        var descriptors = new float[rows * 2];
        for (int i = 0; i < descriptors.Length; i++)
            descriptors[i] = random.NextDouble() < missing ? float.NaN : (float)(random.NextDouble() * 6);
        var grid = EnergyGrid.Uniform(8985, 8985 + ((points - 1) / 3.0), points);
        return new SpectraTable(grid, spectra, ["CT", "CN"], descriptors,
            [.. Enumerable.Range(0, rows).Select(i => "mp-" + (i / rowsPerMaterial).ToString(CultureInfo.InvariantCulture))],
            [.. Enumerable.Range(0, rows).Select(i => (i % rowsPerMaterial).ToString(CultureInfo.InvariantCulture))],
            [.. Enumerable.Repeat(element, rows)]);
    }

    /// <summary>Equal to the last bit; missing descriptors count as equal.</summary>
    public static void AssertSame(SpectraTable expected, SpectraTable actual)
    {
        Xunit.Assert.Equal(expected.Grid.Energies.ToArray(), actual.Grid.Energies.ToArray());
        Xunit.Assert.Equal(expected.DescriptorNames, actual.DescriptorNames);
        Xunit.Assert.True(expected.Spectra.Span.SequenceEqual(actual.Spectra.Span));
        Xunit.Assert.Equal(expected.Descriptors.ToArray(), actual.Descriptors.ToArray());
        Xunit.Assert.Equal(expected.Materials, actual.Materials);
        Xunit.Assert.Equal(expected.Sites, actual.Sites);
        Xunit.Assert.Equal(expected.Elements, actual.Elements);
    }
}
