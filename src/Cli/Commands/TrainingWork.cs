using System.Globalization;
using System.Text;
using XanesMl.Cli.Reporting;
using XanesMl.Cli.Terminal;
using XanesMl.Spectra;
using XanesMl.Training.Configuration;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Commands;

/// <summary>What train and demo share: the request, the progress around the run, and its words.</summary>
internal static class TrainingWork
{
    /// <summary>A request for prepared input.</summary>
    public static TrainingRequest Request(RunInput input, TrainingOptions options, string output, string notice, bool resume) => new()
    {
        Table = input.Table,
        EnergyAxis = input.EnergyAxis,
        EdgeReferences = input.EdgeReferences,
        Name = options.Name ?? NameOf(input.Table),
        DataNotice = notice,
        Options = options,
        OutputFolder = output,
        Resume = resume,
    };

    /// <summary>Trains with live progress on a terminal, plain lines elsewhere, or none.</summary>
    /// <param name="host">Console and interrupt.</param>
    /// <param name="request">What to train.</param>
    /// <param name="quiet">No progress.</param>
    /// <param name="recorder">Keeps the losses for a figure, or null.</param>
    public static TrainingResult Execute(CliHost host, TrainingRequest request, bool quiet, LossRecorder? recorder = null)
    {
        IProgress<TrainingProgress>? Recorded(IProgress<TrainingProgress>? shown) => recorder?.Before(shown) ?? shown;
        if (quiet)
            return TrainingRun.Execute(request, Recorded(null), host.Interrupt);
        return host.LiveConsole is { } console
            ? new LiveProgress(console, host.Clock).Run(progress => TrainingRun.Execute(request, Recorded(progress), host.Interrupt))
            : TrainingRun.Execute(request, Recorded(new PlainProgress(host.Error)), host.Interrupt);
    }

    /// <summary>What is about to be trained, in two lines.</summary>
    public static string Banner(TrainingRequest request)
    {
        var (table, o) = (request.Table, request.Options);
        int descriptors = o.Descriptors.Count > 0 ? o.Descriptors.Count : table.DescriptorNames.Count;
        string names = string.Join(" ", o.Descriptors.Count > 0 ? o.Descriptors : table.DescriptorNames);
        return SafeText.OneLine(string.Create(CultureInfo.InvariantCulture,
                $"{request.Name}: {table.RowCount} spectra of {table.Materials.Distinct(StringComparer.Ordinal).Count()} materials, {table.Grid}{(request.EnergyAxis == Inference.Models.EnergyAxis.RelativeToEdge ? " relative to the edge" : "")}")) + "\n"
            + SafeText.OneLine(string.Create(CultureInfo.InvariantCulture,
                $"{descriptors} descriptors ({names}), {o.StyleCount ?? descriptors + 1} styles, split {o.Split}, {o.Trials} {(o.Trials == 1 ? "trial" : "trials")} of {o.Epochs} epochs, batch {o.BatchSize}, seed {o.Seed}, {(o.UseGpu ? "cuda" : "cpu")}"));
    }

    /// <summary>The trials and where things are.</summary>
    public static string Summary(TrainingResult result, string output)
    {
        var s = new StringBuilder();
        foreach (var t in result.Trials.OrderBy(t => t.Rank == 0 ? int.MaxValue : t.Rank).Take(5))
        {
            s.Append(CultureInfo.InvariantCulture, $"trial seed {t.Seed}: ");
            if (t.Failure is { } failure)
                s.Append("failed: ").Append(SafeText.OneLine(failure)).Append('\n');
            else
                s.Append(CultureInfo.InvariantCulture, $"rank {t.Rank}, best epoch {t.BestEpoch} of {t.Epochs}, checkpoint metric {t.BestMetric:0.000}\n");
        }

        if (result.Trials.Count > 5)
            s.Append(CultureInfo.InvariantCulture, $"({result.Trials.Count - 5} more trials in run.json)\n");
        s.Append(CultureInfo.InvariantCulture, $"ONNX Runtime and TorchSharp differ by at most {result.OnnxDifference:0.0e+0}\n");
        s.Append("model: ").Append(SafeText.OneLine(Path.Combine(output, "model"))).Append('\n');
        s.Append("metrics: ").Append(SafeText.OneLine(Path.Combine(output, "metrics.json"))).Append('\n');
        return s.ToString();
    }

    private static string NameOf(SpectraTable table)
    {
        string[] elements = [.. table.Elements.OfType<string>().Distinct(StringComparer.Ordinal)];
        return elements.Length == 0 ? "model" : string.Join('-', elements);
    }
}
