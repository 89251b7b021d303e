using System.Globalization;
using System.Text;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Models;
using XanesMl.Spectra;

namespace XanesMl.TestSupport;

/// <summary>Model folders made of the tiny ONNX files of make_fixtures.py: 12 points, 3 styles, 2 descriptors.</summary>
internal static class TinyModel
{
    public const int Points = 12;
    public const int Styles = 3;

    /// <summary>Absolute energies 8985, 8987, ..., 9007 eV.</summary>
    public static EnergyGrid Grid { get; } = EnergyGrid.Uniform(8985, 9007, Points);

    /// <summary>Metadata of a labelled model with domain thresholds, as a training run would write it.</summary>
    public static ModelMetadata Metadata(bool labelled = true, bool relative = false) => new()
    {
        FormatVersion = ModelMetadata.CurrentFormat,
        Name = "Tiny",
        Elements = ["Cu"],
        Edge = "K",
        EnergyAxis = relative ? EnergyAxis.RelativeToEdge : EnergyAxis.Absolute,
        Energies = [.. (relative ? Grid.Shift(-8979) : Grid).Energies],
        EdgeReferences = new Dictionary<string, double> { ["Cu"] = 8979, ["Ni"] = 8333 },
        Normalization = NormalizationPolicy.Simulated,
        Descriptors = labelled
            ? [new("CT", "e", "Charge transfer of the absorber.", 0.2, 2.9), new("CN", "", "Number of oxygen neighbours.", 4, 6)]
            : [],
        StyleCount = Styles,
        Calibrations = labelled
            ? [
                new Calibration { Kind = CalibrationKind.Linear, Coefficients = [1.5, 0.5], HalfWidth90 = 0.1 },
                new Calibration { Kind = CalibrationKind.Linear, Coefficients = [5, 1.0], HalfWidth90 = 0.25 },
              ]
            : [],
        CoordinationThresholds = labelled ? new ClassThresholds("CN", [4, 5, 6], [-0.5, 0.5]) : null,
        Domain = labelled ? Thresholds() : null,
        Provenance = new Provenance
        {
            Origin = labelled ? "trained" : "imported",
            DataHash = new string('a', 64),
            SplitRows = labelled ? [70, 15, 15] : [],
            SplitKind = labelled ? "grouped" : "none",
            SplitSeed = 7,
            TrialSeeds = [11, 12],
            Configuration = "trials: 2\nlr_base: 0.001\n",
            XanesMlVersion = "0.1.0",
            DataNotice = "Made up for tests; \"no\" licence needed. Å",
        },
        Metrics = new Dictionary<string, double> { ["CT.spearman"] = 0.1 + 0.2 },
    };

    /// <summary>The files of a folder with the metadata's properties in every ONNX file.</summary>
    public static Dictionary<string, ReadOnlyMemory<byte>> Files(ModelMetadata metadata)
    {
        var properties = ModelJson.ToOnnxProperties(metadata);
        return new()
        {
            ["encoder.onnx"] = WithProperties(Fixture("encoder.onnx"), properties),
            ["decoder.onnx"] = WithProperties(Fixture("decoder.onnx"), properties),
            ["predictor.onnx"] = WithProperties(Fixture(metadata.Calibrations.Count > 0 ? "predictor.onnx" : "predictor_unlabelled.onnx"), properties),
            ["card.md"] = "# Tiny\n"u8.ToArray(),
        };
    }

    /// <summary>Writes a model folder and returns its path.</summary>
    public static string Write(string path, bool labelled = true, bool relative = false)
    {
        var metadata = Metadata(labelled, relative);
        ModelFolder.Write(path, metadata, Files(metadata));
        return path;
    }

    public static byte[] Fixture(string name) => File.ReadAllBytes(SharedData.Repository("tests", "Inference", "Fixtures", name));

    /// <summary>Appends metadata_props, field 14 of ModelProto: concatenated protobuf messages merge, and repeated fields add up.</summary>
    public static byte[] WithProperties(byte[] onnx, IReadOnlyDictionary<string, string> properties)
    {
        using var stream = new MemoryStream();
        stream.Write(onnx);
        foreach (var (key, value) in properties)
        {
            byte[] entry = [.. Field(1, Encoding.UTF8.GetBytes(key)), .. Field(2, Encoding.UTF8.GetBytes(value))];
            stream.Write(Field(14, entry));
        }

        return stream.ToArray();
    }

    /// <summary>What the decoder makes of styles: spectra that the model reconstructs exactly, [rows x 12].</summary>
    public static float[] Decode(params float[][] styles) => [.. styles.SelectMany(s => Enumerable.Range(0, Points).Select(p =>
        (float)(Step(p) + Enumerable.Range(0, Styles).Sum(k => s[k] * 0.1 * Math.Exp(-Math.Pow(p - (3.0 * (k + 1)), 2) / 4)))))];

    /// <summary>Writes such spectra as a RankAAE table, on the model's grid moved by <paramref name="shift"/> eV.</summary>
    public static void WriteCsv(string path, double shift, params float[][] styles)
    {
        var text = new StringBuilder("MPID,SITE");
        foreach (double e in Grid.Shift(shift).Energies)
            text.Append(CultureInfo.InvariantCulture, $",ENE_{e}");
        for (int i = 0; i < styles.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nmp-{i},{i}");
            foreach (float v in Decode([styles[i]]))
                text.Append(CultureInfo.InvariantCulture, $",{v}");
        }

        File.WriteAllText(path, text.Append('\n').ToString());
    }

    /// <summary>The decoder's base curve at point p.</summary>
    public static double Step(int p) => 1 / (1 + Math.Exp(-(p - 2.0)));

    private static byte[] Field(int number, byte[] content)
    {
        List<byte> bytes = [(byte)((number << 3) | 2)];
        uint length = (uint)content.Length;
        for (; length >= 0x80; length >>= 7)
            bytes.Add((byte)(length | 0x80));
        bytes.Add((byte)length);
        bytes.AddRange(content);
        return [.. bytes];
    }

    /// <summary>Thresholds of styles that fill the cube [-2, 2]^3 on a 5 x 5 x 5 lattice, with errors 0.0000, 0.0001, ..., 0.0124.</summary>
    private static DomainThresholds Thresholds()
    {
        float[] styles = [.. Enumerable.Range(0, 125).SelectMany(i => new float[] { (i % 5) - 2, (i / 5 % 5) - 2, (i / 25) - 2 })];
        float[] errors = [.. Enumerable.Range(0, 125).Select(i => i * 1e-4f)];
        return DomainThresholdsBuilder.Fit(styles, errors, [], [], Styles);
    }
}

/// <summary>A folder for one test, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("xanesml-test-").FullName;

    public string File(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
