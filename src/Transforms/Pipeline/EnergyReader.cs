using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;

namespace XanesMl.Transforms.Pipeline;

/// <summary>Reads a column of energies, Single or Double, into doubles.</summary>
internal sealed class EnergyReader
{
    public const string Expected = "Vector<Double> or Vector<Single> of energies in eV";

    private readonly ValueGetter<VBuffer<double>>? _doubles;
    private readonly ValueGetter<VBuffer<float>>? _floats;
    private VBuffer<double> _double;
    private VBuffer<float> _float;
    private double[] _values = [];

    public EnergyReader(DataViewRow row, DataViewSchema.Column column)
    {
        if (((VectorDataViewType)column.Type).ItemType == NumberDataViewType.Double)
            _doubles = row.GetGetter<VBuffer<double>>(column);
        else
            _floats = row.GetGetter<VBuffer<float>>(column);
    }

    public static bool Accepts(DataViewType type) => Columns.IsVector(type, 0, NumberDataViewType.Double, NumberDataViewType.Single);

    /// <summary>The current row's energies; valid until the next call.</summary>
    public Span<double> Read()
    {
        if (_doubles is not null)
        {
            _doubles(ref _double);
            var values = Room(_double.Length);
            _double.CopyTo(values);
            return values;
        }

        _floats!(ref _float);
        var wide = Room(_float.Length);
        wide.Clear();
        foreach (var (index, value) in _float.Items())
            wide[index] = value;
        return wide;
    }

    /// <summary>An error of one row, which names the column and the row.</summary>
    public static XanesDataException RowError(string column, DataViewRow row, string problem, string remedy, Exception? inner = null) =>
        new($"row {row.Position + 1}: {problem}", column: column, remedy: remedy, inner: inner);

    private Span<double> Room(int length)
    {
        if (_values.Length < length)
            _values = new double[length];
        return _values.AsSpan(0, length);
    }
}
