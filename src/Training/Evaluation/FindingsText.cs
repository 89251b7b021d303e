using System.Globalization;

namespace XanesMl.Training.Evaluation;

/// <summary>Findings in words; every number in them is computed.</summary>
internal static class FindingsText
{
    /// <summary>"main peak rises with OCN by 0.12 +- 0.02 at E0 + 12 eV (OCN 2.2 to 4.6; data)".</summary>
    public static string Feature(FindingsFeature feature, Finding f)
    {
        if (f.Moves is not null)
            return f.Source == FindingSource.Model ? $"{feature.Noun} changes place with {f.Descriptor}: {f.Moves} ({Range(f)}; model)" : $"{feature.Noun} changes place in the data: {f.Moves}";
        bool position = feature.IsPosition;
        string kept = f.Source == FindingSource.Model && f.Rows < f.Looked ? $"; the {f.Rows} of {f.Looked} rows that keep it" : "";
        string verb = (position, f.Effect >= 0) switch
        {
            (true, true) => "moves to higher energy",
            (true, false) => "moves to lower energy",
            (false, true) => "rises",
            _ => "falls",
        };
        return $"{f.Quantity} {verb} with {f.Descriptor} by {Size(f)} {(position ? "around" : "at")} {At(f.Energy)} ({Range(f)}; {Source(f.Source)}{kept})";
    }

    /// <summary>"absorption from E0 + 8 eV to E0 + 14 eV falls with CN by up to 0.12 +- 0.02 at E0 + 12 eV (CN 4 to 6; data)".</summary>
    public static string Region(Finding f) =>
        $"absorption from {At(f.RegionFrom)} to {At(f.RegionTo)} {(f.Effect >= 0 ? "rises" : "falls")} with {f.Descriptor} by up to {Size(f)} at {At(f.Energy)} ({Range(f)}; {Source(f.Source)})";

    /// <summary>"model: +1.31 +- 0.05 eV (CT 0.1 to 0.6 e), q &lt; 0.001".</summary>
    public static string Number(Finding? f)
    {
        if (f is null)
            return "not tested";
        if (f.Moves is not null)
            return "changes place";
        string q = f.Q < 0.001 ? "q < 0.001" : string.Create(CultureInfo.InvariantCulture, $"q = {f.Q:0.000}");
        return $"{(f.Effect >= 0 ? "+" : "-")}{Size(f)} ({Range(f)}), {q}";
    }

    /// <summary>"E0 + 12.3 eV".</summary>
    public static string At(double energy) => string.Create(CultureInfo.InvariantCulture, $"E0 {(energy < 0 ? '-' : '+')} {Math.Abs(energy):0.0} eV");

    /// <summary>A number with as many digits as its uncertainty allows.</summary>
    public static string Size(Finding f)
    {
        int digits = f.Error > 0 && double.IsFinite(f.Error) ? Math.Clamp(1 - (int)Math.Floor(Math.Log10(f.Error)), 0, 5) : 3;
        string format = digits == 0 ? "0" : "0." + new string('0', digits), unit = f.EffectUnit.Length == 0 ? "" : " " + f.EffectUnit;
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(f.Effect).ToString(format, CultureInfo.InvariantCulture)} +- {f.Error.ToString(format, CultureInfo.InvariantCulture)}{unit}");
    }

    /// <summary>Where a trend was found.</summary>
    public static string Words(TrendVerdict verdict) => verdict switch
    {
        TrendVerdict.Both => "found in model and data",
        TrendVerdict.OppositeSigns => "found in model and data with opposite signs",
        TrendVerdict.ModelOnly => "found in the model only",
        TrendVerdict.DataOnly => "found in the data only, not in the model",
        TrendVerdict.Neither => "found neither in the model nor in the data",
        _ => "not looked for",
    };

    /// <summary>The same for programs.</summary>
    public static string Key(TrendVerdict verdict) => verdict switch
    {
        TrendVerdict.Both => "both",
        TrendVerdict.OppositeSigns => "opposite-signs",
        TrendVerdict.ModelOnly => "model-only",
        TrendVerdict.DataOnly => "data-only",
        TrendVerdict.Neither => "neither",
        _ => "not-looked-for",
    };

    /// <summary>Where a feature was found to move.</summary>
    public static string Words(FindingPair pair) => pair.Agreement switch
    {
        FindingAgreement.Both => "both",
        FindingAgreement.SameSign => "both, of other size or place",
        FindingAgreement.Opposite => "both, opposite signs",
        FindingAgreement.ModelOnly => pair.Data is null ? "model; data not tested" : "model only",
        FindingAgreement.DataOnly => pair.Model is null ? "data; model not tested" : "data only",
        FindingAgreement.ChangesPlace => pair.Model is { Found: true } ? "model; changes place in the data" : pair.Data is { Found: true } ? "data; changes place in the model" : "changes place",
        _ => "neither",
    };

    private static string Range(Finding f) => string.Create(CultureInfo.InvariantCulture, $"{f.Descriptor} {f.RangeFrom:0.###} to {f.RangeTo:0.###} {f.RangeUnit}").TrimEnd();

    private static string Source(FindingSource source) => source == FindingSource.Model ? "model" : "data";
}
