using System.Globalization;
using System.Text;

namespace XanesMl.Cli.Tests.Commands;

/// <summary>Scans in closed form, as XDI text.</summary>
internal static class SyntheticScan
{
    /// <summary>Energies from 150 eV before to 500 eV after an edge in steps of 1 eV.</summary>
    public static double[] Energies(double edge) => [.. Enumerable.Range(0, 651).Select(i => edge - 150 + i)];

    /// <summary>An edge with a white line on a falling background.</summary>
    public static double[] Mu(double edge, double step, double offset = 0.3) => Array.ConvertAll(Energies(edge), e =>
        offset - (2e-4 * (e - edge)) + (step * (0.5 + (Math.Atan((e - edge) / 1.5) / Math.PI) + (0.3 * Math.Exp(-(e - edge - 12) * (e - edge - 12) / 50)))));

    /// <summary>The file.</summary>
    public static string Xdi(double edge = 8980, double step = 1.2, string? element = "Cu", double offset = 0.3)
    {
        var text = new StringBuilder("# XDI/1.0\n# Column.1: energy eV\n# Column.2: mutrans\n");
        if (element is not null)
            text.Append(CultureInfo.InvariantCulture, $"# Element.symbol: {element}\n# Element.edge: K\n");
        text.Append("# ///\n# made up\n# -----\n# energy mutrans\n");
        double[] energies = Energies(edge), mu = Mu(edge, step, offset);
        for (int i = 0; i < energies.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{energies[i]:R} {mu[i]:R}\n");
        return text.ToString();
    }
}
