using System.Globalization;
using XanesMl.Spectra;

namespace XanesMl.Inference.Models;

/// <summary>What the values of model.json must satisfy beyond their JSON types. All of it holds for what we write, so a breach means damage.</summary>
internal static class MetadataRules
{
    // Far more than any model of this kind has; they guard against absurd allocations from a damaged file.
    private const int MaxPoints = 1 << 20;
    private const int MaxStyles = 1 << 12;

    public static void Check(ModelMetadata m, string file)
    {
        var rule = new Rule(file);
        rule.That(m.FormatVersion == ModelMetadata.CurrentFormat, $"format_version must be {ModelMetadata.CurrentFormat}", m.FormatVersion);
        rule.That(m.Name.Length > 0, "name must not be empty");
        rule.That(m.Edge.Length > 0, "edge must not be empty");
        Names(rule, "elements", m.Elements);
        rule.That(m.Elements.Count > 0, "elements must name at least one element");
        Grid(rule, m, file);
        rule.That(Enum.IsDefined(m.Normalization), "normalization must be a known policy", m.Normalization);
        rule.That(m.StyleCount is > 0 and <= MaxStyles, $"style_count must be 1 to {MaxStyles}", m.StyleCount);
        Descriptors(rule, m);
        Calibrations(rule, m);
        if (m.CoordinationThresholds is { } t)
            Thresholds(rule, m, t);
        if (m.Domain is { } d)
            Domain(rule, d, m.StyleCount);
        Provenance(rule, m.Provenance);
        rule.That(m.Metrics.Keys.All(k => k.Length > 0), "metrics must have names");
        foreach (var (name, hash) in m.Files)
            FileEntry(rule, name, hash);
    }

    /// <summary>A file name without any path: letters, digits, '.', '_', '-', not beginning with a dot.</summary>
    public static bool IsPlainName(string name) =>
        name.Length is > 0 and <= 100 && name[0] != '.' && name[^1] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    /// <summary>A value cut to a length that fits an error message, without line breaks.</summary>
    public static string Short(string text, int length = 60)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= length ? line : string.Concat(line.AsSpan(0, length), "...");
    }

    private static void Grid(Rule rule, ModelMetadata m, string file)
    {
        rule.That(Enum.IsDefined(m.EnergyAxis), "energy_axis must be a known axis", m.EnergyAxis);
        rule.That(m.Energies.Count <= MaxPoints, $"energies must be at most {MaxPoints} points", m.Energies.Count);
        try
        {
            _ = new EnergyGrid([.. m.Energies]);
        }
        catch (XanesDataException e)
        {
            throw new XanesModelException("energies: " + e.Problem, file, remedy: ModelFolder.Restore, inner: e);
        }

        foreach (var (element, energy) in m.EdgeReferences)
            rule.That(double.IsFinite(energy), $"edge_references of '{Short(element)}' must be finite", energy);
        if (m.EnergyAxis == EnergyAxis.RelativeToEdge)
        {
            foreach (string element in m.Elements)
                rule.That(m.EdgeReferences.ContainsKey(element), $"edge_references must have element '{Short(element)}', because the model's energies are relative");
        }
    }

    private static void Descriptors(Rule rule, ModelMetadata m)
    {
        rule.That(m.Descriptors.All(d => d is not null), "descriptors must not hold null");
        Names(rule, "descriptors", [.. m.Descriptors.Select(d => d.Name)]);
        rule.That(m.Descriptors.Count <= m.StyleCount, $"descriptors must be at most style_count ({m.StyleCount})", m.Descriptors.Count);
        foreach (var d in m.Descriptors)
            rule.That(double.IsFinite(d.Min) && double.IsFinite(d.Max) && d.Min <= d.Max, $"range of descriptor '{Short(d.Name)}' must be finite and ordered",
                string.Create(CultureInfo.InvariantCulture, $"{d.Min} to {d.Max}"));
    }

    private static void Calibrations(Rule rule, ModelMetadata m)
    {
        rule.That(m.Calibrations.Count == 0 || m.Calibrations.Count == m.Descriptors.Count,
            $"calibrations must be none or one for each of the {m.Descriptors.Count} descriptors", m.Calibrations.Count);
        for (int k = 0; k < m.Calibrations.Count; k++)
        {
            string which = $"calibration of '{Short(m.Descriptors[k].Name)}'";
            var c = m.Calibrations[k];
            rule.That(c is not null && Enum.IsDefined(c.Kind), which + " must have a known kind");
            rule.That(double.IsFinite(c!.HalfWidth90) && c.HalfWidth90 >= 0, which + ": half_width90 must be finite and not negative", c.HalfWidth90);
            if (c.Kind == CalibrationKind.Isotonic)
            {
                rule.That(c.Coefficients.Count == 0, which + ": isotonic has no coefficients", c.Coefficients.Count);
                rule.That(c.KnotStyles.Count > 0 && c.KnotStyles.Count == c.KnotValues.Count, which + " must have as many knot values as knot styles, at least one",
                    $"{c.KnotStyles.Count} and {c.KnotValues.Count}");
                Ordered(rule, which + ": knot_styles", c.KnotStyles, strict: true);
                Ordered(rule, which + ": knot_values", c.KnotValues, strict: false);
            }
            else
            {
                rule.That(c.KnotStyles.Count == 0 && c.KnotValues.Count == 0, which + ": a polynomial has no knots", c.KnotStyles.Count);
                rule.That(c.Coefficients.Count == (c.Kind == CalibrationKind.Linear ? 2 : 3), $"{which}: wrong number of coefficients for {c.Kind}", c.Coefficients.Count);
                Finite(rule, which + ": coefficients", c.Coefficients);
            }
        }
    }

    private static void Thresholds(Rule rule, ModelMetadata m, ClassThresholds t)
    {
        const string Name = "coordination_thresholds";
        rule.That(m.Descriptors.Any(d => d.Name == t.Descriptor), Name + " must belong to a descriptor of the model", Short(t.Descriptor));
        rule.That(t.Classes.Count >= 2 && t.Thresholds.Count == t.Classes.Count - 1, Name + " must have one threshold fewer than classes",
            $"{t.Thresholds.Count} for {t.Classes.Count}");
        Ordered(rule, Name + ": classes", [.. t.Classes.Select(c => (double)c)], strict: true);
        Ordered(rule, Name + ": thresholds", t.Thresholds, strict: false);
    }

    private static void Domain(Rule rule, DomainThresholds d, int styles)
    {
        rule.That(d.ReconstructionErrorPercentiles.Count == 101, "domain: reconstruction_error_percentiles must be 101 numbers", d.ReconstructionErrorPercentiles.Count);
        Ordered(rule, "domain: reconstruction_error_percentiles", d.ReconstructionErrorPercentiles, strict: false);
        rule.That(double.IsFinite(d.ReconstructionErrorLimit) && d.ReconstructionErrorLimit >= 0, "domain: reconstruction_error_limit must be finite and not negative", d.ReconstructionErrorLimit);
        rule.That(double.IsFinite(d.MahalanobisLimit) && d.MahalanobisLimit >= 0, "domain: mahalanobis_limit must be finite and not negative", d.MahalanobisLimit);
        foreach (var (name, values, count) in new[]
        {
            ("style_min", d.StyleMin, styles), ("style_max", d.StyleMax, styles), ("style_mean", d.StyleMean, styles), ("style_precision", d.StylePrecision, styles * styles),
        })
        {
            rule.That(values.Count == count, $"domain: {name} must be {count} numbers", values.Count);
            Finite(rule, "domain: " + name, values);
        }

        if (d.Measured is { } m)
        {
            foreach (var (name, value) in new[]
            {
                ("reconstruction_error_limit", m.ReconstructionErrorLimit), ("mahalanobis_limit", m.MahalanobisLimit), ("style_margin", m.StyleMargin), ("early_absorption_limit", m.EarlyAbsorptionLimit),
            })
                rule.That(double.IsFinite(value) && value >= 0, $"domain: measured: {name} must be finite and not negative", value);
            rule.That(m.CorrelationLimit is >= -1 and <= 1, "domain: measured: correlation_limit must be from -1 to 1", m.CorrelationLimit);
            rule.That(m.Rows is null or > 0, "domain: measured: rows must be 1 or more", m.Rows ?? 0);
        }

        for (int s = 0; s < styles; s++)
            rule.That(d.StyleMin[s] <= d.StyleMax[s], $"domain: style_min must not exceed style_max of style {s + 1}", d.StyleMin[s]);
    }

    private static void Provenance(Rule rule, Provenance p)
    {
        rule.That(p.Origin is "trained" or "imported", "provenance: origin must be trained or imported", Short(p.Origin));
        rule.That(p.SplitKind is "grouped" or "positional" or "random" or "none", "provenance: split_kind must be grouped, positional, random or none", Short(p.SplitKind));
        rule.That(p.SplitRows.All(r => r >= 0), "provenance: split_rows must not be negative");
        rule.That(p.DataHash.Length > 0, "provenance: data_hash must not be empty");
        rule.That(p.XanesMlVersion.Length > 0, "provenance: xanes_ml_version must not be empty");
    }

    private static void FileEntry(Rule rule, string name, string hash)
    {
        rule.That(IsPlainName(name) && name != ModelFolder.MetadataFile, "files may only list plain file names beside model.json", "'" + Short(name) + "'");
        rule.That(hash is { Length: 64 } && hash.All(char.IsAsciiHexDigitLower), $"SHA-256 of '{name}' must be 64 lower-case hexadecimal digits", Short(hash ?? "null", 70));
    }

    private static void Names(Rule rule, string list, IReadOnlyList<string> names)
    {
        rule.That(names.All(n => !string.IsNullOrWhiteSpace(n) && !n.Any(char.IsControl)), $"{list} must not hold empty names");
        rule.That(names.Distinct(StringComparer.Ordinal).Count() == names.Count, $"{list} must not repeat", Short(string.Join(", ", names)));
    }

    private static void Finite(Rule rule, string list, IReadOnlyList<double> values)
    {
        foreach (double v in values)
            rule.That(double.IsFinite(v), list + " must be finite", v);
    }

    private static void Ordered(Rule rule, string list, IReadOnlyList<double> values, bool strict)
    {
        Finite(rule, list, values);
        for (int i = 1; i < values.Count; i++)
            rule.That(strict ? values[i] > values[i - 1] : values[i] >= values[i - 1], list + (strict ? " must increase" : " must not decrease"), values[i]);
    }

    private readonly struct Rule(string file)
    {
        public void That(bool holds, string expectation)
        {
            if (!holds)
                throw new XanesModelException(expectation, file, remedy: ModelFolder.Restore);
        }

        public void That<T>(bool holds, string expectation, T found)
        {
            if (!holds)
                throw new XanesModelException(expectation, file, Convert.ToString(found, CultureInfo.InvariantCulture), ModelFolder.Restore);
        }
    }
}
