using System.Text.RegularExpressions;

namespace XanesMl.Spectra.Measured;

/// <summary>What a column of a measured file is, as its label says.</summary>
internal enum MeasuredRole
{
    Other,
    Energy,
    Angle,
    Wavenumber,
    Chi,
    Mu,
    MuTransmission,
    MuFluorescence,
    MuReference,
    Normalized,
    Simulated,
    I0,
    Transmitted,
    Fluorescence,
    Reference,
}

/// <summary>Role of a column and how sure it is.</summary>
/// <param name="Role">The role.</param>
/// <param name="Rank">0 for the plainest label; among columns of one role the lowest is taken.</param>
/// <param name="Group">For fluorescence: what the channels of one detector have in common; empty for a column of its own.</param>
internal readonly record struct RoleOfColumn(MeasuredRole Role, int Rank, string Group = "");

/// <summary>Reads roles out of labels: "Mono Energy *", "I0-32", "xmu(trans)", "Fe_Ka_mca3", "Requested Energy".</summary>
internal static partial class ColumnRoles
{
    private static readonly string[] s_notSignal = ["off", "offset", "gain", "sens", "sensitivity", "dark", "icr", "ocr", "clock", "time", "livetime", "realtime", "deadtime", "dt", "dtfactor", "outputcount", "total", "error", "err", "std", "stddev", "sigma", "weight"];
    private static readonly string[] s_i0 = ["i0", "io", "izero", "iin", "monitor", "mon"];
    private static readonly string[] s_transmitted = ["itrans", "it", "itr", "itransmission", "trans", "transmission", "i1"];
    private static readonly string[] s_reference = ["iref", "irefer", "ireference", "ref", "refer", "reference", "ir", "i2"];
    private static readonly string[] s_fluorescence = ["ifluor", "flatot", "if", "ifl", "ifluo", "iflu", "ifluorescence", "fluor", "fluo", "fluorescence", "flu", "lytle", "pips", "ff"];
    private static readonly string[] s_channels = ["sca", "mca", "fla", "fluo", "fluor", "ifluor", "if", "roi", "ge", "sdd", "ketek", "vortex", "xmap", "channel", "ch", "det"];

    /// <summary>Role of a label; the unit is said apart from it, or null.</summary>
    public static RoleOfColumn Of(string label)
    {
        string[] tokens = Tokens(label);
        if (tokens.Length == 0)
            return default;
        string joined = string.Concat(tokens);
        return Abscissa(label, tokens, joined) ?? Absorption(tokens, joined) ?? Detector(label, tokens, joined) ?? default;
    }

    /// <summary>The unit that a label or its unit field says, or Auto.</summary>
    public static EnergyUnit UnitOf(string label, string? unit)
    {
        string[] tokens = [.. Tokens(label), .. Tokens(unit ?? "")];
        if (tokens.Contains("kev"))
            return EnergyUnit.KiloElectronVolt;
        if (tokens.Contains("ev"))
            return EnergyUnit.ElectronVolt;
        return tokens.Any(t => t is "deg" or "degree" or "degrees") || Of(label).Role == MeasuredRole.Angle ? EnergyUnit.MonochromatorDegrees : EnergyUnit.Auto;
    }

    private static RoleOfColumn? Abscissa(string label, string[] tokens, string joined)
    {
        if (tokens.Any(t => t is "edge" or "error" or "offset" or "shift"))
            return null;
        bool plain = joined is "energy" or "energyev" or "energykev" or "e" or "en" or "ev" or "kev" or "eev" or "ekev" or "photonenergy" or "hv";
        if (plain || joined.Contains("energy", StringComparison.Ordinal) || joined is "mononrg" or "nrj")
        {
            int rank = joined == "energy" ? 0 : plain ? 1 : tokens.Any(t => t is "readback" or "rbv" or "rb" or "read" or "actual") || joined == "mononrg" ? 5
                : tokens.Contains("requested") ? 4 : tokens.Contains("achieved") ? 3 : 2;
            return new(MeasuredRole.Energy, rank);
        }

        if (joined is "k" or "kangstrom" or "wavenumber")
            return new(MeasuredRole.Wavenumber, 0);
        if (tokens[0] is "chi" or "chik" || joined is "kchi" or "k2chi" or "k3chi")
            return new(MeasuredRole.Chi, 0);
        return tokens[0] is "angle" or "bragg" or "theta" or "braggangle" || (tokens.Contains("angle") && label.Length < 40) || joined is "monotheta" or "monoangle"
            ? new(MeasuredRole.Angle, joined == "angleo" ? 0 : tokens[0] == "angle" ? 1 : 2) : null; // Angle(o) was observed, Angle(c) asked for
    }

    private static RoleOfColumn? Absorption(string[] tokens, string joined)
    {
        if (joined is "mu" or "xmu" or "mue" or "xmue" or "mux" or "absorption" or "absorbance" or "absorbedbeam" or "mutot" or "mutotal")
            return new(MeasuredRole.Mu, joined is "mu" or "xmu" ? 0 : 1);
        if (joined is "norm" or "normalized" or "normalised" or "normmu" or "munorm" or "normalizedmu" or "normabs" or "xnorm" or "nor" or "normalizedabsorption" or "normalizedabsorbance" or "normalisedabsorption")
            return new(MeasuredRole.Normalized, 0);
        if (joined is "flat" or "flattened" or "flatmu" or "muflat" or "normflat")
            return new(MeasuredRole.Normalized, 1);
        if (joined is "xanes")
            return new(MeasuredRole.Simulated, 0);
        string rest = joined.StartsWith("xmu", StringComparison.Ordinal) ? joined[3..] : joined.StartsWith("mu", StringComparison.Ordinal) ? joined[2..] : "";
        switch (rest)
        {
            case "t" or "trans" or "transmission" or "tr":
                return new(MeasuredRole.MuTransmission, 0);
            case "f" or "fluor" or "fluo" or "fluorescence" or "fl":
                return new(MeasuredRole.MuFluorescence, 0);
            case "ref" or "refer" or "reference" or "r":
                return new(MeasuredRole.MuReference, 0);
        }

        if (tokens.Length >= 3 && tokens[0] is "ln" or "log" && s_i0.Contains(tokens[1]) && s_transmitted.Contains(tokens[2]))
            return new(MeasuredRole.MuTransmission, 1);
        return joined is "absorbtion" or "abscoeff" ? new(MeasuredRole.Mu, 2) : null;
    }

    private static RoleOfColumn? Detector(string label, string[] tokens, string joined)
    {
        if (tokens.Any(t => s_notSignal.Contains(t) || s_notSignal.Contains(t.TrimEnd("0123456789".ToCharArray()))))
            return tokens.Contains("dt") && tokens.Contains("i0") ? new(MeasuredRole.I0, 9) : null;
        if (EmissionLine().Match(label) is { Success: true } line)
        {
            string element = line.Groups[1].Value;
            bool sum = tokens.Any(t => t is "sum");
            return new(MeasuredRole.Fluorescence, sum ? 0 : 1, $"{element}|{(sum ? label : ChannelNumber().Replace(label, "#"))}");
        }

        for (int i = 0; i < tokens.Length; i++)
        {
            int extra = tokens.Length - 1;
            if (s_i0.Contains(tokens[i]))
                return new(MeasuredRole.I0, extra + Array.IndexOf(s_i0, tokens[i]));
            if (s_transmitted.Contains(tokens[i]))
                return new(MeasuredRole.Transmitted, extra + Array.IndexOf(s_transmitted, tokens[i]));
            if (s_reference.Contains(tokens[i]))
                return new(MeasuredRole.Reference, extra + Array.IndexOf(s_reference, tokens[i]));
            if (s_fluorescence.Contains(tokens[i]) && !HasChannelNumber(tokens, i))
                return new(MeasuredRole.Fluorescence, extra + Array.IndexOf(s_fluorescence, tokens[i]));
        }

        if (joined == "incomingbeam")
            return new(MeasuredRole.I0, 0); // NXxas
        string stem = tokens[0].TrimEnd("0123456789".ToCharArray());
        return joined.Length > stem.Length && (s_channels.Contains(stem) || s_fluorescence.Contains(stem)) && char.IsAsciiDigit(joined[^1])
            ? new(MeasuredRole.Fluorescence, 2, "|" + ChannelNumber().Replace(label, "#")) : null;
    }

    private static bool HasChannelNumber(string[] tokens, int i) => i + 1 < tokens.Length && tokens[i + 1].All(char.IsAsciiDigit) && tokens[i + 1].Length <= 2;

    private static string[] Tokens(string label) => [.. NotAlphanumeric().Split(label.ToLowerInvariant().Replace("µ", "mu", StringComparison.Ordinal).Replace("μ", "mu", StringComparison.Ordinal)).Where(t => t.Length > 0)];

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotAlphanumeric();

    // "Fe_Ka_mca1", "XMAP4:AsKa_Sum", "XSP3:0:PbLa": an element and its emission line.
    [GeneratedRegex(@"(?:^|[^A-Za-z])([A-Z][a-z]?)[_ -]?(?:[KL](?:a|b|alpha|beta)\d?)(?![A-Za-z])")]
    private static partial Regex EmissionLine();

    [GeneratedRegex(@"(?<=:)\d+(?=:)|\d+\s*$")]
    private static partial Regex ChannelNumber();
}
