namespace XanesMl.Spectra.Tests.Normalization;

/// <summary>Scans in closed form.</summary>
internal static class ScanExamples
{
    /// <summary>6900 to 7900 eV in steps of 0.5.</summary>
    public static double[] Energies() => [.. Enumerable.Range(0, 2001).Select(i => 6900 + (0.5 * i))];

    /// <summary>An iron edge at 7112 eV, 1.5 eV wide, with a white line, on a falling background.</summary>
    public static double[] Mu() => Array.ConvertAll(Energies(), x => 0.4 - (2e-4 * (x - 7000))
        + (1.25 * (0.5 + (Math.Atan((x - 7112) / 1.5) / Math.PI)) * (1 - (x > 7112 ? 3e-4 * (x - 7112) : 0)))
        + (0.30 * Math.Exp(-0.5 * Math.Pow((x - 7131) / 6, 2))));

    /// <summary>The same normalized: 0 before and 1 after the edge.</summary>
    public static double[] NormalizedMu() => Array.ConvertAll(Energies(), x => 0.5 + (Math.Atan((x - 7112) / 1.5) / Math.PI) + (0.30 * Math.Exp(-0.5 * Math.Pow((x - 7131) / 6, 2))));
}
