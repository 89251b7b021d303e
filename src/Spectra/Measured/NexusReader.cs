using System.Globalization;
using XanesMl.Spectra.Measured.Hdf5;

namespace XanesMl.Spectra.Measured;

/// <summary>Reads spectra out of NeXus containers: NXxas, SOLEIL's scan_data, ESRF's N.1/measurement, and any group with an energy and a signal beside it.</summary>
internal sealed class NexusReader
{
    private const int MostChannels = 64;
    private const int MostColumns = 1024;
    private const int Deep = 3;

    private readonly Hdf5File _file;
    private readonly string _path;
    private readonly MeasuredReadOptions _options;
    private int _values;

    private NexusReader(Hdf5File file, string path, MeasuredReadOptions options) => (_file, _path, _options) = (file, path, options);

    /// <summary>The spectra of a container, one an entry.</summary>
    public static IReadOnlyList<MeasuredSpectrum> Read(ReadOnlyMemory<byte> content, string path, MeasuredReadOptions options) =>
        new NexusReader(new Hdf5File(content, path), path, options).Read();

    private List<MeasuredSpectrum> Read()
    {
        var spectra = new List<MeasuredSpectrum>();
        var without = new List<string>();
        string? reason = null;
        foreach (string name in Ordered(_file.Root.Links.Keys))
        {
            if (_file.Root.Child(name) is not { IsDataset: false } entry)
                continue;
            if (spectra.Count == _options.MaxSpectra)
                throw new XanesDataException($"the container holds more than {_options.MaxSpectra} spectra", _path, remedy: "Raise the limit or split the file.");
            if (Entry(entry, name, spectra.Count, ref reason) is { } spectrum)
                spectra.Add(spectrum);
            else
                without.Add(name);
        }

        if (spectra.Count == 0 && Entry(_file.Root, ColumnFile.FileName(_path), 0, ref reason) is { } single)
            spectra.Add(single);
        if (spectra.Count == 0)
            throw new XanesDataException($"no entry of the container holds a spectrum{(reason is null ? ": no group has an energy beside other numbers" : $": {reason}")}", _path,
                remedy: "If the numbers lie in linked files, give those; else name the data sets of energy and signal.");
        if (without.Count > 0)
            spectra[0] = spectra[0] with
            {
                Warnings = [.. spectra[0].Warnings, $"entries without a spectrum: {string.Join(", ", without.Take(8).Select(MeasuredText.Shown))}{(without.Count > 8 ? $" and {without.Count - 8} more" : "")}"],
            };
        return spectra;
    }

    // "2.1" before "10.1".
    private static IEnumerable<string> Ordered(IEnumerable<string> names) =>
        names.OrderBy(n => double.TryParse(n, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? number : double.MaxValue).ThenBy(n => n, StringComparer.Ordinal);

    private MeasuredSpectrum? Entry(Hdf5Object entry, string name, int index, ref string? reason)
    {
        // Looking deeper costs time in containers of a thousand scans, so it comes second.
        foreach (var group in Groups(entry, 1).Concat(Later(() => Groups(entry, Deep))))
        {
            var source = new SpectrumSource { Path = _path, Name = MeasuredText.Value(name) ?? "entry", Format = "NeXus", Index = index };
            Describe(entry, source);
            try
            {
                if (Table(group, entry, source, out var options) is { } table)
                    return ColumnChooser.Choose(table, options, source);
            }
            catch (XanesDataException e) when (!_file.IsExhausted)
            {
                reason ??= $"{MeasuredText.Shown(name)}: {e.Problem}";
            }
        }

        return null;
    }

    private static IEnumerable<Hdf5Object> Later(Func<List<Hdf5Object>> groups)
    {
        foreach (var group in groups())
            yield return group;
    }

    // Groups of an entry, the likeliest first: plottable data, what was measured, the rest from top to bottom.
    private List<Hdf5Object> Groups(Hdf5Object entry, int deepest)
    {
        var found = new List<(int Rank, Hdf5Object Group)>();
        var seen = new HashSet<Hdf5Object>();
        var queue = new Queue<(Hdf5Object Group, string Name, int Depth)>();
        queue.Enqueue((entry, "", 0));
        while (queue.TryDequeue(out var next) && found.Count < MostColumns)
        {
            if (!seen.Add(next.Group))
                continue;
            bool data = next.Group.Attributes.GetValueOrDefault("NX_class") == "NXdata";
            int rank = data ? 0 : next.Name is "measurement" or "scan_data" ? 1 : 2;
            found.Add((rank, next.Group));
            if (next.Depth == deepest)
                continue;
            foreach (string name in next.Group.Links.Keys)
                if (Found(next.Group, name) is { IsDataset: false } child)
                    queue.Enqueue((child, name, next.Depth + 1));
        }

        return [.. found.OrderBy(f => f.Rank).Select(f => f.Group)];
    }

    // A damaged object hides itself, not its neighbours.
    private Hdf5Object? Found(Hdf5Object group, string name)
    {
        try
        {
            return group.Child(name);
        }
        catch (XanesDataException) when (!_file.IsExhausted)
        {
            return null;
        }
    }

    private ColumnTable? Table(Hdf5Object group, Hdf5Object entry, SpectrumSource source, out MeasuredReadOptions options)
    {
        options = _options;
        var columns = Columns(group, out string? energy);
        if (energy is null)
            return null;
        if (columns.All(c => c.Label != "incoming_beam") && Path(entry, "instrument", "incoming_beam", "data") is { IsDataset: true } incoming)
            AddColumn(columns, "incoming_beam", incoming, wanted: true);
        ulong points = columns.Find(c => c.Label == energy)?.Rows ?? 0;
        columns.RemoveAll(c => c.Rows != points);
        if (columns.Count < 2 || points < 2)
            return null;
        options = Choices(group, energy, columns, source);
        var values = new double[checked((int)points * columns.Count)];
        _values += values.Length;
        if (_values > _options.MaxValues)
            throw new XanesDataException($"the container holds more than {_options.MaxValues} numbers", _path, remedy: "Split the file.");
        for (int c = 0; c < columns.Count; c++)
            columns[c].Fill(values, c, columns.Count);
        return new ColumnTable([.. columns.Select(c => c.Label)], values, columns.Count, [.. columns.Select(c => c.Unit)]);
    }

    // What the attributes of an NXdata and the mode of an NXxas say, where the names alone do not.
    private MeasuredReadOptions Choices(Hdf5Object group, string energy, List<Column> columns, SpectrumSource source)
    {
        var options = _options;
        if (options.Energy is null && ColumnRoles.Of(energy).Role is not (MeasuredRole.Energy or MeasuredRole.Angle))
            options = options with { Energy = energy };
        bool free = options.Mu is null && options.Itrans is null && options.Ifluor.Count == 0 && options.Signal == SignalChoice.Auto;
        if (!free)
            return options;
        string mode = source.Metadata.GetValueOrDefault("mode") ?? "";
        if (columns.Exists(c => c.Label == "absorbed_beam") && columns.Exists(c => c.Label == "incoming_beam"))
            return mode.Contains("transmission", StringComparison.OrdinalIgnoreCase) ? options with { I0 = "incoming_beam", Itrans = "absorbed_beam" }
                : mode.Contains("fluorescence", StringComparison.OrdinalIgnoreCase) ? options with { I0 = "incoming_beam", Ifluor = ["absorbed_beam"] } : options;
        string? signal = group.Attributes.GetValueOrDefault("signal");
        return signal is not null && columns.Exists(c => c.Label == signal) && ColumnRoles.Of(signal).Role == MeasuredRole.Other ? options with { Mu = signal } : options;
    }

    private List<Column> Columns(Hdf5Object group, out string? energy)
    {
        var columns = new List<Column>();
        string? axis = group.Attributes.GetValueOrDefault("axes"), signal = group.Attributes.GetValueOrDefault("signal");
        foreach (string name in group.Links.Keys.Order(StringComparer.Ordinal))
        {
            if (columns.Count >= MostColumns)
                break;
            if (Found(group, name) is { IsDataset: true } dataset)
                AddColumn(columns, name, dataset, wanted: name == axis || name == signal || Chosen(name));
        }

        string? chosen = _options.Energy is { } wish ? columns.Find(c => string.Equals(c.Label, wish, StringComparison.OrdinalIgnoreCase))?.Label : null;
        energy = chosen ?? Lowest(columns, MeasuredRole.Energy) ?? Lowest(columns, MeasuredRole.Angle) ?? (columns.Exists(c => c.Label == axis) ? axis : null);
        return columns;
    }

    private static string? Lowest(List<Column> columns, MeasuredRole role) =>
        columns.Where(c => ColumnRoles.Of(c.Label).Role == role).MinBy(c => ColumnRoles.Of(c.Label).Rank)?.Label;

    private bool Chosen(string name) => new[] { _options.Energy, _options.Mu, _options.I0, _options.Itrans, _options.Iref }.Concat(_options.Ifluor)
        .Contains(name, StringComparer.OrdinalIgnoreCase);

    // Only columns whose name says what they are (or that are asked for) are read.
    private void AddColumn(List<Column> columns, string name, Hdf5Object dataset, bool wanted)
    {
        string label = name;
        if (!wanted && ColumnRoles.Of(label).Role == MeasuredRole.Other)
        {
            string other = dataset.Attributes.GetValueOrDefault("long_name") ?? dataset.Attributes.GetValueOrDefault("alias") ?? "";
            label = other[(other.LastIndexOf('/') + 1)..];
            if (label.Length == 0 || ColumnRoles.Of(label).Role == MeasuredRole.Other || columns.Exists(c => c.Label == label))
                return;
        }

        var data = new Hdf5Dataset(_file, dataset);
        if (!data.Type.IsNumber || data.Dimensions.Count is not (1 or 2) || data.Count is 0 or > MeasuredLimits.Points)
            return;
        int channels = data.Dimensions.Count == 2 ? (int)Math.Min(data.Dimensions[1], MostChannels + 1) : 1;
        string? unit = dataset.Attributes.GetValueOrDefault("units");
        if (channels == 1)
            columns.Add(new Column(label, unit, data, 0, 1));
        else if (channels <= MostChannels && ColumnRoles.Of(label).Role == MeasuredRole.Fluorescence)
            for (int c = 0; c < channels; c++)
                columns.Add(new Column($"{label}.{c + 1}", unit, data, c, channels));
    }

    private void Describe(Hdf5Object entry, SpectrumSource source)
    {
        foreach (string name in new[] { "title", "definition", "mode", "start_time", "end_time", "scan_numbers" })
            source.Keep(name, Text(entry, name));
        if (source.Metadata.GetValueOrDefault("definition") == "NXxas")
            source.Format = "NeXus NXxas";
        source.Element = MeasuredText.Element(Text(entry, "element") ?? Text(entry, "absorber"));
        source.Edge = MeasuredText.Edge(Text(entry, "absorption_edge") ?? Text(entry, "edge"));
        source.Sample = Text(entry, "sample", "name") ?? Text(entry, "sample", "chemical_formula") ?? Text(entry, "sample_name");
        source.Facility = Text(entry, "instrument", "source", "name") ?? Text(entry, "facility");
        source.Beamline = Text(entry, "instrument", "beamline") ?? Text(entry, "beamline") ?? Text(entry, "instrument", "name");
        if (Path(entry, "instrument", "monochromator", "crystal", "d_spacing") is { IsDataset: true } spacing
            && new Hdf5Dataset(_file, spacing) is { Type.IsNumber: true, Count: 1 } number && number.Numbers(1)[0] is > 0.1 and < 100 and var d)
            source.DSpacing = d;
    }

    private string? Text(Hdf5Object entry, params ReadOnlySpan<string> path)
    {
        try
        {
            return Path(entry, path) is { IsDataset: true } dataset ? new Hdf5Dataset(_file, dataset).Text() : null;
        }
        catch (XanesDataException) when (!_file.IsExhausted)
        {
            return null; // a text of an unusual kind is not worth a spectrum
        }
    }

    private Hdf5Object? Path(Hdf5Object entry, params ReadOnlySpan<string> path)
    {
        var at = entry;
        foreach (string part in path)
        {
            if (Found(at, part) is not { } next)
                return null;
            at = next;
        }

        return at;
    }

    /// <summary>A column of a table: a data set, or one channel of it.</summary>
    private sealed record Column(string Label, string? Unit, Hdf5Dataset Data, int Channel, int Channels)
    {
        public ulong Rows => Data.Dimensions[0];

        public void Fill(double[] table, int column, int columns)
        {
            double[] numbers = Data.Numbers(MeasuredLimits.Points);
            for (int i = 0; i < (int)Rows; i++)
                table[(i * columns) + column] = numbers[(i * Channels) + Channel];
        }
    }
}
