using System.Globalization;
using System.Text.Json;
using Xunit;
using Xunit.Abstractions;
using XanesMl.Spectra.Normalization;
using XanesMl.TestSupport;

namespace XanesMl.Spectra.Tests.Normalization;

/// <summary>Agreement with xraylarch. Oracle of the first test: larch_reference.json, made by larch/xafs/pre_edge.py at a272abc7d with numpy 1.24.2,
/// scipy 1.10.1; of the second: the 259 files of larch-default, made by larch 0.9.58.</summary>
public sealed class LarchAgreementTests(ITestOutputHelper output)
{
    // The fixture holds every n-th point; the full spectra are these files of larch-default, whose mu is rounded to 8 decimals.
    private static readonly Dictionary<string, string> s_files = new()
    {
        ["fe2o3_rt1.xmu"] = "Fe_xasdatalibrary_Fe2O3_rt_01", ["cu_rt01.xmu"] = "Cu_xasdatalibrary_cu_metal_rt", ["cu_10k.xmu"] = "Cu_xasdatalibrary_cu_metal_10K",
        ["V/V2O5.xdi"] = "V_xasdatalibrary_V2O5", ["Fe/Fe2O3_rt_01.xdi"] = "Fe_xasdatalibrary_Fe2O3_rt_01",
        ["Mn/MnO_rt_01.xdi"] = "Mn_xasdatalibrary_MnO_rt_01", ["Cu/CuO_tenorite_13K_01.xdi"] = "Cu_xasdatalibrary_CuO_tenorite_13K_01",
        ["Ni/Ni2O3_rt_01.xdi"] = "Ni_xasdatalibrary_Ni2O3_rt_01", ["Co/co_metal_rt.xdi"] = "Co_xasdatalibrary_co_metal_rt", ["Cr/cr2o3_rt_001.xdi"] = "Cr_xasdatalibrary_cr2o3_rt_001",
    };

    [SharedDataFact]
    public void Defaults_give_larchs_numbers_for_all_reference_spectra()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(SharedData.Path("experimental", "larch_reference.json")));
        int spectra = 0;
        foreach (var s in json.RootElement.GetProperty("spectra").EnumerateArray())
        {
            string name = s.GetProperty("name").GetString()!;
            var (energy, mu) = Load(name);
            Assert.Equal(s.GetProperty("n").GetInt32(), energy.Length);
            int[] index = [.. s.GetProperty("index").EnumerateArray().Select(v => v.GetInt32())];
            AssertAt(name + " mu", s, "mu", index, mu, 5.1e-9);

            var r = PreEdgeNormalizer.Normalize(energy, mu);
            double Of(string key) => s.GetProperty(key).GetDouble();
            Assert.Equal(Of("e0"), r.E0);
            Assert.Equal(s.GetProperty("ie0").GetInt32(), r.E0Index);
            Assert.Equal((Of("pre1"), Of("pre2"), Of("norm1"), Of("norm2")), (r.Pre1, r.Pre2, r.Norm1, r.Norm2));
            Assert.Equal((s.GetProperty("nnorm").GetInt32(), s.GetProperty("nvict").GetInt32()), (r.NNorm, r.NVict));
            Assert.InRange(Math.Abs((r.EdgeStep / Of("edge_step")) - 1), 0, 1e-8);
            double norm = AssertAt(name + " norm", s, "norm", index, r.Norm.Span, 1e-8);
            double flat = AssertAt(name + " flat", s, "flat", index, r.Flat.Span, 1e-8);
            AssertCoefficients(s, "pre_coefs", r.PreCoefficients, r.E0, r.EdgeStep);
            AssertCoefficients(s, "post_minus_pre_coefs", r.PostCoefficients, r.E0, r.EdgeStep);
            output.WriteLine(FormattableString.Invariant($"{name}: step {(r.EdgeStep / Of("edge_step")) - 1:E1}, norm {norm:E1}, flat {flat:E1}"));
            spectra++;
        }

        Assert.Equal(13, spectra);
    }

    [SharedDataFact]
    public void Older_releases_curves_follow_from_their_parameters()
    {
        string folder = SharedData.Path("experimental", "larch-default");
        string[] lines = File.ReadAllLines(Path.Combine(folder, "index.csv"));
        string[] header = lines[0].Split(',');
        int agreeing = 0, e0Same = 0, total = 0;
        var exceptions = new List<string>();
        double worst = 0;
        foreach (string line in lines.Skip(1))
        {
            string[] cells = SplitCsv(line);
            double Of(string name) => double.Parse(cells[Array.IndexOf(header, name)], CultureInfo.InvariantCulture);
            var table = ReadColumns(Path.Combine(folder, cells[0]));
            total++;
            if (Of("e0") < table[0][1])
            {
                output.WriteLine($"{cells[0]}: the older release put E0 on the first point");
                exceptions.Add(cells[0]);
                continue;
            }

            var r = PreEdgeNormalizer.Normalize(table[0], table[1], new PreEdgeOptions
            {
                E0 = Of("e0"), Pre1 = Of("pre1"), Pre2 = Of("pre2"), Norm1 = Of("norm1"), Norm2 = Of("norm2"), NNorm = (int)Of("nnorm"), NVict = (int)Of("nvict"),
            });
            double curves = Math.Max(Largest(table[2], r.PreEdge.Span), Largest(table[3], r.PostEdge.Span)) / r.EdgeStep;
            double difference = Math.Max(curves, Math.Max(Largest(table[4], r.Norm.Span), Largest(table[5], r.Flat.Span)));
            if (difference <= 1e-5)
                (agreeing, worst) = (agreeing + 1, Math.Max(worst, difference));
            else
                exceptions.Add(FormattableString.Invariant($"{cells[0]}: {difference:E1} off, step {(r.EdgeStep / Of("edge_step")) - 1:E1}"));
            if (E0Finder.Find(table[0], table[1]) is var found && table[0][found] == r.E0)
                e0Same++;
        }

        output.WriteLine(FormattableString.Invariant($"{agreeing} of {total} within 1e-5, the worst of them {worst:E1}; E0 found equal to the older release's in {e0Same}"));
        Assert.Equal(259, total);
        Assert.Equal(258, agreeing);
        // A scan of a blank: it has no edge, and the older release put E0 on its first point, where no pre-edge can be fitted. We refuse such an E0.
        Assert.Equal(["Ti_larchprj_zirconolite_08_Ti_blank.csv"], exceptions);
    }

    // Raw mu(E) that is normalized already, although its project file does not say so (one of the eight does): near 0 before and 1 after the edge.
    [SharedDataFact]
    public void Normalized_spectra_are_recognised_and_raw_ones_are_not()
    {
        string[] normalizedAlready =
        [
            "Cu_larchprj_dispersive_01_cu_08_calib", "Fe_larchprj_FeDem_03_", "Fe_larchprj_Fe_04_", "Fe_larchprj_Fe_K_ALS_10_3_2_03_Pyrrhotite",
            "Fe_larchprj_Fe_K_ALS_10_3_2_04_Troilite", "Mn_larchprj_Mn_00_Mn_foil", "Ti_larchprj_eutio3_09_Ti300", "V_larchprj_Vglasses_16_FAD_V4_NNO_3_3",
        ];
        var raw = new List<string>();
        int norm = 0, flat = 0;
        foreach (string file in Directory.EnumerateFiles(SharedData.Path("experimental", "larch-default"), "*_*.csv").Order(StringComparer.Ordinal))
        {
            var table = ReadColumns(file);
            bool Looks(int column) => NormalizedCheck.LooksNormalized(table[0], table[column], PreEdgeNormalizer.Normalize(table[0], table[column]));
            if (Looks(1))
                raw.Add(Path.GetFileNameWithoutExtension(file));
            norm += Looks(4) ? 1 : 0;
            flat += Looks(5) ? 1 : 0;
        }

        output.WriteLine($"recognised: {norm} norm, {flat} flat of 259; raw: {string.Join(' ', raw)}");
        Assert.Equal(normalizedAlready, raw);
        Assert.Equal(216, norm);
        Assert.Equal(253, flat);
    }

    private static (double[] Energy, double[] Mu) Load(string name)
    {
        // Closed forms as the fixture's mu_recipe states them.
        if (name == "synthetic_arctan")
        {
            double[] e = [.. Enumerable.Range(0, 2001).Select(i => 6900 + (0.5 * i))];
            return (e, Array.ConvertAll(e, x => 0.4 - (2e-4 * (x - 7000))
                + (1.25 * (0.5 + (Math.Atan((x - 7112) / 1.5) / Math.PI)) * (1 - (x > 7112 ? 3e-4 * (x - 7112) : 0)))
                + (0.30 * Math.Exp(-0.5 * Math.Pow((x - 7131) / 6, 2)))));
        }

        if (name == "synthetic_short_xanes")
        {
            double[] e = [.. Enumerable.Range(0, 521).Select(i => 8960 + (0.25 * i))];
            return (e, Array.ConvertAll(e, x => 0.1 + (1e-4 * (x - 8960)) + (0.9 * (0.5 + (Math.Atan((x - 8983) / 2) / Math.PI)))
                + (0.25 * Math.Exp(-0.5 * Math.Pow((x - 8996) / 3, 2)))));
        }

        if (name == "V/VO2.xdi")
            return Vo2(); // its mu are logarithms of counts, so 8 decimals are not exact
        var table = ReadColumns(SharedData.Path("experimental", "larch-default", s_files[name] + ".csv"));
        return (table[0], table[1]);
    }

    private static (double[] Energy, double[] Mu) Vo2()
    {
        double[][] rows = [.. File.ReadLines(SharedData.Path("experimental", "xdi", "VO2.xdi")).Where(l => !l.StartsWith('#'))
            .Select(l => Array.ConvertAll(l.Split(' ', StringSplitOptions.RemoveEmptyEntries), c => double.Parse(c, CultureInfo.InvariantCulture)))];
        return (Array.ConvertAll(rows, r => r[0]), Array.ConvertAll(rows, r => -Math.Log(r[3] / r[2])));
    }

    private static double[][] ReadColumns(string path)
    {
        double[][] rows = [.. File.ReadLines(path).Skip(1).Select(l => Array.ConvertAll(l.Split(','), c => double.Parse(c, CultureInfo.InvariantCulture)))];
        return [.. Enumerable.Range(0, rows[0].Length).Select(c => Array.ConvertAll(rows, r => r[c]))];
    }

    private static string[] SplitCsv(string line)
    {
        var cells = new List<string>();
        var fields = new Spectra.Reading.CsvFields(System.Text.Encoding.UTF8.GetBytes(line));
        while (fields.MoveNext())
            cells.Add(System.Text.Encoding.UTF8.GetString(fields.Current));
        return [.. cells];
    }

    private static double AssertAt(string what, JsonElement s, string key, int[] index, ReadOnlySpan<double> actual, double tolerance)
    {
        double worst = 0;
        int i = 0;
        foreach (var v in s.GetProperty(key).EnumerateArray())
            worst = Math.Max(worst, Math.Abs(v.GetDouble() - actual[index[i++]]));
        Assert.True(worst <= tolerance, FormattableString.Invariant($"{what}: {worst:E2} off"));
        return worst;
    }

    // Coefficients of a high-order basis cancel near the edge: what counts is the curve's value there, in units of the step.
    private static void AssertCoefficients(JsonElement s, string key, IReadOnlyList<double> actual, double e0, double step)
    {
        double[] expected = [.. s.GetProperty(key).EnumerateArray().Select(v => v.GetDouble())];
        Assert.Equal(expected.Length, actual.Count);
        double Value(IReadOnlyList<double> c) => c.Select((v, k) => v * Math.Pow(e0, k)).Sum();
        Assert.InRange(Math.Abs(Value(expected) - Value(actual)) / step, 0, 1e-8);
    }

    private static double Largest(double[] expected, ReadOnlySpan<double> actual)
    {
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
            worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        return worst;
    }
}
