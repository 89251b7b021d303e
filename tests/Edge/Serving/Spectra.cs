using System.Globalization;
using System.Text;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>Measured spectra made up for these tests: what a model's decoder draws, with a pre-edge, a slope and a scale.</summary>
internal static class Spectra
{
    /// <summary>Rows of a column file: the spectrum on its energies, 0 below them (a smooth rise over 3 eV), its last value above, 5 times as high and tilted.</summary>
    /// <param name="energies">Energies of the spectrum, eV.</param>
    /// <param name="spectrum">Normalized values.</param>
    public static (double[] Energies, double[] Mu) Measure(IReadOnlyList<double> energies, IReadOnlyList<float> spectrum)
    {
        double first = energies[0], last = energies[^1];
        double[] x = [.. Range(first - 100, first - 3, 2), .. energies, .. Range(last + 1, last + 150, 2)];
        return (x, [.. x.Select(e => 0.3 - ((e - first) * 1e-4) + (5 * Value(e)))]);

        double Value(double e)
        {
            if (e < first)
                return 0;
            int i = 0;
            while (i < energies.Count - 1 && energies[i + 1] <= e)
                i++;
            return spectrum[i];
        }
    }

    /// <summary>An XDI file of them.</summary>
    public static byte[] Xdi(double[] energies, double[] mu, string element = "Cu")
    {
        var text = new StringBuilder("# XDI/1.0\n# Column.1: energy eV\n# Column.2: mutrans\n# Element.symbol: " + element + "\n# Element.edge: K\n#---\n# energy mutrans\n");
        for (int i = 0; i < energies.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{energies[i]:R} {mu[i]:R}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>An XDI file of a spectrum that the first model of a server draws, away from its mean, 1.2 eV off and with a little noise.</summary>
    public static async Task<byte[]> MeasuredFile(TestServer server)
    {
        var model = (await server.Get("model")).GetProperty("models")[0];
        var decoded = await server.PostOk("decode", "{\"styles\":[0.8,-0.6,0.5,-0.4,0.3,0.2]}");
        var (energies, mu) = Measure([.. model.GetProperty("energies").EnumerateArray().Select(e => e.GetDouble())], [.. decoded.GetProperty("spectrum").EnumerateArray().Select(v => v.GetSingle())]);
        var random = new Random(5);
        return Xdi([.. energies.Select(e => e - 1.2)], [.. mu.Select(m => m + (0.02 * (random.NextDouble() - 0.5)))]);
    }

    /// <summary>JSON of a request.</summary>
    public static string Json(double[] energies, double[] mu, string more = "") =>
        "{\"energies\":[" + Join(energies) + "],\"mu\":[" + Join(mu) + "]" + more + "}";

    private static string Join(double[] values) => string.Join(',', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));

    private static IEnumerable<double> Range(double from, double to, double step)
    {
        for (double e = from; e < to; e += step)
            yield return e;
    }
}
