using System.Globalization;
using System.Text;
using XanesMl.Cli.Terminal;

namespace XanesMl.Cli.Benchmarks;

/// <summary>The scoring figures in words.</summary>
internal static class ScoringText
{
    private static readonly string[] s_columns = ["us a row", "rows/s", "x limit"];

    /// <summary>A table of all ways, and what follows from them.</summary>
    public static string Of(ScoringFigures f)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"{f.Rows} spectra of {f.Points} points to {f.Styles} styles, {f.Machine.Processors} processors, vectors of {f.Machine.VectorBits} bits");
        Line($"limit: {f.OperationsPerRow:0} operations a row at {f.GemmGflops:0} GFLOP/s = {f.LimitMicroseconds:0.00} us on one thread");
        text.Append('\n').Append(Table(f)).Append('\n');
        Line($"ML.NET's ApplyOnnxModel over EncodeStyles: {f.StockToOurs:0.0} on one thread, {f.StockToOursAllThreads:0.0} on all; one row a run over 256: {f.RowByRowToOurs:0.0}");
        Line($"to be 18 times as fast as ApplyOnnxModel on one thread, EncodeStyles would have to take {StockOverLimit(f) / 18:0.00} times the limit");
        Line($"largest difference between the two: {f.LargestDifference:0.0e+0}");
        Line($"{f.Raw.Rows} raw spectra of {f.Raw.Points} points to styles on one thread: {f.Raw.Seconds:0.00} s, of which resampling {f.Raw.ResamplingSeconds:0.00} s");
        return text.ToString();
    }

    private static double StockOverLimit(ScoringFigures f) => f.Ways.Single(w => w.Way == "ApplyOnnxModel" && w.Threads == 1).RatioToLimit;

    private static string Table(ScoringFigures f)
    {
        int[] threads = [.. f.Ways.Select(w => w.Threads).Distinct().Order()];
        var table = new TextTable(["way", "rows a run", .. threads.SelectMany(_ => s_columns)],
            [("", 2), .. threads.Select(t => (t == 1 ? "1 thread" : $"{t} threads", 3))]);
        foreach (var way in f.Ways.GroupBy(w => (w.Way, w.BatchSize)))
            table.Add([way.Key.Way, $"{way.Key.BatchSize}", .. threads.SelectMany(t => Cells(way.Single(w => w.Threads == t)))]);
        return table.ToString();
    }

    private static string[] Cells(ScoringWay w) =>
        [w.MicrosecondsPerRow.ToString("0.00", CultureInfo.InvariantCulture), w.RowsPerSecond.ToString("0", CultureInfo.InvariantCulture), w.RatioToLimit.ToString("0.0", CultureInfo.InvariantCulture)];
}
