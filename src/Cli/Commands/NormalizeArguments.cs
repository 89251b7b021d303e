using System.CommandLine;
using System.Globalization;
using XanesMl.Cli.Normalizing;
using XanesMl.Spectra;
using XanesMl.Spectra.Normalization;

namespace XanesMl.Cli.Commands;

/// <summary>Arguments and options of xanesml normalize, and the request that they make.</summary>
internal sealed class NormalizeArguments
{
    // As many columns as a table of spectra may have.
    private const int MostGridPoints = 60_000;

    private readonly Argument<string[]> _inputs = new("INPUT") { Description = "Measured files, or folders of them: XDI, columns, FEFF, Athena projects, NeXus, tables. The content decides.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _output = Options.Path("--out", "DIR|FILE", "Folder for one CSV a spectrum and summary.csv; or a table of spectra on one grid: *.csv, *.csv.gz, *.parquet.", required: true);
    private readonly Option<string?> _kind = Options.Choice("--kind", "How to normalize. Default: pre-edge.", "pre-edge", "none", "area", "min-max", "mback");
    private readonly Option<string?> _range = new("--range") { HelpName = "FIRST:LAST", Description = "Energies relative to E0 that area and min-max look at. Default: -20:80." };
    private readonly Option<string> _f2 = Options.Path("--f2", "F", "Table of f2 for mback: energy in eV and f2 in two columns.");
    private readonly Option<int?> _order = Options.Whole("--order", "N", "Degree of mback's background. Default: 2.", 0, MbackOptions.HighestOrder);
    private readonly Option<double?> _emission = Options.Number("--emission", "EV", "Energy of the emission line for mback's erfc. Default: no such term.");
    private readonly Option<bool> _deglitch = new("--deglitch") { Description = "Remove glitches, outside -30 to 50 eV about E0." };
    private readonly Option<bool> _rebin = new("--rebin") { Description = "Average into bins of 10 eV, 0.5 eV about the edge and 0.05/angstrom above it." };
    private readonly Option<bool> _merge = new("--merge") { Description = "The inputs are scans of one sample: merge them into one spectrum." };
    private readonly Option<string?> _grid = new("--grid") { HelpName = "FIRST:LAST:STEP", Description = "Energies of the table in eV; a grid that ends below 1000 is relative to the element's tabulated K edge." };
    private readonly Option<string> _model = Options.Path("--model", "DIR", "Model folder: its energy reference is looked for (shift), and the table gets its grid.");
    private readonly Option<string?> _values = Options.Choice("--values", "What the table gets. Default: flat.", "flat", "norm");
    private readonly Option<bool> _plot = new("--plot") { Description = "Draw PNG figures: one a spectrum and an overview (folder), or the overview (table)." };
    private readonly PreparationOptions _preparation = new("Added to the energies of the table. Default: found with --model, else 0.");
    private readonly ReadingOptions _reading = new();

    /// <summary>Adds them to the verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(_inputs);
        foreach (var option in new Option[]
        {
            _output, _kind, _range, _f2, _order, _emission, _deglitch, _rebin, _merge, _grid, _model, _values, _plot,
        })
            command.Add(option);
        _preparation.AddTo(command);
        _reading.AddTo(command);
    }

    /// <summary>What was asked for, checked as far as that goes without reading any spectrum.</summary>
    /// <exception cref="XanesDataException">Options that are not understood or do not fit together.</exception>
    public NormalizeRequest Get(ParseResult result)
    {
        RequireUse(result);
        var request = new NormalizeRequest
        {
            Inputs = result.GetRequiredValue(_inputs), Output = result.GetRequiredValue(_output), Reading = _reading.Get(result), Normalization = Normalization(result),
            Element = _preparation.Element(result), Deglitch = result.GetValue(_deglitch), Rebin = result.GetValue(_rebin), Merge = result.GetValue(_merge),
            Grid = result.GetValue(_grid) is { } grid ? ParseGrid(grid) : null, Model = result.GetValue(_model), F2 = result.GetValue(_f2), Shift = _preparation.Shift(result),
            NotFlattened = result.GetValue(_values) == "norm", Plot = result.GetValue(_plot),
        };
        request.Normalization.Validate();
        if (request.IsTable && request.Grid is null && request.Model is null)
            throw new XanesDataException("a table needs one grid for all spectra", "option --out", remedy: "Give --grid FIRST:LAST:STEP or --model DIR, or a folder as --out.");
        if (!request.IsTable && ((Option[])[_grid, _preparation.ShiftOption, _values]).FirstOrDefault(o => Given(result, o)) is { } unused)
            throw new XanesDataException($"{unused.Name} is for a table, and --out is a folder", "option " + unused.Name, remedy: "Give *.csv, *.csv.gz or *.parquet as --out.");
        NormalizeSource.RequireNotInput(request);
        return request;
    }

    private static bool Given(ParseResult result, Option option) => result.GetResult(option) is { Implicit: false };

    // An option without effect is a misunderstanding that nobody would see in the results.
    private void RequireUse(ParseResult result)
    {
        string kind = result.GetValue(_kind) ?? "pre-edge";
        foreach (var option in (Option[])[_f2, _order, _emission])
            if (kind != "mback" && Given(result, option))
                throw new XanesDataException($"{option.Name} is for --kind mback, and the kind is {kind}", "option " + option.Name, remedy: "Leave it out, or give --kind mback.");
        if (kind is not ("area" or "min-max") && Given(result, _range))
            throw new XanesDataException($"--range is for --kind area or min-max, and the kind is {kind}", "option --range", remedy: "Leave it out, or give --kind area or --kind min-max.");
        RequireFits(result, _preparation.RangeOptions, kind, "pre-edge", "mback");
        RequireFits(result, _preparation.DegreeOptions, kind, "pre-edge");
        if (kind == "mback" && !Given(result, _f2))
            throw new XanesDataException("--kind mback needs tabulated f2 of the element", "option --kind", remedy: "Give the table with --f2 F: a file of two columns, energy in eV and f2.");
    }

    private static void RequireFits(ParseResult result, IEnumerable<Option> options, string kind, params string[] kinds)
    {
        if (!kinds.Contains(kind) && options.FirstOrDefault(o => Given(result, o)) is { } option)
            throw new XanesDataException($"{option.Name} is for --kind {string.Join(" or ", kinds)}, and the kind is {kind}", "option " + option.Name, remedy: $"Leave it out, or give --kind {kinds[0]}.");
    }

    private NormalizationOptions Normalization(ParseResult result)
    {
        var options = _preparation.Normalization(result) with
        {
            Kind = Enum.GetValues<NormalizationKind>().FirstOrDefault(k => NormalizeSummary.Word(k) == result.GetValue(_kind), NormalizationKind.PreEdge),
        };
        if (result.GetValue(_range) is { } text)
        {
            double[] parts = Numbers(text, 2, "--range", "FIRST:LAST, such as -20:80");
            options = options with { RangeFirst = parts[0], RangeLast = parts[1] };
        }

        return result.GetValue(_f2) is not { } table ? options
            : options with { Mback = MbackOptions.Read(table) with { Order = result.GetValue(_order) ?? MbackOptions.DefaultOrder, EmissionEnergy = result.GetValue(_emission) } };
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
