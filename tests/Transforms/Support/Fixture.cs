using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.TestSupport;

namespace XanesMl.Transforms.Tests.Support;

/// <summary>The tiny models of Fixtures/make_fixtures.py, with a table of spectra that fits them.</summary>
internal static class Fixture
{
    public const int Points = 12;
    public const int Styles = 3;

    public static EnergyGrid Grid { get; } = EnergyGrid.Uniform(8985, 8996, Points);

    public static string File(string name) => SharedData.Repository("tests", "Transforms", "Fixtures", name);

    public static byte[] Bare(string name) => System.IO.File.ReadAllBytes(File(name));

    /// <summary>The model file with the metadata_props that a model folder's file carries.</summary>
    public static byte[] Model(string name, bool relative = false) => WithProperties(Bare(name), ModelJson.ToOnnxProperties(Metadata(relative)));

    public static ModelMetadata Metadata(bool relative) => new()
    {
        FormatVersion = ModelMetadata.CurrentFormat,
        Name = "tiny",
        Elements = relative ? ["Cu", "Ni"] : ["Cu"],
        Edge = "K",
        EnergyAxis = relative ? EnergyAxis.RelativeToEdge : EnergyAxis.Absolute,
        Energies = [.. (relative ? Grid.Shift(-8979) : Grid).Energies],
        EdgeReferences = relative ? new Dictionary<string, double> { ["Cu"] = 8979, ["Ni"] = 8333 } : new Dictionary<string, double> { ["Cu"] = 8979 },
        Normalization = NormalizationPolicy.Simulated,
        Descriptors = [new("CT", "e", "Charge transfer.", 0, 2), new("CN", "", "Oxygen neighbours.", 4, 6)],
        StyleCount = Styles,
        Calibrations =
        [
            new Calibration { Kind = CalibrationKind.Linear, Coefficients = [1.0, 0.5], HalfWidth90 = 0.1 },
            new Calibration { Kind = CalibrationKind.Linear, Coefficients = [5.0, 1.5], HalfWidth90 = 0.3 },
        ],
        Provenance = new Provenance
        {
            Origin = "trained",
            DataHash = new string('a', 64),
            SplitRows = [7, 1, 2],
            SplitKind = "grouped",
            SplitSeed = 1,
            TrialSeeds = [1, 2],
            Configuration = "epochs: 1",
            XanesMlVersion = "0.1.0",
            DataNotice = "made for tests",
        },
    };

    /// <summary>Limits in the midst of what the tiny predictor gives, so that rows of every verdict are among the fixture's.</summary>
    public static DomainThresholds Thresholds { get; } = new()
    {
        ReconstructionErrorPercentiles = [.. Enumerable.Range(0, 101).Select(p => 1.07 + (p * 0.001))], ReconstructionErrorLimit = 1.15,
        StyleMin = [-10, -10, -5.0], StyleMax = [10, 10, 10], StyleMean = [0, 0, 0], StylePrecision = [1, 0, 0, 0, 1, 0, 0, 0, 1], MahalanobisLimit = 100,
    };

    /// <summary>The predictor with these limits.</summary>
    public static byte[] Judging() => WithProperties(Bare("predictor.onnx"), ModelJson.ToOnnxProperties(Metadata(relative: false) with { Domain = Thresholds }));

    /// <summary>Writes a whole model folder.</summary>
    public static string Folder(TemporaryFolder into, bool relative = false)
    {
        string path = into.File(relative ? "relative-model" : "model");
        ModelFolder.Write(path, Metadata(relative), new Dictionary<string, ReadOnlyMemory<byte>>
        {
            [ModelFolder.EncoderFile] = Model("encoder.onnx", relative),
            [ModelFolder.DecoderFile] = Model("decoder.onnx", relative),
            [ModelFolder.PredictorFile] = Model("predictor.onnx", relative),
            [ModelFolder.CardFile] = Encoding.UTF8.GetBytes("# tiny\n"),
        });
        return path;
    }

    /// <summary>Spectrum value: the same expression stands in make_fixtures.py.</summary>
    public static float Spectrum(int row, int point) =>
        (float)((1 / (1 + Math.Exp(-(point - 4 - (0.1 * (row % 5)))))) + (0.02 * (((row * 7) + (point * 3)) % 11)));

    public static float[] Spectrum(int row) => [.. Enumerable.Range(0, Points).Select(p => Spectrum(row, p))];

    /// <summary>Rows with the descriptors CT and CN; every fifth CN is missing.</summary>
    public static SpectraTable Table(int rows) => new(Grid, [.. Enumerable.Range(0, rows).SelectMany(Spectrum)], ["CT", "CN"],
        [.. Enumerable.Range(0, rows).SelectMany(i => new[] { 1 + (0.25f * (i % 7)), i % 5 == 4 ? float.NaN : 4 + (i % 3) })],
        [.. Enumerable.Range(0, rows).Select(i => $"mp-{i / 2}")], [.. Enumerable.Range(0, rows).Select(i => $"{i % 2}")], [.. Enumerable.Range(0, rows).Select(i => i % 4 == 3 ? null : "Cu")]);

    /// <summary>Rows as classes, for prediction engines and for columns that a table does not have.</summary>
    public static FixtureRow[] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => new FixtureRow
    {
        Energy = Grid.Energies.ToArray(),
        Spectrum = Spectrum(i),
        Element = i % 2 == 0 ? "Cu" : "Ni",
        Styles = [0.1f * i, 1 - (0.2f * i), 0.3f],
        Number = i,
    })];

    private static byte[] WithProperties(byte[] model, IReadOnlyDictionary<string, string> properties)
    {
        // Protobuf messages concatenate: metadata_props is field 14 of ModelProto, key and value are fields 1 and 2 of its entries.
        using var s = new MemoryStream();
        s.Write(model);
        foreach (var (key, value) in properties)
        {
            byte[] entry = [.. Field(1, Encoding.UTF8.GetBytes(key)), .. Field(2, Encoding.UTF8.GetBytes(value))];
            s.Write(Field(14, entry));
        }

        return s.ToArray();
    }

    private static byte[] Field(int number, byte[] content)
    {
        var head = new List<byte> { (byte)((number << 3) | 2) };
        for (uint n = (uint)content.Length; ; n >>= 7)
        {
            if (n < 0x80)
            {
                head.Add((byte)n);
                return [.. head, .. content];
            }

            head.Add((byte)(n | 0x80));
        }
    }
}

/// <summary>One row with every kind of input column of the steps.</summary>
public sealed class FixtureRow
{
    [VectorType(Fixture.Points)]
    public double[] Energy { get; set; } = [];

    [VectorType(Fixture.Points)]
    public float[] Spectrum { get; set; } = [];

    public string Element { get; set; } = "";

    [VectorType(Fixture.Styles)]
    public float[] Styles { get; set; } = [];

    public int Number { get; set; }
}

/// <summary>A folder that disappears with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("xanesml-transforms-").FullName;

    public string File(string name) => Path.Combine(_path, name);

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
