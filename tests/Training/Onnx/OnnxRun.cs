using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace XanesMl.Training.Tests.Onnx;

/// <summary>Runs a model in ONNX Runtime.</summary>
internal sealed class OnnxRun(byte[] model) : IDisposable
{
    private readonly InferenceSession _session = new(model, new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 });

    public InferenceSession Session => _session;

    public void Dispose() => _session.Dispose();

    /// <summary>Outputs by name, row-major, for rows of equal width.</summary>
    public Dictionary<string, float[]> Run(float[][] rows)
    {
        string input = _session.InputNames.Single();
        float[] flat = [.. rows.SelectMany(r => r)];
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(flat, [rows.Length, rows[0].Length]);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(options, [input], [value], _session.OutputNames);
        return _session.OutputNames.Zip(outputs).ToDictionary(p => p.First, p => p.Second.GetTensorDataAsSpan<float>().ToArray());
    }

    public static double MaxDifference(IReadOnlyList<float> actual, IEnumerable<double> expected)
    {
        double[] e = [.. expected];
        Assert.Equal(e.Length, actual.Count);
        return e.Select((v, i) => Math.Abs(v - actual[i])).Max(d => double.IsNaN(d) ? double.PositiveInfinity : d);
    }
}

/// <summary>A fact that needs Debian's python3-onnx and is skipped, visibly, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnnxCheckerFactAttribute : FactAttribute
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<bool> Present = new(() => File.Exists(Python) && Execute("import onnx.checker, onnx.shape_inference").Code == 0);

    public OnnxCheckerFactAttribute()
    {
        if (!Present.Value)
            Skip = "needs python3 with the onnx package";
    }

    public static (int Code, string Output) Execute(string script, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
