using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Docs;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Writing;

namespace XanesMl.Bench;

/// <summary>57,000 spectra from disk in every format of docs/bulk-data.md: size, time to write, time and memory to read all numbers.</summary>
internal static class BulkDataRun
{
    private const int Rows = 57_000;
    private const int Turns = 5;

    /// <param name="Name">Format and reader.</param>
    /// <param name="Gives">What one has afterwards.</param>
    /// <param name="File">File that <paramref name="Write"/> makes.</param>
    /// <param name="Write">Writes it; null where another way has written it.</param>
    /// <param name="Read">Reads all numbers.</param>
    /// <param name="Turns">How often.</param>
    private sealed record Way(string Name, string Gives, string File, Action<string>? Write, Action<string> Read, int Turns = Turns);

    /// <summary>Measures, prints the table, and writes it.</summary>
    public static void Execute(string path, string machine)
    {
        string folder = Directory.CreateTempSubdirectory("xanesml-bulk-").FullName;
        try
        {
            var ways = Ways();
            double[] write = Array.ConvertAll(ways, w => w.Write is null ? double.NaN : Seconds(() => w.Write(Path.Combine(folder, w.File))));
            double[] read = new double[ways.Length], allocated = new double[ways.Length];
            Array.Fill(read, double.PositiveInfinity);
            for (int turn = 0; turn < Turns; turn++)
            {
                for (int i = 0; i < ways.Length; i++)
                {
                    if (turn >= ways[i].Turns)
                        continue;
                    Console.Error.WriteLine($"turn {turn + 1} of {Turns}: {ways[i].Name}");
                    GC.Collect();
                    long before = GC.GetTotalAllocatedBytes(precise: true);
                    read[i] = Math.Min(read[i], Seconds(() => ways[i].Read(Path.Combine(folder, ways[i].File))));
                    allocated[i] = (GC.GetTotalAllocatedBytes(precise: true) - before) / 1e6;
                }
            }

            string text = Table(machine, ways, [.. ways.Select(w => new FileInfo(Path.Combine(folder, w.File)).Length / 1e6)], write, read, allocated);
            byte[] content = Encoding.UTF8.GetBytes(text);
            AtomicFile.Write(path, s => s.Write(content));
            Console.Write(text);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Way[] Ways()
    {
        var ml = new MLContext(seed: 1);
        var table = Generated.Table(Rows);
        var view = ml.Data.LoadFromSpectraTable(table);
        string[] descriptors = [.. table.DescriptorNames];
        void Write(string path) => SpectraTableWriter.Write(table, path);
        return
        [
            new("Arrow, a list a spectrum", "SpectraTable", "table.arrow", p => BulkData.WriteArrow(table, p), p => BulkData.ReadArrow(p)),
            new("Parquet, a column an energy", "SpectraTable", "table.parquet", Write, p => SpectraTableReader.Read(p)),
            new("CSV, SpectraTableReader", "SpectraTable", "table.csv", Write, p => SpectraTableReader.Read(p)),
            new("gzip CSV, SpectraTableReader", "SpectraTable", "table.csv.gz", Write, p => SpectraTableReader.Read(p)),
            new(".idv, LoadFromBinary", "IDataView", "table.idv", p => BulkData.SaveIdv(ml, view, p), p => ReadAll(BulkData.LoadIdv(ml, p), descriptors)),
            new("CSV, TextLoader", "IDataView", "table.csv", null, p => ReadAll(BulkData.LoadText(ml, p, descriptors, table.PointCount), descriptors)),
            new("CSV, DataFrame.LoadCsv", "DataFrame", "table.csv", null, p => DataFrame.LoadCsv(p), Turns: 1),
        ];
    }

    private static void ReadAll(IDataView view, string[] descriptors)
    {
        using var cursor = view.GetRowCursor(view.Schema.Where(c => c.Name == "Spectrum" || descriptors.Contains(c.Name)));
        var spectrum = cursor.GetGetter<VBuffer<float>>(view.Schema["Spectrum"]);
        ValueGetter<float>[] scalars = [.. descriptors.Select(d => cursor.GetGetter<float>(view.Schema[d]))];
        VBuffer<float> values = default;
        float value = 0;
        int rows = 0;
        for (; cursor.MoveNext(); rows++)
        {
            spectrum(ref values);
            foreach (var s in scalars)
                s(ref value);
        }

        if (rows != Rows)
            throw new InvalidOperationException($"{rows} rows came instead of {Rows}");
    }

    private static double Seconds(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string Table(string machine, Way[] ways, double[] size, double[] write, double[] read, double[] allocated)
    {
        var text = new StringBuilder();
        text.Append("# Bulk data\n\nWritten by `dotnet run -c Release --project bench -- --bulk`.\n");
        text.Append(CultureInfo.InvariantCulture, $"Machine: {machine}; {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription}. {Rows} spectra of {Generated.Points} points with {Generated.Descriptors.Count} descriptors. ");
        text.Append(CultureInfo.InvariantCulture, $"Reading: fastest of {Turns} turns, taken in rotation (LoadCsv: one), files in the system's cache; writing: once.\n\n");
        text.Append("| way | gives | file, MB | write, s | read, s | allocated by reading, MB |\n|---|---|---|---|---|---|\n");
        for (int i = 0; i < ways.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"| {ways[i].Name} | {ways[i].Gives} | {size[i]:0} | {(double.IsNaN(write[i]) ? "" : write[i].ToString("0.0", CultureInfo.InvariantCulture))} | {read[i]:0.00} | {allocated[i]:0} |\n");
        return text.ToString();
    }
}
