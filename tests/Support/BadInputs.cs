using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace XanesMl.TestSupport;

/// <summary>Contents of files that no trustworthy answer can come from, each under a name that says what is wrong with it.</summary>
/// <remarks>Whoever reads a file that strangers give (the command line, a watched folder, a request) must answer each of them with an error of one line or with a row whose verdict is not
/// "ok" and whose reasons say why; never with a stack trace, and within bounded time and memory. Contents are made when asked for, and are the same every time. Use
/// <see cref="Names"/> as the data of a theory: <c>[MemberData(nameof(BadInputs.Names), MemberType = typeof(BadInputs))]</c>, and <see cref="Content"/> in the test.</remarks>
internal static class BadInputs
{
    private const double E0 = 8985;

    private static readonly Dictionary<string, Func<byte[]>> s_contents = new(StringComparer.Ordinal)
    {
        ["empty"] = () => [],
        ["one newline"] = () => "\n"u8.ToArray(),
        ["blanks only"] = () => Text(new string(' ', 5000)),
        ["zeros"] = () => new byte[10_000],
        ["random bytes"] = () => RandomBytes(20_000),
        ["an executable"] = () => [0x7f, (byte)'E', (byte)'L', (byte)'F', .. RandomBytes(4_000)],
        ["a picture"] = () => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a, .. RandomBytes(4_000)],
        ["a zip archive"] = () => [(byte)'P', (byte)'K', 3, 4, .. RandomBytes(400)],
        ["UTF-16"] = () => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Edge())],
        ["a gzip file cut off"] = () => Gzip(Text(Edge()))[..^60],
        ["a gzip file with a changed byte"] = () => Changed(Gzip(Text(Edge()))),
        ["a gzip bomb"] = () => Gzip(Filled(80 << 20, (byte)'1')),
        ["a gzip file in a gzip file"] = () => Gzip(Gzip(Text(Edge()))),
        ["header only"] = () => Text("# XDI/1.0\n# Column.1: energy eV\n# Column.2: mutrans\n# Element.symbol: Cu\n# ---\n"),
        ["header without its end"] = () => Text("# XDI/1.0\n# Column.1: energy eV\n# Column.2: mutrans"),
        ["one point"] = () => Text("# energy mu\n8985 1\n"),
        ["two points"] = () => Text("# energy mu\n8985 0\n8990 1\n"),
        ["one column"] = () => Text("# energy\n" + Rows(e => F(e))),
        ["words"] = () => Text("The sample was measured on Tuesday.\nIt was green.\n"),
        ["a web page"] = () => Text("<!DOCTYPE html>\n<html><body><h1>404 Not Found</h1></body></html>\n"),
        ["JSON that is cut off"] = () => Text("{\"a\":{\"args\":{\"label\":\"x\"},\"x\":[\"8980\",\"8981\""),
        ["JSON nested a hundred thousand times"] = () => Text("{\"a\":{\"x\":" + new string('[', 100_000) + "}}"),
        ["an Athena project without spectra"] = () => Text("# Athena project file -- Athena version 0.9\n$old_group = 'a';\n1;\n"),
        ["an Athena project cut off"] = () => Text("# Athena project file\n$old_group = 'a';\n@args = ('label','x');\n@x = ('8980','8981"),
        ["HDF5 signature and nothing"] = () => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a],
        ["HDF5 with random bytes"] = () => [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0d, 0x0a, 0x1a, 0x0a, .. RandomBytes(4_000)],
        ["Parquet signature and nothing"] = () => "PAR1PAR1"u8.ToArray(),
        ["Parquet with random bytes"] = () => [.. "PAR1"u8, .. RandomBytes(4_000), .. "PAR1"u8],
        ["a table without rows"] = () => Text("MPID,SITE,ENE_8985,ENE_8986,ENE_8987\n"),
        ["a table with a short row"] = () => Text("MPID,SITE,ENE_8985,ENE_8986,ENE_8987\nmp-1,0,1,2\n"),
        ["a table with descending energies"] = () => Text("MPID,SITE,ENE_8987,ENE_8986,ENE_8985\nmp-1,0,1,2,3\n"),
        ["a table with a NaN"] = () => Text("MPID,SITE,ENE_8985,ENE_8986,ENE_8987\nmp-1,0,1,nan,3\n"),
        ["all NaN"] = () => Text("# energy mu\n" + Rows(e => F(e) + " nan")),
        ["infinities"] = () => Text("# energy mu\n" + Rows(e => F(e) + " inf")),
        ["one energy again and again"] = () => Text("# energy mu\n" + Rows(e => "8985 " + F(Step(e)))),
        ["constant"] = () => Text("# energy mu\n" + Rows(e => F(e) + " 1")),
        ["all zero"] = () => Text("# energy mu\n" + Rows(e => F(e) + " 0")),
        ["noise"] = () => Noise(),
        ["huge numbers"] = () => Text("# energy mu\n" + Rows(e => F(e) + ((int)e % 2 == 0 ? " 1.7e308" : " -1.7e308"))),
        ["tiny numbers"] = () => Text("# energy mu\n" + Rows(e => F(e) + " " + F(1e-300 * Step(e)))),
        ["huge energies"] = () => Text("# energy mu\n" + Rows(e => F(e * 1e6) + " " + F(Step(e)))),
        ["negative energies"] = () => Text("# energy mu\n" + Rows(e => F(-e) + " " + F(Step(e)))),
        ["energies in wrong units"] = () => Text("# energy(J) mu\n" + Rows(e => F(e * 1.602e-19) + " " + F(Step(e)))),
        ["angles without a crystal"] = () => Text("# angle(deg) mu\n" + Rows(e => F(12 + ((E0 - e) / 400)) + " " + F(Step(e)))),
        ["an edge upside down"] = () => Text("# energy mu\n" + Rows(e => F(e) + " " + F(-Step(e)))),
        ["pre-edge only"] = () => Text("# energy mu\n" + Rows(e => e < E0 - 20 ? F(e) + " " + F(Step(e)) : null)),
        ["post-edge only"] = () => Text("# energy mu\n" + Rows(e => e > E0 + 40 ? F(e) + " " + F(Step(e)) : null)),
        ["another element"] = () => Text("# XDI/1.0\n# Element.symbol: Pb\n# Element.edge: L3\n# Column.1: energy eV\n# Column.2: mutrans\n# ---\n" + Rows(e => F(e + 4050) + " " + F(Step(e)))),
        ["rows of different length"] = () => Text("# energy mu\n" + Rows(e => ((int)e % 3) switch { 0 => F(e), 1 => F(e) + " 1 2 3", _ => "x" })),
        ["control characters"] = () => Text("# \x1b[31mred\x07\x08 energy mu\n\x1b]0;title\x07" + Rows(e => "\x1b" + F(e))),
        ["a line of a million characters"] = () => Text("# " + new string('x', 1_000_000) + "\n"),
        ["ten thousand columns"] = () => Text(string.Concat(Enumerable.Repeat("1 ", 10_000)) + "\n"),
    };

    /// <summary>What is wrong, as the data of a theory: one name each.</summary>
    public static IEnumerable<object[]> Names => s_contents.Keys.Select(n => new object[] { n });

    /// <summary>The bytes of one of them.</summary>
    public static byte[] Content(string name) => s_contents[name]();

    /// <summary>Rows of energies 8885 to 9184 eV with a step at 8985 eV: what they would be if nothing were wrong.</summary>
    public static string Edge() => "# energy mu\n" + Rows(e => F(e) + " " + F(Step(e)));

    private static double Step(double energy) => 0.2 + 0.5 + (Math.Atan(energy - E0) / Math.PI);

    private static string Rows(Func<double, string?> row) => string.Concat(Enumerable.Range(0, 300).Select(i => row(E0 - 100 + i)).Where(r => r is not null).Select(r => r + "\n"));

    private static string F(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Noise()
    {
        var random = new Random(3);
        return Text("# energy mu\n" + Rows(e => F(e) + " " + F(random.NextDouble())));
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Filled(int count, byte value)
    {
        var bytes = new byte[count];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private static byte[] Changed(byte[] bytes)
    {
        bytes[bytes.Length / 2] ^= 0x55;
        return bytes;
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
