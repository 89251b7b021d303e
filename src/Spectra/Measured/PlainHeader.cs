using System.Text.RegularExpressions;

namespace XanesMl.Spectra.Measured;

/// <summary>Reads what free headers say in forms that many programs share: "key: value", "key = value", E0, the spacing of the crystal, the program's name.</summary>
internal static partial class PlainHeader
{
    /// <summary>Fills in what the lines say.</summary>
    public static void Read(IReadOnlyList<HeaderLine> header, SpectrumSource source)
    {
        for (int i = 0; i < header.Count; i++)
        {
            string text = header[i].Text;
            if (i < 3)
                Program(text, header[i].Mark, source);
            if (KeyValue().Match(text) is { Success: true } pair)
            {
                source.Keep(pair.Groups[1].Value, pair.Groups[2].Value);
                Known(pair.Groups[1].Value.Trim().ToLowerInvariant(), pair.Groups[2].Value, source);
            }

            if (E0().Match(text) is { Success: true } e0 && MeasuredText.Number(e0.Groups[1].Value) is { } value)
                source.StatedE0 ??= value is > 0.2 and < 200 ? value * 1000 : value >= 200 ? value : null;
            if (Spacing().Match(text) is { Success: true } d && MeasuredText.Number(d.Groups[1].Value) is { } spacing and > 0.5 and < 20)
                source.DSpacing ??= spacing;
            if (EdgeOrigin().Match(text) is { Success: true } zero && MeasuredText.Number(zero.Groups[1].Value) is { } origin and > 0)
                source.EnergyOrigin ??= origin;
            if (BeamlineName().Match(text) is { Success: true } beamline)
                source.Beamline ??= MeasuredText.Value(beamline.Groups[1].Value);
        }
    }

    private static void Program(string text, char mark, SpectrumSource source)
    {
        if (text.Contains("FDMNES program", StringComparison.Ordinal))
        {
            source.Format = "FDMNES";
            source.Simulated = true;
        }
        else if (mark == '\0' && text.StartsWith("SSRL ", StringComparison.Ordinal) && text.Contains("Data Collector", StringComparison.Ordinal))
        {
            source.Format = "SSRL data collector";
            source.Facility ??= "SSRL";
        }
        else if (mark == '\0' && Kek().Match(text) is { Success: true } kek)
        {
            source.Format = "9809";
            source.Facility ??= kek.Groups[1].Value;
            source.Beamline ??= kek.Groups[2].Value;
            source.Warnings.Add("the header's detector offsets are not subtracted");
        }
        else if (mark == '#' && SpecLine().IsMatch(text) && source.Format == "columns")
        {
            source.Format = "SPEC";
        }
    }

    private static void Known(string key, string value, SpectrumSource source)
    {
        switch (key)
        {
            case "element" or "element.symbol" or "absorber" or "absorbing element":
                source.Element ??= MeasuredText.Element(value);
                break;
            case "edge" or "element.edge" or "absorption edge":
                source.Edge ??= MeasuredText.Edge(value);
                break;
            case "sample" or "sample name" or "sample.name":
                source.Sample ??= MeasuredText.Value(value);
                break;
            case "facility" or "facility.name" or "synchrotron":
                source.Facility ??= MeasuredText.Value(value);
                break;
            case "beamline" or "beamline.name":
                source.Beamline ??= MeasuredText.Value(value);
                break;
            case "d_spacing" or "dspacing" or "mono.d_spacing":
                source.DSpacing ??= MeasuredText.Number(value.Trim()) is { } d and > 0.1 and < 100 ? d : null;
                break;
        }
    }

    [GeneratedRegex(@"^([A-Za-z][\w .()/\-]{0,59}?)\s{0,20}[:=]\s+(\S.*)$")]
    private static partial Regex KeyValue();

    [GeneratedRegex(@"(?:\b[Ee]0|\bedge_energy|\bexafs_edge_energy)\s{0,8}[:=]?\s{0,8}(\d{1,6}(?:\.\d{0,8})?)\b")]
    private static partial Regex E0();

    [GeneratedRegex(@"\bD\s{0,8}=\s{0,8}(\d{1,2}\.\d{1,8})\s*A\b")]
    private static partial Regex Spacing();

    // FDMNES: "20000.0  1.25  15.0  0.0 = E_edge, Gamma_hole, Gamma_max, E_cut".
    [GeneratedRegex(@"^(\d{1,6}(?:\.\d{0,6})?)\s[^=]*=\s{0,8}E_edge\b")]
    private static partial Regex EdgeOrigin();

    [GeneratedRegex(@"^Beamline\s+(\w[\w .\-]{0,30})$")]
    private static partial Regex BeamlineName();

    [GeneratedRegex(@"^9809\s+(\S+)\s+(\S+)$")]
    private static partial Regex Kek();

    [GeneratedRegex(@"^(?:F \S|S \d+ )")]
    private static partial Regex SpecLine();
}
