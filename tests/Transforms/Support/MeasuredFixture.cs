using System.Globalization;

namespace XanesMl.Transforms.Tests.Support;

/// <summary>Made-up measurements of a copper edge: slope, step of about 0.8, white line and a wiggle, on 126 energies from 8900 to 9150 eV.</summary>
internal static class MeasuredFixture
{
    public const int Points = 126;

    /// <summary>Different measurements; later rows repeat them.</summary>
    public const int Kinds = 7;

    public static double[] Energies { get; } = [.. Enumerable.Range(0, Points).Select(i => 8900.0 + (2 * i))];

    public static double[] Mu(int row)
    {
        double edge = 8984 + (row % Kinds);
        return [.. Energies.Select(e => 0.9 - (4e-4 * (e - 8980)) + (0.8 * ((Math.Atan((e - edge) / 1.5) / Math.PI) + 0.5))
            + (0.3 * Math.Exp(-Math.Pow((e - edge - 6) / 5, 2))) + (e > edge ? 0.02 * Math.Sin((e - edge) / 9) : 0))];
    }

    /// <summary>One text file a measurement, energies in eV.</summary>
    public static string[] Files(TemporaryFolder folder) => [.. Enumerable.Range(0, Kinds).Select(k =>
    {
        string path = folder.File($"scan{k}.xmu");
        double[] mu = Mu(k);
        File.WriteAllLines(path, ["# energy mu", .. Energies.Select((e, i) => string.Create(CultureInfo.InvariantCulture, $"{e:R} {mu[i]:R}"))]);
        return path;
    })];

    /// <summary>Rows with a path and with columns as an instrument gives them: from high to low energy.</summary>
    public static MeasuredRow[] Rows(int count, string[] files) => [.. Enumerable.Range(0, count).Select(i => new MeasuredRow
    {
        Path = files[i % files.Length], RawEnergy = [.. Energies.Reverse()], RawMu = [.. Mu(i).Reverse()], Number = 0, Element = "Cu",
    })];
}

/// <summary>One row with every kind of input column of the steps for measured spectra.</summary>
public sealed class MeasuredRow
{
    public string Path { get; set; } = "";

    public double[] RawEnergy { get; set; } = [];

    public double[] RawMu { get; set; } = [];

    public int Number { get; set; }

    public string Element { get; set; } = "";
}
