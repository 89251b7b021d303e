using System.Globalization;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;

namespace XanesMl.Cli.Reporting.Numbers;

/// <summary>One quantity of one trial over its epochs.</summary>
/// <param name="Trial">Counted from 0.</param>
/// <param name="Seed">Its seed.</param>
/// <param name="Epochs">[n] increasing.</param>
/// <param name="Values">[n].</param>
internal sealed record LossCurve(int Trial, int Seed, double[] Epochs, double[] Values);

/// <summary>Content of losses.csv, column by column.</summary>
/// <param name="Columns">Curves of each column after the epoch, in the file's order; epochs without a value are left out.</param>
/// <param name="Trials">Trials in the file.</param>
/// <param name="Shown">Trials that the curves hold.</param>
internal sealed record LossCurves(IReadOnlyDictionary<string, IReadOnlyList<LossCurve>> Columns, int Trials, int Shown)
{
    /// <summary>Most points of a curve: more than a panel has pixels. Longer ones are thinned to every n-th epoch.</summary>
    public const int MaxPoints = 400;

    private const string Remedy = "Restore the file, or delete it: the report then comes without the losses.";

    /// <summary>Reads losses.csv of a run folder; null where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trials">Trials whose curves are wanted; the others are counted only.</param>
    /// <exception cref="XanesDataException">A line that is not of this form.</exception>
    public static LossCurves? Read(string path, IReadOnlySet<int> trials)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using var lines = File.ReadLines(path).GetEnumerator();
            string[] header = lines.MoveNext() ? lines.Current.Split(',') : [];
            if (header.Length < 4 || header[0] != "trial" || header[1] != "seed" || header[2] != "epoch")
                throw new XanesDataException("the first line must begin with trial,seed,epoch", path, 1, remedy: Remedy);
            var rows = new SortedDictionary<int, (int Seed, List<double[]> Rows)>();
            var all = new HashSet<int>();
            for (long line = 2; lines.MoveNext(); line++)
            {
                double[] row = Numbers(lines.Current, header, path, line);
                int trial = (int)row[0];
                all.Add(trial);
                if (!trials.Contains(trial))
                    continue;
                if (!rows.TryGetValue(trial, out var known))
                    rows[trial] = known = ((int)row[1], []);
                known.Rows.Add(row);
            }

            var columns = new Dictionary<string, IReadOnlyList<LossCurve>>(StringComparer.Ordinal);
            for (int c = 3; c < header.Length; c++)
                columns[header[c]] = [.. rows.Select(r => Curve(r.Key, r.Value.Seed, r.Value.Rows, c))];
            return new LossCurves(columns, all.Count, rows.Count);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new XanesDataException("cannot be read: " + e.Message.TrimEnd('.'), path, remedy: Remedy, inner: e);
        }
    }

    private static LossCurve Curve(int trial, int seed, List<double[]> rows, int column)
    {
        double[][] present = [.. rows.Where(r => double.IsFinite(r[column]))];
        int step = (present.Length + MaxPoints - 1) / MaxPoints;
        double[][] kept = step <= 1 ? present : [.. present.Where((_, i) => i % step == 0 || i == present.Length - 1)];
        return new LossCurve(trial, seed, Array.ConvertAll(kept, r => r[2]), Array.ConvertAll(kept, r => r[column]));
    }

    /// <summary>Cells as numbers; an empty one is NaN. Trial, seed and epoch must be there.</summary>
    private static double[] Numbers(string text, string[] header, string path, long line)
    {
        string[] cells = text.Split(',');
        if (cells.Length != header.Length)
            throw new XanesDataException($"{cells.Length} cells for {header.Length} columns", path, line, remedy: Remedy);
        var row = new double[cells.Length];
        for (int c = 0; c < row.Length; c++)
        {
            row[c] = double.NaN;
            bool number = double.TryParse(cells[c], NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
            if (number)
                row[c] = value;
            if ((!number && cells[c].Length > 0) || (c < 3 && !(Math.Abs(row[c]) <= int.MaxValue)))
                throw new XanesDataException($"'{SafeText.OneLine(cells[c].Length > 40 ? cells[c][..40] : cells[c])}' is not a number", path, line, header[c], Remedy);
        }

        return row;
    }
}
