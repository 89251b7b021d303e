using System.Globalization;
using System.Text;
using XanesMl.Training.Runs;

namespace XanesMl.Cli.Terminal;

/// <summary>Words and numbers of progress lines.</summary>
internal static class ProgressText
{
    private static readonly string[] s_losses = ["adv", "rank", "recon", "mi", "smooth"];

    /// <summary>"trial 1/4 epoch 300/1500 adv 1.21 rank -0.092 recon 0.0051 mi 0.31 smooth 0.0001 W 0.95 inter 0.31 left 2m10s".</summary>
    public static string Line(TrainingProgress p)
    {
        var s = new StringBuilder();
        s.Append(CultureInfo.InvariantCulture, $"trial {p.Trial + 1}/{p.Trials} epoch {p.Epoch}/{p.Epochs}");
        if (p.Failure is { } failure)
            return s.Append(" failed: ").Append(SafeText.OneLine(failure)).ToString();
        if (p.Report.Losses.Count > 0)
            s.Append(' ').Append(Losses(p));
        if (p.Report.Validation is { } v)
            s.Append(CultureInfo.InvariantCulture, $" W {v.MinShapiro:0.00} inter {v.MaxInterstyle:0.00}");
        s.Append(p.Finished ? " done" : "").Append(" left ").Append(Duration(p.Remaining));
        return s.ToString();
    }

    /// <summary>The report with the validation metrics of <paramref name="previous"/> where its own epoch did not look at validation rows.</summary>
    public static TrainingProgress WithLastValidation(TrainingProgress value, TrainingProgress? previous) =>
        value.Report.Validation is null && previous?.Report.Validation is { } last ? value with { Report = value.Report with { Validation = last } } : value;

    /// <summary>"adv 1.21 rank -0.092 recon 0.0051 mi 0.31 smooth 0.0001".</summary>
    public static string Losses(TrainingProgress p) =>
        string.Join(' ', p.Report.Losses.Select((value, i) => (i < s_losses.Length ? s_losses[i] : "loss") + " " + Short(value)));

    /// <summary>Three significant digits or so, never exponents for values that matter: 1.21, -0.092, 0.0051, 0.0001.</summary>
    public static string Short(double value)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "-" : value > 0 ? "inf" : "-inf";
        double a = Math.Abs(value);
        string format = a >= 100 ? "0" : a >= 10 ? "0.0" : a >= 1 ? "0.00" : a >= 0.01 ? "0.000" : "0.0000";
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>"45s", "2m10s", "1h05m".</summary>
    public static string Duration(TimeSpan time)
    {
        long seconds = Math.Max(0, (long)Math.Round(time.TotalSeconds));
        return seconds < 60 ? string.Create(CultureInfo.InvariantCulture, $"{seconds}s")
            : seconds < 3600 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m{seconds % 60:00}s")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}h{seconds / 60 % 60:00}m");
    }
}
