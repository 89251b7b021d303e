using System.CommandLine;
using System.Globalization;
using XanesMl.Cli.Normalizing;
using XanesMl.Cli.Terminal;
using XanesMl.Spectra;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Cli.Commands;

/// <summary>xanesml normalize: measured files to normalized spectra, as a folder of CSV files or as a table.</summary>
internal static class NormalizeCommand
{
    // As many columns as a table of spectra may have.
    private const int MostGridPoints = 60_000;

    /// <summary>The verb and its example.</summary>
    public static (Command Command, string Example) Create(CliHost host)
    {
        var inputs = new Argument<string[]>("INPUT") { Description = "Measured files, or folders of them: XDI, columns, FEFF, Athena projects, NeXus, tables. The content decides.", Arity = ArgumentArity.OneOrMore };
        var output = Options.Path("--out", "DIR|FILE", "Folder for one CSV a spectrum and summary.csv; or a table of spectra on one grid: *.csv, *.csv.gz, *.parquet.", required: true);
        var kind = Options.Choice("--kind", "How to normalize. Default: pre-edge.", "pre-edge", "none", "area", "min-max", "mback");
        var input = Options.Choice("--input", "What the input is: looked at (auto), raw, or normalized already. Default: auto.", "auto", "raw", "normalized");
        var e0 = Options.Number("--e0", "EV", "Edge energy. Default: found.");
        var pre1 = Options.Number("--pre1", "EV", "Low end of the pre-edge fit, relative to E0. Default: the second point's energy.");
        var pre2 = Options.Number("--pre2", "EV", "High end of the pre-edge fit, relative to E0. Default: half of pre1.");
        var norm1 = Options.Number("--norm1", "EV", "Low end of the post-edge fit, relative to E0. Default: a third of norm2, at most 25.");
        var norm2 = Options.Number("--norm2", "EV", "High end of the post-edge fit, relative to E0. Default: the last point's energy.");
        var nnorm = Options.Whole("--nnorm", "N", "Degree of the post-edge polynomial. Default: 2, or less for a short range.", 0, 5);
        var nvict = Options.Whole("--nvict", "N", "Power of E in the pre-edge curve. Default: 0.", 0, 4);
        var range = new Option<string?>("--range") { HelpName = "FIRST:LAST", Description = "Energies relative to E0 that area and min-max look at. Default: -20:80." };
        var f2 = Options.Path("--f2", "F", "Table of f2 for mback: energy in eV and f2 in two columns.");
        var order = Options.Whole("--order", "N", "Degree of mback's background. Default: 2.", 0, MbackOptions.HighestOrder);
        var emission = Options.Number("--emission", "EV", "Energy of the emission line for mback's erfc. Default: no such term.");
        var element = new Option<string?>("--element") { HelpName = "EL", Description = "Absorbing element. Default: as the files say, else by E0." };
        var deglitch = new Option<bool>("--deglitch") { Description = "Remove glitches, outside -30 to 50 eV about E0." };
        var rebin = new Option<bool>("--rebin") { Description = "Average into bins of 10 eV, 0.5 eV about the edge and 0.05/angstrom above it." };
        var merge = new Option<bool>("--merge") { Description = "The inputs are scans of one sample: merge them into one spectrum." };
        var grid = new Option<string?>("--grid") { HelpName = "FIRST:LAST:STEP", Description = "Energies of the table in eV; below 1000 they are relative to the element's tabulated K edge." };
        var model = Options.Path("--model", "DIR", "Model folder: its energy reference is looked for (shift), and the table gets its grid.");
        var shift = Options.Number("--shift", "EV", "Added to the energies of the table. Default: found with --model, else 0.");
        var values = Options.Choice("--values", "What the table gets. Default: flat.", "flat", "norm");
        var plot = new Option<bool>("--plot") { Description = "Draw PNG figures: one a spectrum and an overview (folder), or the overview (table)." };
        var json = Options.Json("one object a spectrum");
        var quiet = Options.Quiet();
        var reading = new ReadingOptions();
        var command = new Command("normalize", "Normalize measured spectra: pre-edge and post-edge curves, edge step, flattening; by the hundreds.")
        {
            inputs, output, kind, input, e0, pre1, pre2, norm1, norm2, nnorm, nvict, range, f2, order, emission, element, deglitch, rebin, merge, grid, model, shift, values, plot,
        };
        reading.AddTo(command);
        command.Add(json);
        command.Add(quiet);
        command.SetAction(result =>
        {
            var (first, last) = result.GetValue(range) is { } text ? ParseRange(text) : (new NormalizationOptions().RangeFirst, new NormalizationOptions().RangeLast);
            var request = new NormalizeRequest
            {
                Inputs = result.GetRequiredValue(inputs), Output = result.GetRequiredValue(output), Reading = reading.Get(result), Element = CheckedElement(result.GetValue(element)),
                Deglitch = result.GetValue(deglitch), Rebin = result.GetValue(rebin), Merge = result.GetValue(merge), Grid = result.GetValue(grid) is { } g ? ParseGrid(g) : null,
                Model = result.GetValue(model), Shift = result.GetValue(shift), NotFlattened = result.GetValue(values) == "norm", Plot = result.GetValue(plot),
                Normalization = new NormalizationOptions
                {
                    Kind = Kind(result.GetValue(kind)), RangeFirst = first, RangeLast = last,
                    Input = result.GetValue(input) switch { "raw" => InputState.Raw, "normalized" => InputState.Normalized, _ => InputState.Recognize },
                    PreEdge = new PreEdgeOptions
                    {
                        E0 = result.GetValue(e0), Pre1 = result.GetValue(pre1), Pre2 = result.GetValue(pre2), Norm1 = result.GetValue(norm1), Norm2 = result.GetValue(norm2),
                        NNorm = result.GetValue(nnorm), NVict = result.GetValue(nvict) ?? 0,
                    },
                    Mback = result.GetValue(f2) is { } table ? MbackOptions.Read(table) with { Order = result.GetValue(order) ?? MbackOptions.DefaultOrder, EmissionEnergy = result.GetValue(emission) } : null,
                },
            };
            Check(request);
            return NormalizeRun.Execute(host, request, result.GetValue(json), result.GetValue(quiet));
        });
        return (command, "xanesml normalize scans/*.xdi --out normalized --plot");
    }

    private static NormalizationKind Kind(string? word) =>
        Enum.GetValues<NormalizationKind>().FirstOrDefault(k => NormalizeSummary.Word(k) == word, NormalizationKind.PreEdge);

    private static void Check(NormalizeRequest request)
    {
        request.Normalization.Validate();
        if (request.IsTable && request.Grid is null && request.Model is null)
            throw new XanesDataException("a table needs one grid for all spectra", "option --out", remedy: "Give --grid FIRST:LAST:STEP or --model DIR, or a folder as --out.");
        if (request.Grid is not null && !request.IsTable)
            throw new XanesDataException("--grid is for a table, and --out is a folder", "option --grid", remedy: "Give *.csv, *.csv.gz or *.parquet as --out.");
        NormalizeSource.RequireNotInput(request);
    }

    private static string? CheckedElement(string? symbol)
    {
        if (symbol is not null && !(symbol.Length is 1 or 2 && char.IsAsciiLetterUpper(symbol[0]) && symbol.Skip(1).All(char.IsAsciiLetterLower)))
            throw new XanesDataException($"'{symbol}' is not the symbol of an element", "option --element", remedy: "Give a symbol such as Cu.");
        return symbol;
    }

    private static (double First, double Last) ParseRange(string text)
    {
        double[] parts = Numbers(text, 2, "--range", "FIRST:LAST, such as -20:80");
        return (parts[0], parts[1]);
    }

    private static EnergyGrid ParseGrid(string text)
    {
        const string Form = "FIRST:LAST:STEP, such as 8960:9060:0.25";
        double[] parts = Numbers(text, 3, "--grid", Form);
        var (first, last, step) = (parts[0], parts[1], parts[2]);
        double count = Math.Floor(((last - first) / step) + 1e-9) + 1;
        if (!(step > 0) || !(count >= 2) || count > MostGridPoints)
            throw new XanesDataException(FormattableString.Invariant($"the grid {text} has {(step > 0 && count > 0 ? count : 0)} points"), "option --grid", remedy: $"Give {Form}: 2 to {MostGridPoints} points.");
        return EnergyGrid.Uniform(first, first + (step * (count - 1)), (int)count);
    }

    private static double[] Numbers(string text, int count, string option, string form)
    {
        string[] parts = text.Split(':');
        var numbers = new double[count];
        bool good = parts.Length == count;
        for (int i = 0; good && i < count; i++)
            good = double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) && double.IsFinite(numbers[i]);
        return good ? numbers : throw new XanesDataException($"'{text}' is not understood", "option " + option, remedy: $"Give {form}.");
    }
}
