using System.Globalization;
using XanesMl.Inference.Models;

namespace XanesMl.Training.Configuration;

/// <summary>Every YAML key: how it sets <see cref="TrainingOptions"/> and how it is written back.</summary>
internal static class ConfigurationKeys
{
    /// <summary>The key that names a preset; read before all others, and never written: its values are.</summary>
    public const string Preset = "preset";

    /// <summary>One key.</summary>
    /// <param name="Name">As written in YAML; several reference keys may share an option.</param>
    /// <param name="Read">Takes the text of the value(s); throws <see cref="FormatException"/> saying what is allowed.</param>
    /// <param name="Write">The value as YAML, or null when it is not to be written.</param>
    internal sealed record Key(string Name, Func<TrainingOptions, IReadOnlyList<string>, TrainingOptions> Read, Func<TrainingOptions, string?> Write);

    /// <summary>All keys by name.</summary>
    public static IReadOnlyDictionary<string, Key> All { get; } = Create().ToDictionary(k => k.Name, StringComparer.Ordinal);

    private static IEnumerable<Key> Create() =>
    [
        new(Preset, (o, _) => o, _ => null),
        Text("data_file", o => o.DataFile, (o, v) => o with { DataFile = v }),
        Text("data_notice", o => o.DataNotice, (o, v) => o with { DataNotice = v }),
        List("descriptors", o => o.Descriptors, (o, v) => o with { Descriptors = v }),
        OptionalInteger("n_aux", o => o.DescriptorCount, (o, v) => o with { DescriptorCount = v }),
        OptionalInteger("dim_in", o => o.Points, (o, v) => o with { Points = v }),
        OptionalInteger("dim_out", o => o.OutputPoints, (o, v) => o with { OutputPoints = v }),
        OptionalInteger("nstyle", o => o.StyleCount, (o, v) => o with { StyleCount = v }),
        Only("ae_form", "FC"),
        Integer("n_layers", o => o.Layers, (o, v) => o with { Layers = v }),
        Integer("hidden", o => o.Hidden, (o, v) => o with { Hidden = v }),
        Integer("FC_discriminator_layers", o => o.DiscriminatorLayers, (o, v) => o with { DiscriminatorLayers = v }),
        Only("use_cnn_discriminator", "false"),
        Choice("decoder_activation", o => o.DecoderActivation, (o, v) => o with { DecoderActivation = v }),
        Number("dropout_rate", o => o.Dropout, (o, v) => o with { Dropout = v }),
        Number("dis_dropout_rate", o => o.DiscriminatorDropout, (o, v) => o with { DiscriminatorDropout = v }),
        Number("dis_noise", o => o.DiscriminatorNoise, (o, v) => o with { DiscriminatorNoise = v }),
        Switch("gradient_reversal", o => o.GradientReversal, (o, v) => o with { GradientReversal = v }),
        Number("alpha_flat_step", o => o.AlphaStep, (o, v) => o with { AlphaStep = v }),
        Number("alpha_limit", o => o.AlphaLimit, (o, v) => o with { AlphaLimit = v }),
        Switch("kendall_activation", o => o.BalanceRanks, (o, v) => o with { BalanceRanks = v }),
        new("force_balance", (o, v) => o with { BalanceRanks = Truth(v) }, _ => null),
        Switch("use_flex_spec_target", o => o.FlexibleTarget, (o, v) => o with { FlexibleTarget = v }),
        Number("spec_noise", o => o.SpectrumNoise, (o, v) => o with { SpectrumNoise = v }),
        Integer("epoch_stop_smooth", o => o.SmoothEpochs, (o, v) => o with { SmoothEpochs = v }),
        Switch("reference_exact", o => o.ReferenceExact, (o, v) => o with { ReferenceExact = v }),
        Integer("max_epoch", o => o.Epochs, (o, v) => o with { Epochs = v }),
        Integer("batch_size", o => o.BatchSize, (o, v) => o with { BatchSize = v }),
        Text("optimizer_name", o => o.Optimizer, (o, v) => o with { Optimizer = v }),
        Number("lr_base", o => o.LearningRate, (o, v) => o with { LearningRate = v }),
        Number("lr_ratio_dis", o => o.DiscriminatorRatio, (o, v) => o with { DiscriminatorRatio = v }),
        Number("lr_ratio_gen", o => o.GeneratorRatio, (o, v) => o with { GeneratorRatio = v }),
        Number("lr_ratio_Corr", o => o.RankRatio, (o, v) => o with { RankRatio = v }),
        Number("lr_ratio_Reconn", o => o.ReconstructionRatio, (o, v) => o with { ReconstructionRatio = v }),
        Number("lr_ratio_Mutual", o => o.MutualRatio, (o, v) => o with { MutualRatio = v }),
        Number("lr_ratio_Smooth", o => o.SmoothRatio, (o, v) => o with { SmoothRatio = v }),
        Number("dis_beta", o => o.DiscriminatorBeta, (o, v) => o with { DiscriminatorBeta = v }),
        Number("gen_beta", o => o.GeneratorBeta, (o, v) => o with { GeneratorBeta = v }),
        Number("weight_decay", o => o.WeightDecay, (o, v) => o with { WeightDecay = v }),
        Choice("schedule", o => o.Schedule, (o, v) => o with { Schedule = v }),
        Number("sch_factor", o => o.ScheduleFactor, (o, v) => o with { ScheduleFactor = v }),
        Integer("sch_patience", o => o.SchedulePatience, (o, v) => o with { SchedulePatience = v }),
        Integer("trials", o => o.Trials, (o, v) => o with { Trials = v }),
        Integer("top_n", o => o.TopTrials, (o, v) => o with { TopTrials = v }),
        Choice("keep_weights", o => o.KeepWeights, (o, v) => o with { KeepWeights = v }),
        Number("timeout", o => o.TimeoutHours, (o, v) => o with { TimeoutHours = v }),
        Integer("seed", o => o.Seed, (o, v) => o with { Seed = v }),
        Text("split", o => o.Split, (o, v) => o with { Split = v }),
        Integer("split_seed", o => o.SplitSeed, (o, v) => o with { SplitSeed = v }),
        new("split_fractions", (o, v) => o with { SplitFractions = [.. v.Select(t => Real([t]))] }, o => "[" + string.Join(", ", o.SplitFractions.Select(Format)) + "]"),
        Choice("calibration", o => o.Calibration, (o, v) => o with { Calibration = v }),
        Integer("checkpoint_interval", o => o.CheckpointInterval, (o, v) => o with { CheckpointInterval = v }),
        Integer("validation_interval", o => o.ValidationInterval, (o, v) => o with { ValidationInterval = v }),
        Switch("gpu", o => o.UseGpu, (o, v) => o with { UseGpu = v }),
        Switch("verbose", o => o.Verbose, (o, v) => o with { Verbose = v }),
        Text("output_name", o => o.Name, (o, v) => o with { Name = v }),
    ];

    private static Key Text(string name, Func<TrainingOptions, string?> get, Func<TrainingOptions, string, TrainingOptions> set) =>
        new(name, (o, v) => set(o, Single(v)), o => get(o) is { } t ? Quote(t) : null);

    /// <summary>A YAML scalar on one line: single quotes, or double quotes with JSON's escapes where the text has line breaks.</summary>
    private static string Quote(string text) => text.Any(char.IsControl)
        ? System.Text.Json.JsonSerializer.Serialize(text) : "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    private static Key List(string name, Func<TrainingOptions, IReadOnlyList<string>> get, Func<TrainingOptions, IReadOnlyList<string>, TrainingOptions> set) =>
        new(name, set, o => get(o).Count == 0 ? null : "[" + string.Join(", ", get(o).Select(Quote)) + "]");

    private static Key Integer(string name, Func<TrainingOptions, int> get, Func<TrainingOptions, int, TrainingOptions> set) =>
        new(name, (o, v) => set(o, Whole(v)), o => get(o).ToString(CultureInfo.InvariantCulture));

    private static Key OptionalInteger(string name, Func<TrainingOptions, int?> get, Func<TrainingOptions, int, TrainingOptions> set) =>
        new(name, (o, v) => set(o, Whole(v)), o => get(o)?.ToString(CultureInfo.InvariantCulture));

    private static Key Number(string name, Func<TrainingOptions, double> get, Func<TrainingOptions, double, TrainingOptions> set) =>
        new(name, (o, v) => set(o, Real(v)), o => Format(get(o)));

    private static Key Switch(string name, Func<TrainingOptions, bool> get, Func<TrainingOptions, bool, TrainingOptions> set) =>
        new(name, (o, v) => set(o, Truth(v)), o => get(o) ? "true" : "false");

    private static Key Choice<T>(string name, Func<TrainingOptions, T> get, Func<TrainingOptions, T, TrainingOptions> set)
        where T : struct, Enum =>
        new(name, (o, v) => set(o, Enum.GetNames<T>().FirstOrDefault(n => n.Equals(Single(v), StringComparison.OrdinalIgnoreCase)) is { } known
            ? Enum.Parse<T>(known) : throw new FormatException("one of " + string.Join(", ", Enum.GetNames<T>()))), o => get(o).ToString());

    /// <summary>A reference key with one supported value.</summary>
    private static Key Only(string name, string value) =>
        new(name, (o, v) => Single(v).Equals(value, StringComparison.OrdinalIgnoreCase) ? o : throw new FormatException($"only {value} is supported"), _ => null);

    private static string Single(IReadOnlyList<string> v) => v.Count == 1 ? v[0] : throw new FormatException("a single value");

    private static int Whole(IReadOnlyList<string> v) =>
        int.TryParse(Single(v), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int i) ? i : throw new FormatException("a whole number");

    private static double Real(IReadOnlyList<string> v) =>
        double.TryParse(Single(v), NumberStyles.Float, CultureInfo.InvariantCulture, out double d) && double.IsFinite(d) ? d : throw new FormatException("a finite number");

    // YAML 1.1, which the reference's reader follows.
    private static bool Truth(IReadOnlyList<string> v) => Single(v).ToUpperInvariant() switch
    {
        "TRUE" or "YES" or "ON" => true,
        "FALSE" or "NO" or "OFF" => false,
        _ => throw new FormatException("true or false"),
    };

    private static string Format(double d) => d.ToString("R", CultureInfo.InvariantCulture);
}
