using System.Globalization;

namespace XanesMl.Spectra.Measured;

/// <summary>Lists the signals that the columns of a file give, and picks one.</summary>
internal sealed class SignalCandidates
{
    private const double TransmissionAdvantage = 2;

    private readonly ColumnTable _table;
    private readonly RoleOfColumn[] _roles;
    private readonly MeasuredReadOptions _options;
    private readonly SpectrumSource _source;
    private readonly int _energy;
    private readonly int _i0;

    public SignalCandidates(ColumnTable table, RoleOfColumn[] roles, MeasuredReadOptions options, SpectrumSource source, int energy)
    {
        (_table, _roles, _options, _source, _energy) = (table, roles, options, source, energy);
        _i0 = options.I0 is { } wanted ? Find(wanted, nameof(options.I0)) : Lowest(MeasuredRole.I0);
    }

    /// <summary>The signal that was asked for; without a wish mu as the file has it, else the detectors' signal with the largest step over its noise.</summary>
    public SignalCandidate Best(double[] energies)
    {
        if (Chosen() is { } chosen)
            return chosen;
        var all = All();
        if (_options.Signal != SignalChoice.Auto)
        {
            var wished = all.FindAll(c => c.Choice == _options.Signal);
            return wished.Count > 0 ? Largest(wished, energies)
                : throw new XanesDataException($"the file has no {Word(_options.Signal)} signal: {ColumnChooser.Listed(_table)}", _source.Path, remedy: "Choose the columns, or another signal.");
        }

        var tiers = new[]
        {
            all.FindAll(c => c.Choice == SignalChoice.Auto),
            all.FindAll(c => c.Choice is SignalChoice.Transmission or SignalChoice.Fluorescence),
            all.FindAll(c => c.Choice == SignalChoice.Normalized),
            all.FindAll(c => c.Choice == SignalChoice.Reference),
        };
        var first = Array.Find(tiers, t => t.Exists(IsUsable)) ?? Array.Find(tiers, t => t.Count > 0) ?? throw None();
        if (first == tiers[3])
            _source.Warnings.Add("only the reference is usable; it is taken as the signal");
        return Largest(first, energies);
    }

    /// <summary>mu of the reference, or null where there is none that could be used.</summary>
    public SignalCandidate? Reference() => References().Find(IsUsable);

    private SignalCandidate? Chosen()
    {
        if (_options.Mu is { } mu)
        {
            int index = Find(mu, nameof(_options.Mu));
            return new(KindOf(index), SignalChoice.Auto, _table.Labels[index], _table.Column(index), true);
        }

        if (_options.Itrans is { } behind)
            return Transmission(Find(behind, nameof(_options.Itrans)), required: true);
        return _options.Ifluor.Count > 0 ? Fluorescence([.. _options.Ifluor.Select(c => Find(c, nameof(_options.Ifluor)))], required: true) : null;
    }

    private SignalKind KindOf(int index) => _roles[index].Role switch
    {
        MeasuredRole.Normalized => SignalKind.Normalized,
        _ when _source.Simulated => SignalKind.Simulated,
        _ => SignalKind.Absorption,
    };

    private List<SignalCandidate> All()
    {
        var all = new List<SignalCandidate>();
        AddGiven(all, MeasuredRole.Mu, SignalChoice.Auto);
        AddGiven(all, MeasuredRole.Simulated, SignalChoice.Auto);
        AddGiven(all, MeasuredRole.MuTransmission, SignalChoice.Transmission);
        AddGiven(all, MeasuredRole.MuFluorescence, SignalChoice.Fluorescence);
        if (!all.Exists(c => c.Choice == SignalChoice.Transmission) && Transmission(Lowest(MeasuredRole.Transmitted), required: false) is { } transmission)
            all.Add(transmission);
        if (!all.Exists(c => c.Choice == SignalChoice.Fluorescence))
            foreach (var channels in Enumerable.Range(0, _roles.Length).Where(i => _roles[i].Role == MeasuredRole.Fluorescence && i != _energy).GroupBy(i => _roles[i].Group is { Length: > 0 } g ? g : $"|{i}"))
                if (Fluorescence([.. channels], required: false) is { } fluorescence)
                    all.Add(fluorescence);
        AddGiven(all, MeasuredRole.Normalized, SignalChoice.Normalized);
        all.AddRange(References());
        if (all.Count == 0 && _table.ColumnCount == 2 && _roles[1 - _energy].Role == MeasuredRole.Other)
        {
            // An energy and one other column: what else should that be.
            if (_table.HasLabels)
                _source.Warnings.Add($"no column is labelled mu; '{MeasuredText.Shown(_table.Labels[1 - _energy])}' was taken");
            all.Add(new(_source.Simulated ? SignalKind.Simulated : SignalKind.Absorption, SignalChoice.Auto, _table.Labels[1 - _energy], _table.Column(1 - _energy), true));
        }

        return all;
    }

    private List<SignalCandidate> References()
    {
        var all = new List<SignalCandidate>();
        AddGiven(all, MeasuredRole.MuReference, SignalChoice.Reference);
        int behind = _options.Iref is { } wanted ? Find(wanted, nameof(_options.Iref)) : Lowest(MeasuredRole.Reference);
        int before = _options.Itrans is { } itrans ? Find(itrans, nameof(_options.Itrans)) : Lowest(MeasuredRole.Transmitted);
        if (before < 0)
            before = _i0;
        if (behind >= 0 && before >= 0 && behind != before)
            all.Add(Logarithm(before, behind, SignalChoice.Reference));
        return all;
    }

    private void AddGiven(List<SignalCandidate> all, MeasuredRole role, SignalChoice choice)
    {
        int index = Lowest(role);
        if (index >= 0 && index != _energy)
            all.Add(new(role == MeasuredRole.Simulated ? SignalKind.Simulated : KindOf(index), choice, _table.Labels[index], _table.Column(index), true));
    }

    private SignalCandidate? Transmission(int behind, bool required)
    {
        if (behind >= 0 && _i0 >= 0 && behind != _i0)
            return Logarithm(_i0, behind, SignalChoice.Transmission);
        return required ? throw NoI0() : null;
    }

    // mu = ln(before / behind); NaN where a detector counted nothing.
    private SignalCandidate Logarithm(int before, int behind, SignalChoice choice)
    {
        double[] a = _table.Column(before), b = _table.Column(behind);
        for (int i = 0; i < a.Length; i++)
            a[i] = Math.Log(a[i] / b[i]);
        string formula = $"ln({_table.Labels[before]} / {_table.Labels[behind]})";
        return new(choice == SignalChoice.Reference ? SignalKind.Absorption : SignalKind.Transmission, choice, formula, a, false);
    }

    private SignalCandidate? Fluorescence(int[] channels, bool required)
    {
        if (_i0 < 0 || channels.Contains(_i0))
            return required ? throw NoI0() : null;
        double[] before = _table.Column(_i0);
        var sum = new double[before.Length];
        foreach (int channel in channels)
        {
            double[] counts = _table.Column(channel);
            for (int i = 0; i < sum.Length; i++)
                sum[i] += counts[i];
        }

        for (int i = 0; i < sum.Length; i++)
            sum[i] = before[i] == 0 ? double.NaN : sum[i] / before[i];
        string detector = channels.Length == 1 ? _table.Labels[channels[0]]
            : $"(sum of {channels.Length} channels, {_table.Labels[channels[0]]} to {_table.Labels[channels[^1]]})";
        return new(SignalKind.Fluorescence, SignalChoice.Fluorescence, $"{detector} / {_table.Labels[_i0]}", sum, false);
    }

    private SignalCandidate Largest(List<SignalCandidate> candidates, double[] energies)
    {
        var usable = candidates.FindAll(IsUsable);
        if (usable.Count <= 1)
            return usable.Count == 1 ? usable[0] : candidates[0];
        var rated = usable.ConvertAll(c => (Signal: c, Quality: SignalQuality.Of(energies, c.Values)));
        // Transmission unless fluorescence is clearly better: repeated scans of a sample should not end up with different signals.
        var best = rated.MaxBy(r => r.Signal.Choice == SignalChoice.Transmission ? r.Quality * TransmissionAdvantage : r.Quality);
        var others = rated.Where(r => r.Signal != best.Signal).OrderByDescending(r => r.Quality).ToList();
        string rest = string.Join("; ", others.Take(3).Select(o => $"{o.Signal.Formula} ({Ratio(o.Quality)})"));
        _source.Warnings.Add($"several signals: {best.Signal.Formula} was taken (step over noise {Ratio(best.Quality)}), not {rest}{(others.Count > 3 ? $" and {others.Count - 3} more" : "")}");
        return best.Signal;
    }

    private static string Ratio(double quality) => quality.ToString("0.#", CultureInfo.InvariantCulture);

    private static bool IsUsable(SignalCandidate candidate)
    {
        int finite = candidate.Values.Count(double.IsFinite);
        return finite >= 2 && finite >= (1 - SpectrumAssembler.MostRemoved) * candidate.Values.Length && candidate.Values.Where(double.IsFinite).Distinct().Take(2).Count() == 2;
    }

    private int Lowest(MeasuredRole role)
    {
        int best = -1;
        for (int i = 0; i < _roles.Length; i++)
            if (_roles[i].Role == role && i != _energy && (best < 0 || _roles[i].Rank < _roles[best].Rank))
                best = i;
        return best;
    }

    private int Find(string wanted, string option) => ColumnChooser.Find(_table, wanted, option, _source.Path);

    private XanesDataException NoI0() => new($"no detector before the sample (i0) was found: {ColumnChooser.Listed(_table)}", _source.Path, remedy: "Choose it by name or number (I0).");

    private XanesDataException None()
    {
        string problem = _i0 >= 0 ? "there is i0, but no detector behind the sample and no fluorescence" : "there is neither mu nor a pair of detectors (i0 with itrans or ifluor)";
        return new XanesDataException($"{problem}: {ColumnChooser.Listed(_table)}", _source.Path, remedy: "Choose the column of mu, or those of the detectors.");
    }

    private static string Word(SignalChoice choice) => choice switch
    {
        SignalChoice.Transmission => "transmission",
        SignalChoice.Fluorescence => "fluorescence",
        SignalChoice.Reference => "reference",
        _ => "normalized",
    };
}
