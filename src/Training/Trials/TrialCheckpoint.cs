using System.Globalization;
using TorchSharp;
using XanesMl.Spectra;
using XanesMl.Training.Importing;
using XanesMl.Training.Networks;
using static TorchSharp.torch;

namespace XanesMl.Training.Trials;

/// <summary>Saves everything of a trial that the next epoch depends on, and the best weights so far, as one safetensors file.</summary>
/// <remarks>Random numbers need no state: they come from (seed, epoch). Names: the networks' own; "best.encoder.main.N...";
/// "optimizer.NAME.I.exp_avg" and ".exp_avg_sq" for parameter I of an optimizer, "optimizer.NAME.step".</remarks>
public static class TrialCheckpoint
{
    private const string Format = "xanesml-trial-1";
    private const string Restart = "Delete it to start the trial again.";

    /// <summary>Writes the checkpoint: to a temporary name, then moved over the old one.</summary>
    /// <param name="trainer">The trial, between two epochs.</param>
    /// <param name="path">Target file.</param>
    /// <param name="identity">What the run depends on (data, split, options); compared by <see cref="Restore"/>.</param>
    public static void Save(TrialTrainer trainer, string path, string identity)
    {
        using var scope = NewDisposeScope();
        var tensors = new List<NamedTensor>();
        foreach (var (name, value) in trainer.Networks.State())
            tensors.Add(ToNamed(name, value));
        AddWeights(tensors, "best.encoder", trainer.Best.Encoder);
        AddWeights(tensors, "best.decoder", trainer.Best.Decoder);
        foreach (var (name, optimizer, _) in trainer.Optimizers.All)
        {
            int i = 0;
            foreach (var (first, second) in optimizer.Moments)
            {
                tensors.Add(ToNamed($"optimizer.{name}.{i}.exp_avg", first));
                tensors.Add(ToNamed($"optimizer.{name}.{i++}.exp_avg_sq", second));
            }

            tensors.Add(NamedTensor.FromInt64s($"optimizer.{name}.step", [1], [optimizer.StepCount]));
        }

        SafeTensorsWriter.Write(path, tensors, new Dictionary<string, string>
        {
            ["format"] = Format,
            ["identity"] = identity,
            ["seed"] = Text(trainer.Seed),
            ["epoch"] = Text(trainer.Epoch),
            ["best_epoch"] = Text(trainer.BestEpoch),
            ["best_metric"] = Text(trainer.BestMetric),
            ["plateau_scale"] = Text(trainer.Plateau.Scale),
            ["plateau_best"] = Text(trainer.Plateau.Best),
            ["plateau_bad_steps"] = Text(trainer.Plateau.BadSteps),
        });
    }

    /// <summary>Refuses a checkpoint of another run, before anything of this one is written.</summary>
    /// <exception cref="XanesDataException">A damaged file, or one of another run: other data, split, options or seed.</exception>
    public static void RequireSame(string path, string identity, int seed) => Check(SafeTensorsReader.Read(path), path, identity, seed);

    /// <summary>Puts a freshly made trial where the checkpoint stood.</summary>
    /// <exception cref="XanesDataException">A damaged file, or one of another run: other data, split, options or seed.</exception>
    public static void Restore(TrialTrainer trainer, string path, string identity)
    {
        var file = SafeTensorsReader.Read(path);
        Check(file, path, identity, trainer.Seed);
        double Number(string key) => double.TryParse(Meta(file, path, key), NumberStyles.Float, CultureInfo.InvariantCulture, out double v) ? v
            : throw new XanesDataException($"the checkpoint's '{key}' is not a number", path, remedy: Restart);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        foreach (var (name, value) in trainer.Networks.State())
            Copy(Find(file, path, name), value);
        foreach (var (name, optimizer, _) in trainer.Optimizers.All)
        {
            int i = 0;
            foreach (var (first, second) in optimizer.Moments)
            {
                Copy(Find(file, path, $"optimizer.{name}.{i}.exp_avg"), first);
                Copy(Find(file, path, $"optimizer.{name}.{i++}.exp_avg_sq"), second);
            }

            optimizer.StepCount = Find(file, path, $"optimizer.{name}.step").ToInt64s()[0];
        }

        trainer.Plateau.Restore(Number("plateau_scale"), Number("plateau_best"), (int)Number("plateau_bad_steps"));
        var best = new AutoencoderWeights(ReadWeights(file, path, "best.encoder", trainer.Networks.Encoder.Blocks), ReadWeights(file, path, "best.decoder", trainer.Networks.Decoder.Blocks));
        trainer.Restore((int)Number("epoch"), best, Number("best_metric"), (int)Number("best_epoch"));
    }

    private static void Check(SafeTensors file, string path, string identity, int seed)
    {
        if (Meta(file, path, "format") != Format)
            throw new XanesDataException($"the checkpoint's format is '{Meta(file, path, "format")}'", path, remedy: Restart);
        if (Meta(file, path, "identity") != identity || Meta(file, path, "seed") != Text(seed))
            throw new XanesDataException("the checkpoint belongs to another run: data, split, configuration or seed differ", path,
                remedy: "Resume with the same input, or give another --out folder.");
    }

    private static string Meta(SafeTensors file, string path, string key) => file.Metadata.TryGetValue(key, out string? v) ? v
        : throw new XanesDataException($"the checkpoint has no '{key}'", path, remedy: Restart);

    private static NamedTensor Find(SafeTensors file, string path, string name) => file.Tensors.TryGetValue(name, out var t) ? t
        : throw new XanesDataException($"the checkpoint has no tensor '{name}'", path, remedy: "Delete it to start the trial again.");

    private static void Copy(NamedTensor source, Tensor target)
    {
        using var values = source.Type switch
        {
            TensorType.I64 => tensor(source.ToInt64s(), target.shape),
            TensorType.F64 => tensor(source.ToDoubles(), target.shape),
            _ => tensor(source.ToSingles(), target.shape),
        };
        target.copy_(values);
    }

    private static NamedTensor ToNamed(string name, Tensor value)
    {
        using var scope = NewDisposeScope();
        var t = value.detach().to(CPU).contiguous();
        return t.dtype switch
        {
            ScalarType.Int64 => NamedTensor.FromInt64s(name, t.shape, t.data<long>().ToArray()),
            ScalarType.Float64 => NamedTensor.FromDoubles(name, t.shape, t.data<double>().ToArray()),
            _ => NamedTensor.FromSingles(name, t.shape, t.data<float>().ToArray()),
        };
    }

    private static void AddWeights(List<NamedTensor> tensors, string prefix, NetworkWeights weights)
    {
        for (int i = 0; i < weights.Blocks.Count; i++)
            foreach (var (part, values) in Parts(weights.Blocks[i]))
                tensors.Add(NamedTensor.FromSingles($"{prefix}.{i}.{part}", [values.Length], values));
    }

    private static NetworkWeights ReadWeights(SafeTensors file, string path, string prefix, IReadOnlyList<BlockDefinition> blocks) => new(
        [.. blocks.Select((b, i) =>
        {
            float[] Part(string part) => Find(file, path, $"{prefix}.{i}.{part}").ToSingles();
            return new BlockWeights(b, Part("weight"), Part("bias"), Part("slope"), Part("mean"), Part("variance"));
        })]);

    private static IEnumerable<(string, float[])> Parts(BlockWeights w) =>
        [("weight", w.Weight), ("bias", w.Bias), ("slope", w.Slope), ("mean", w.RunningMean), ("variance", w.RunningVariance)];

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
