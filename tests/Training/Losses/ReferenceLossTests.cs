using System.Text.Json;
using TorchSharp;
using Xunit;
using XanesMl.TestSupport;
using XanesMl.Training.Losses;
using XanesMl.Training.Trials;
using static TorchSharp.torch;

namespace XanesMl.Training.Tests.Losses;

/// <summary>Oracle: the reference program (PyTorch 1.13, float32), losses.json of the shared fixtures, on the first 200 recorded spectra. Tolerance 1e-5 relative.</summary>
public sealed class ReferenceLossTests
{
    [SharedDataTheory]
    [InlineData(false, "kendall_activation_false")]
    [InlineData(true, "kendall_activation_true")]
    public void Rank_loss_and_gradient(bool balance, string name)
    {
        using var json = Fixture();
        var labels = json.RootElement.GetProperty("descriptors");
        int[][] ranks = [.. Enumerable.Range(0, 5).Select(k => TrialData.DenseRanks([.. Enumerable.Range(0, 200).Select(i => labels[i][k].GetSingle())]))];
        using var styles = Rows("v_job1_styles.txt").requires_grad_();
        using var loss = RankAaeLosses.Rank(styles, ranks, balance, new RankCounts(200));
        AssertLoss(json.RootElement.GetProperty(name), loss, styles);
        var rows = json.RootElement.GetProperty(name).GetProperty("grad_rows_0_9");
        float[] gradient = styles.grad!.data<float>().ToArray();
        for (int i = 0; i < 10; i++)
            for (int k = 0; k < 5; k++)
                Assert.Equal(rows[i][k].GetDouble(), gradient[(i * 6) + k], 1e-5 * 1.5e-3);
    }

    [SharedDataTheory]
    [InlineData(false, "recon_flex_false")]
    [InlineData(true, "recon_flex_true")]
    public void Reconstruction_loss_and_gradient(bool flexible, string name)
    {
        using var json = Fixture();
        using var input = Rows("spectra.txt");
        using var output = Rows("v_job1_reconstructions.txt").requires_grad_();
        using var loss = RankAaeLosses.Reconstruction(input, output, flexible);
        AssertLoss(json.RootElement.GetProperty(name), loss, output);
    }

    [SharedDataFact]
    public void Smoothness_loss_and_gradient()
    {
        using var json = Fixture();
        using var output = Rows("v_job1_reconstructions.txt").requires_grad_();
        using var loss = RankAaeLosses.Smoothness(output, RankAaeLosses.Roughness(256, float32, CPU));
        AssertLoss(json.RootElement.GetProperty("smoothness_17_sigma3"), loss, output);
    }

    [SharedDataFact]
    public void Reversal_strength()
    {
        using var json = Fixture();
        foreach (var e in json.RootElement.GetProperty("gradient_reversal_alpha").EnumerateArray())
            Assert.Equal(e.GetProperty("alpha").GetDouble(),
                GradientReversal.Alpha(e.GetProperty("epoch_fraction").GetDouble(), e.GetProperty("step").GetDouble(), e.GetProperty("limit").GetDouble()), 1e-12);
    }

    private static JsonDocument Fixture() => JsonDocument.Parse(File.ReadAllText(SharedData.Path("rankaae-reference", "losses.json")));

    private static Tensor Rows(string file)
    {
        float[][] rows = [.. File.ReadLines(SharedData.Path("rankaae-reference", file)).Take(200)
            .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => float.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];
        return tensor(rows.SelectMany(r => r).ToArray(), [200, rows[0].Length]);
    }

    private static void AssertLoss(JsonElement expected, Tensor loss, Tensor variable)
    {
        loss.backward();
        double value = expected.GetProperty("loss").GetDouble(), norm = expected.GetProperty("grad_l2").GetDouble();
        Assert.Equal(value, loss.item<float>(), 1e-5 * Math.Abs(value));
        Assert.Equal(norm, variable.grad!.norm().item<float>(), 1e-5 * norm);
    }
}
