using BenchmarkDotNet.Attributes;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Writing;

namespace XanesMl.Bench;

/// <summary>A table of spectra from disk, as CSV, gzip CSV and Parquet.</summary>
[MemoryDiagnoser]
public class ReadingBenchmarks
{
    private readonly string _folder = Directory.CreateTempSubdirectory("xanesml-bench-").FullName;

    /// <summary>Rows of the table; 57,000 are all spectra of the RankAAE paper.</summary>
    [Params(5_000, 57_000)]
    public int Rows { get; set; } = 5_000;

    /// <summary>Writes the table in the three formats.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var table = Generated.Table(Rows);
        foreach (string extension in new[] { ".csv", ".csv.gz", ".parquet" })
            SpectraTableWriter.Write(table, PathOf(extension));
    }

    /// <summary>Deletes them.</summary>
    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    /// <summary>Plain CSV.</summary>
    [Benchmark(Baseline = true)]
    public SpectraTable Csv() => SpectraTableReader.Read(PathOf(".csv"));

    /// <summary>gzip CSV.</summary>
    [Benchmark]
    public SpectraTable GzipCsv() => SpectraTableReader.Read(PathOf(".csv.gz"));

    /// <summary>Parquet.</summary>
    [Benchmark]
    public SpectraTable Parquet() => SpectraTableReader.Read(PathOf(".parquet"));

    private string PathOf(string extension) => Path.Combine(_folder, "table" + extension);
}
