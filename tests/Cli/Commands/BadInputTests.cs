namespace XanesMl.Cli.Tests.Commands;

/// <summary>What a user can get wrong: exit code 2, one line that names file and remedy, nothing half-written.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private CliRun Train(string data, string? config = null, string? output = null) =>
        CliRun.InProcess("train", "--data", data, "--config", config ?? _folder.Write("config.yaml", SyntheticCsv.Configuration()), "--out", output ?? _folder["run"]);

    /// <summary>The run folder does not exist and no temporary file or folder is left.</summary>
    private void AssertNothingWritten(params string[] expected) =>
        Assert.Equal(expected.Append("config.yaml").Order(StringComparer.Ordinal), _folder.Entries());

    private void AssertTableRefused(string text, params string[] parts)
    {
        string path = _folder.Write("table.csv", text);
        Train(path).AssertBadInput([path, .. parts]);
        AssertNothingWritten("table.csv");
    }

    [Fact]
    public void Missing_file()
    {
        Train(_folder["nowhere.csv"]).AssertBadInput("nowhere.csv", "not found", "Check the spelling");
        AssertNothingWritten();
    }

    [Fact]
    public void Folder_without_tables()
    {
        Directory.CreateDirectory(_folder["empty"]);
        Train(_folder["empty"]).AssertBadInput("empty", "no *.csv");
        AssertNothingWritten("empty");
    }

    [Fact]
    public void No_energy_columns() => AssertTableRefused("MPID,SITE,AUX_CT\nm1,0,1.5\n", "ENE_");

    [Fact]
    public void Unsorted_energies() => AssertTableRefused(SyntheticCsv.Create(20, header: p => SyntheticCsv.Name(p == 5 ? 7 : p == 7 ? 5 : p)), "line 2", SyntheticCsv.Name(6));

    [Fact]
    public void Duplicate_energies() => AssertTableRefused(SyntheticCsv.Create(20, header: p => SyntheticCsv.Name(p == 6 ? 5 : p)), "line 2", SyntheticCsv.Name(5));

    [Fact]
    public void Text_in_a_spectrum() => AssertTableRefused(SyntheticCsv.Create(20, cell: (r, p) => r == 3 && p == 9 ? "abc" : null), "line 6", SyntheticCsv.Name(9), "abc");

    [Fact]
    public void NaN_in_a_spectrum() => AssertTableRefused(SyntheticCsv.Create(20, cell: (r, p) => r == 4 && p == 2 ? "NaN" : null), "line 7", SyntheticCsv.Name(2), "NaN");

    [Fact]
    public void Missing_cell() => AssertTableRefused(SyntheticCsv.Create(20).TrimEnd('\n')[..^8] + "\n", "line 22");

    [Fact]
    public void Hostile_text_stays_one_harmless_line()
    {
        AssertTableRefused(SyntheticCsv.Create(20, cell: (r, p) => r == 3 && p == 9 ? "\u001b[2Jx" : null), "line 6");
        Assert.DoesNotContain('\u001b', Train(_folder["table.csv"]).Error);
    }

    [Fact]
    public void Damaged_gzip()
    {
        string path = _folder["table.csv.gz"];
        using (var gzip = new System.IO.Compression.GZipStream(File.Create(path), System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(System.Text.Encoding.UTF8.GetBytes(SyntheticCsv.Create(40)));
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^200]);
        Train(path).AssertBadInput("table.csv.gz", "damaged");
        AssertNothingWritten("table.csv.gz");
    }

    [Fact]
    public void Fewer_rows_than_a_batch()
    {
        string path = _folder.Write("table.csv", SyntheticCsv.Create(20));
        Train(path, _folder.Write("config.yaml", SyntheticCsv.Configuration(batch: 1024))).AssertBadInput("batch_size", "1024", "Set batch_size to");
        AssertNothingWritten("table.csv");
    }

    [Fact]
    public void Table_without_descriptors()
    {
        string path = _folder.Write("table.csv", "MPID,ENE_8985,ENE_8986,ENE_8987\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"m{i},0,0.5,1\n")));
        Train(path).AssertBadInput("no descriptors", "AUX_");
        AssertNothingWritten("table.csv");
    }

    [Fact]
    public void Unknown_configuration_key()
    {
        string path = _folder.Write("table.csv", SyntheticCsv.Create(40));
        string config = _folder.Write("config.yaml", "batch_size: 16\nmax_epochs: 3\n");
        Train(path, config).AssertBadInput(config, "line 2", "unknown key 'max_epochs'", "Did you mean 'max_epoch'?");
        AssertNothingWritten("table.csv");
    }

    [Fact]
    public void Configuration_value_outside_its_range()
    {
        string path = _folder.Write("table.csv", SyntheticCsv.Create(40));
        Train(path, _folder.Write("config.yaml", "dropout_rate: 1.5\n")).AssertBadInput("config.yaml", "dropout_rate is 1.5", "Allowed");
        AssertNothingWritten("table.csv");
    }

    [Fact]
    public void No_data_named() => CliRun.InProcess("train", "--out", _folder["run"]).AssertBadInput("--data", "data_file");

    [Fact]
    public void Output_is_a_file()
    {
        string path = _folder.Write("table.csv", SyntheticCsv.Create(40)), file = _folder.Write("run", "mine");
        Train(path, output: file).AssertBadInput("run", "file");
        Assert.Equal("mine", File.ReadAllText(file));
        AssertNothingWritten("table.csv", "run");
    }

    [Fact]
    public void Output_folder_holds_something_else()
    {
        string path = _folder.Write("table.csv", SyntheticCsv.Create(40));
        Directory.CreateDirectory(_folder["run"]);
        File.WriteAllText(Path.Combine(_folder["run"], "thesis.txt"), "mine");
        Train(path).AssertBadInput("run", "not empty");
        Assert.Equal(["thesis.txt"], Directory.EnumerateFileSystemEntries(_folder["run"]).Select(Path.GetFileName));
    }

    [LinuxFact]
    public void Output_folder_cannot_be_written()
    {
        string path = _folder.Write("table.csv", SyntheticCsv.Create(40));
        Train(path, output: "/proc/xanesml-run").AssertBadInput("/proc/xanesml-run");
        AssertNothingWritten("table.csv");
    }

    [Fact]
    public void Demo_does_not_replace_a_folder_of_somebody_else()
    {
        Directory.CreateDirectory(_folder["mine"]);
        File.WriteAllText(Path.Combine(_folder["mine"], "thesis.txt"), "mine");
        CliRun.AsProcess(_folder.Path, "demo", "--small", "--out", "mine").AssertBadInput("mine", "was not written by this program", "Choose another name");
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_folder["mine"], "thesis.txt")));
        Assert.Equal(["mine"], _folder.Entries());
    }

    [Fact]
    public void Demo_without_its_parent_folder() =>
        CliRun.InProcess("demo", "--small", "--out", _folder["no/such/folder"]).AssertBadInput("does not exist", "Create it first");

    [Fact]
    public void Missing_model_folder() =>
        CliRun.AsProcess(_folder.Path, "predict", "x.csv", "--model", "nomodel").AssertBadInput("nomodel", "no such model folder");

    [Fact]
    public void Results_in_an_unknown_format()
    {
        CliRun.InProcess("predict", "x.csv", "--model", "m", "--out", _folder["results.xlsx"]).AssertBadInput("results.xlsx", ".csv, .jsonl or .parquet");
        Assert.Empty(_folder.Entries());
    }

    [Fact]
    public void Weights_without_a_grid() => CliRun.InProcess("import", "--weights", "w.safetensors", "--out", _folder["model"]).AssertBadInput("--grid", "ENE_");

    [Fact]
    public void Weights_that_are_no_weights()
    {
        string grid = _folder.Write("grid.csv", SyntheticCsv.Create(2)), junk = _folder.Write("junk.pt", "not weights");
        CliRun.InProcess("import", "--weights", junk, "--out", _folder["model"], "--grid", grid).AssertBadInput("junk.pt");
        Assert.Equal(["grid.csv", "junk.pt"], _folder.Entries());
    }
}
