using System.Globalization;
using System.IO.Compression;
using System.Text;
using XanesMl.Spectra.Measured;
using Xunit;

namespace XanesMl.Spectra.Tests.Measured;

/// <summary>Content made up by a test, read as if it came over a network.</summary>
internal static class Content
{
    /// <summary>An arctangent edge: <paramref name="points"/> energies, 1 eV apart, mu = 0.5 + atan(E - e0) / pi.</summary>
    public static (double[] Energies, double[] Mu) Edge(int points = 90, double first = 8930, double e0 = 8985)
    {
        double[] energies = [.. Enumerable.Range(0, points).Select(i => first + i)];
        return (energies, Array.ConvertAll(energies, e => 0.5 + (Math.Atan(e - e0) / Math.PI)));
    }

    /// <summary>Rows of numbers, shortest text that reads back equal, one blank between them.</summary>
    public static string Rows(params double[][] columns) => Rows(" ", columns);

    /// <summary>Rows of numbers with a separator.</summary>
    public static string Rows(string separator, params double[][] columns) =>
        string.Concat(Enumerable.Range(0, columns[0].Length).Select(i => string.Join(separator, columns.Select(c => c[i].ToString("R", CultureInfo.InvariantCulture))) + "\n"));

    public static IReadOnlyList<MeasuredSpectrum> Read(byte[] bytes, MeasuredReadOptions? options = null, string name = "upload.dat") =>
        MeasuredSpectrumReader.Read(new MemoryStream(bytes), name, options);

    public static IReadOnlyList<MeasuredSpectrum> Read(string text, MeasuredReadOptions? options = null, string name = "upload.dat") => Read(Encoding.UTF8.GetBytes(text), options, name);

    public static MeasuredSpectrum One(string text, MeasuredReadOptions? options = null) => Assert.Single(Read(text, options));

    public static XanesDataException Refused(string text, MeasuredReadOptions? options = null) => Assert.Throws<XanesDataException>(() => Read(text, options));

    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"point {i}: {expected[i]:R} expected, {actual[i]:R} found");
    }

    /// <summary>What every reader promises, whatever it was given.</summary>
    public static void AssertKeepsPromises(MeasuredSpectrum spectrum)
    {
        var e = spectrum.Energies.Span;
        Assert.True(e.Length >= 2);
        Assert.Equal(e.Length, spectrum.Mu.Length);
        Assert.True(spectrum.Reference.Length == 0 || spectrum.Reference.Length == e.Length);
        for (int i = 0; i < e.Length; i++)
        {
            Assert.True(double.IsFinite(e[i]) && e[i] > 0 && double.IsFinite(spectrum.Mu.Span[i]) && (spectrum.Reference.Length == 0 || double.IsFinite(spectrum.Reference.Span[i])));
            Assert.True(i == 0 || e[i] > e[i - 1]);
        }
    }
}
