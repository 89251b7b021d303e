using System.Globalization;
using System.Text;
using XanesMl.Spectra;

namespace XanesMl.Edge.Benchmarking;

/// <summary>A measured file as a beamline would write it, made up: so that the benchmark needs no data.</summary>
internal static class SyntheticScan
{
    /// <summary>XDI text of 500 points, 150 eV before to 600 eV behind the K edge: i0 and itrans of an edge with a white line, oscillations and a sloping background.</summary>
    /// <param name="element">Symbol of <see cref="KEdges"/>.</param>
    public static string Of(string element)
    {
        double edge = KEdges.Energy(element) + 9;
        var text = new StringBuilder("# XDI/1.0 XanesMl\n");
        text.Append(CultureInfo.InvariantCulture, $"# Element.symbol: {element}\n# Element.edge: K\n# Column.1: energy eV\n# Column.2: i0\n# Column.3: itrans\n#---\n");
        var random = new Random(1);
        for (int i = 0; i < 500; i++)
        {
            // Steps of 5 eV before the edge, 0.5 eV about it, then growing.
            double x = i < 25 ? -150 + (5 * i) : i < 225 ? -25 + (0.5 * (i - 25)) : 75 + (1.9 * (i - 225));
            double above = 0.5 + (Math.Atan(x / 1.2) / Math.PI);
            double mu = 1.1 - (4e-4 * x) + (1.3 * above * (1 + (0.25 * Math.Exp(-Math.Pow((x - 6) / 5, 2))) + (0.06 * Math.Sin(x / 9) * Math.Exp(-Math.Max(x, 0) / 150))));
            double i0 = 125_000 + (20 * x) + (50 * random.NextDouble());
            text.Append(CultureInfo.InvariantCulture, $"{edge + x:0.000} {i0:0.00} {i0 * Math.Exp(-mu):0.0000}\n");
        }

        return text.ToString();
    }
}
