using System.Globalization;

namespace XanesMl.Spectra.Measured;

/// <summary>A signal that a file offers.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Choice">Which wish it fulfils.</param>
/// <param name="Formula">How it comes out of the columns.</param>
/// <param name="Values">[n], or NaN where detectors counted nothing.</param>
/// <param name="Given">True where the file holds it as it is, false where it was computed from detectors.</param>
internal sealed record SignalCandidate(SignalKind Kind, SignalChoice Choice, string Formula, double[] Values, bool Given);

/// <summary>Makes a spectrum out of columns: finds energy, signal and reference by the labels, or takes what the caller chose.</summary>
internal sealed class ColumnChooser
{
    private readonly ColumnTable _table;
    private readonly MeasuredReadOptions _options;
    private readonly SpectrumSource _source;
    private readonly RoleOfColumn[] _roles;

    private ColumnChooser(ColumnTable table, MeasuredReadOptions options, SpectrumSource source)
    {
        (_table, _options, _source) = (table, options, source);
        _roles = [.. table.Labels.Select(l => table.HasLabels ? ColumnRoles.Of(l) : default)];
    }

    /// <summary>The spectrum that a table holds.</summary>
    /// <exception cref="XanesDataException">No energy or no signal; the message lists the columns.</exception>
    public static MeasuredSpectrum Choose(ColumnTable table, MeasuredReadOptions options, SpectrumSource source)
    {
        if (table.RowCount < 2)
            throw new XanesDataException(table.RowCount == 0 ? "there are no rows of numbers" : "there is only one row of numbers", source.Path,
                remedy: "Give a file with a column of energies and one of mu, or of detectors.");
        return new ColumnChooser(table, options, source).Choose();
    }

    private MeasuredSpectrum Choose()
    {
        int energy = EnergyIndex();
        double[] energies = _table.Column(energy);
        string energyText = EnergyColumn.ToElectronVolt(energies, _table.Labels[energy], _table.Units[energy], _table.HasLabels, _options, _source);
        var candidates = new SignalCandidates(_table, _roles, _options, _source, energy);
        var signal = candidates.Best(energies);
        var reference = signal.Choice == SignalChoice.Reference ? null : candidates.Reference();
        string columns = $"{energyText}; mu = {signal.Formula}" + (reference is null ? "" : $"; reference = {reference.Formula}");
        return SpectrumAssembler.Build(energies, signal.Values, reference?.Values, signal.Kind, columns, _source);
    }

    private int EnergyIndex()
    {
        if (_options.Energy is { } wanted)
            return Find(_table, wanted, "Energy", _source.Path);
        int best = Lowest(MeasuredRole.Energy);
        if (best < 0)
            best = Lowest(MeasuredRole.Angle);
        if (best >= 0)
            return best;
        if (Lowest(MeasuredRole.Chi) >= 0 || Lowest(MeasuredRole.Wavenumber) == 0)
            throw new XanesDataException($"this is chi(k), the EXAFS after background removal, not mu(E): {Listed()}", _source.Path,
                remedy: "XANES needs mu(E) across the edge; give the file from before the background was removed.");
        if (!_table.HasLabels && _table.ColumnCount > 2)
            throw new XanesDataException($"{_table.ColumnCount} columns have no labels, so it cannot be known which is which", _source.Path,
                remedy: "Choose the energy column and that of mu, or the detectors', by their numbers from 1.");
        // Without a label only a first column that runs like an energy is one.
        double[] first = _table.Column(0);
        if (!RunsLikeEnergy(first))
            throw new XanesDataException($"no energy column: {Listed()}", _source.Path, remedy: "Choose the energy column by name or number.");
        _source.Warnings.Add("no column is labelled energy; the first one was taken");
        return 0;
    }

    private static bool RunsLikeEnergy(double[] values)
    {
        int up = 0;
        for (int i = 1; i < values.Length; i++)
            up += Math.Sign(values[i] - values[i - 1]);
        return Math.Abs(up) > 0.9 * (values.Length - 1) && values[0] > 0 && values[^1] > 0;
    }

    private int Lowest(MeasuredRole role)
    {
        int best = -1;
        for (int i = 0; i < _roles.Length; i++)
            if (_roles[i].Role == role && (best < 0 || _roles[i].Rank < _roles[best].Rank))
                best = i;
        return best;
    }

    private string Listed() => Listed(_table);

    /// <summary>The columns in a message.</summary>
    public static string Listed(ColumnTable table)
    {
        string all = string.Join(", ", table.Labels.Take(24).Select(MeasuredText.Shown));
        return $"the columns are {all}{(table.ColumnCount > 24 ? $" and {table.ColumnCount - 24} more" : "")}";
    }

    /// <summary>Index of the column that the caller names, by label or by number from 1.</summary>
    public static int Find(ColumnTable table, string wanted, string option, string path)
    {
        for (int i = 0; i < table.ColumnCount; i++)
            if (string.Equals(table.Labels[i], wanted.Trim(), StringComparison.OrdinalIgnoreCase))
                return i;
        if (int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= table.ColumnCount)
            return number - 1;
        throw new XanesDataException($"there is no column '{MeasuredText.Shown(wanted)}' (option {option})", path, remedy: $"{char.ToUpperInvariant(Listed(table)[0])}{Listed(table)[1..]}; numbers count from 1.");
    }
}
