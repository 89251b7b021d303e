using Xunit;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using XanesMl.Training.Configuration;

namespace XanesMl.Training.Tests.Configuration;

public sealed class ConfigurationFileTests
{
    [SharedDataFact]
    public void The_reference_programs_own_file_is_taken_unchanged()
    {
        var o = ConfigurationFile.Read(SharedData.Path("rankaae-reference", "fix_config.yaml"));
        Assert.Equal(2000, o.Epochs);
        Assert.Equal(1024, o.BatchSize);
        Assert.Equal(8, o.Trials);
        Assert.Equal(6, o.StyleCount);
        Assert.Equal(5, o.DescriptorCount);
        Assert.Equal(256, o.Points);
        Assert.Equal(739, o.AlphaStep);
        Assert.Equal(0.7172, o.AlphaLimit);
        Assert.Equal(10, o.RankRatio);
        Assert.True(o.UseGpu);
        Assert.True(o.BalanceRanks);
        Assert.Equal(1500, o.SmoothEpochs);
    }

    [Fact]
    public void Written_options_read_back_equal()
    {
        var o = new TrainingOptions { Descriptors = ["CN", "O, #CN"], StyleCount = 4, Name = "it's", DataNotice = "BSD-3-Clause: 'as is'\nsecond line\n", Schedule = LearningRateSchedule.Cosine, SplitFractions = [0.82, 0.18, 0], LearningRate = 3e-4 };
        var back = ConfigurationFile.Parse(ConfigurationFile.Write(o), "text");
        Assert.Equal(ConfigurationFile.Write(o), ConfigurationFile.Write(back));
        Assert.Equal(o.Descriptors, back.Descriptors);
        Assert.Equal(o.LearningRate, back.LearningRate);
        Assert.Equal(o.Name, back.Name);
        Assert.Equal(o.DataNotice, back.DataNotice);
        Assert.Equal(o.Schedule, back.Schedule);
    }

    [Fact]
    public void A_preset_gives_what_other_keys_do_not_say_wherever_it_stands()
    {
        var fast = TrainingPresets.Fast;
        var o = ConfigurationFile.Parse("max_epoch: 7\npreset: fast\ntrials: 3\n", "text");
        Assert.Equal(ConfigurationFile.Write(fast with { Epochs = 7, Trials = 3 }), ConfigurationFile.Write(o));
        Assert.Equal(ConfigurationFile.Write(TrainingPresets.Reference with { Epochs = 7 }), ConfigurationFile.Write(ConfigurationFile.Parse("max_epoch: 7", "text")));
        Assert.Equal(ConfigurationFile.Write(fast with { Epochs = 7 }), ConfigurationFile.Write(ConfigurationFile.Parse("max_epoch: 7\npreset: reference", "text", fast)));   // what a caller asks for
        Assert.All(TrainingPresets.Names, n => TrainingPresets.Find(n)!.Validated());
        Assert.Null(TrainingPresets.Find("slow"));
    }

    [Theory]
    [InlineData("preset: slow", "preset: 'slow'", "fast, reference")]
    [InlineData("preset: [fast]", "preset", "fast, reference")]
    [InlineData("batch_sise: 10", "unknown key 'batch_sise'", "'batch_size'")]
    [InlineData("max_epoch: many", "max_epoch: 'many'", "whole number")]
    [InlineData("lr_base: .nan", "lr_base: '.nan'", "finite")]
    [InlineData("ae_form: CNN", "ae_form: 'CNN'", "FC")]
    [InlineData("use_cnn_discriminator: true", "use_cnn_discriminator", "false")]
    [InlineData("dropout_rate: 1.5", "dropout_rate is 1.5", "0 up to")]
    [InlineData("split_fractions: [0.5, 0.2]", "split_fractions is [0.5, 0.2]", "three numbers")]
    [InlineData("dim_out: 100\ndim_in: 256", "dim_out is 100", "dim_in, 256")]
    [InlineData("timeout: 1e9", "timeout is", "up to a year")]
    [InlineData("seed: 2147483647", "seed is 2147483647", "0 to")]
    [InlineData("trials: 2000000000", "trials is", "1 to 10000")]
    [InlineData("n_layers: 1000000", "n_layers is", "2 to 100")]
    [InlineData("optimizer_name: Lion", "optimizer_name is Lion", "AdamW")]
    [InlineData("- a\n- b", "not a mapping", "key: value")]
    [InlineData("a: [", "not YAML", "key: value")]
    [InlineData("max_epoch: 1\nmax_epoch: 2", "not YAML", "key: value")]
    public void A_mistake_names_file_key_value_and_what_is_allowed(string yaml, string problem, string remedy)
    {
        var e = Assert.Throws<XanesDataException>(() => ConfigurationFile.Parse("# a comment\n" + yaml, "my.yaml"));
        Assert.Contains("my.yaml", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, e.Message, StringComparison.Ordinal);
    }

    // YAML cannot say them, a program that makes options can.
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.5)]
    public void Noise_decay_and_reversal_are_finite_and_not_negative(double value)
    {
        var o = new TrainingOptions();
        foreach (var (key, bad) in new[]
        {
            ("alpha_limit", o with { AlphaLimit = value }), ("spec_noise", o with { SpectrumNoise = value }),
            ("dis_noise", o with { DiscriminatorNoise = value }), ("weight_decay", o with { WeightDecay = value }),
        })
            Assert.Contains(key + " is ", Assert.Throws<XanesDataException>(() => bad.Validated()).Message, StringComparison.Ordinal);
        (o with { AlphaLimit = 0, SpectrumNoise = 0, DiscriminatorNoise = 0, WeightDecay = 0 }).Validated();
    }

    [Fact]
    public void An_unknown_key_names_its_line()
    {
        var e = Assert.Throws<XanesDataException>(() => ConfigurationFile.Parse("trials: 2\nseed: 1\nnonsense_key: 3\n", "my.yaml"));
        Assert.Equal(3, e.Line);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var e = Assert.Throws<XanesDataException>(() => ConfigurationFile.Read("no-such.yaml"));
        Assert.Contains("no-such.yaml", e.Message, StringComparison.Ordinal);
    }
}
