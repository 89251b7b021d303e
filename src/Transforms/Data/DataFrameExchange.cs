using System.Globalization;
using Microsoft.Data.Analysis;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Data;

/// <summary>Tables of spectra as Microsoft.Data.Analysis data frames with RankAAE's column names, and back.</summary>
/// <remarks>One column an energy: a frame's VBuffer columns have no known size and hand out the frame's own memory, which a
/// pipeline then writes to. Do not call ToDataFrame on a view for this: it keeps 100 rows unless told otherwise.</remarks>
public static class DataFrameExchange
{
    private const string Material = "MPID";
    private const string Site = "SITE";
    private const string Element = "ELEMENT";
    private const string DescriptorPrefix = "AUX_";
    private const string EnergyPrefix = "ENE_";

    /// <summary>The table as a frame: MPID, SITE, ELEMENT (text), AUX_descriptor (Single, null = missing), ENE_energy (Single).</summary>
    public static DataFrame ToDataFrame(this SpectraTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        int rows = table.RowCount;
        var columns = new List<DataFrameColumn>
        {
            new StringDataFrameColumn(Material, table.Materials),
            new StringDataFrameColumn(Site, table.Sites),
            new StringDataFrameColumn(Element, table.Elements!),
        };
        for (int k = 0; k < table.DescriptorNames.Count; k++)
        {
            int descriptor = k;
            columns.Add(new SingleDataFrameColumn(DescriptorPrefix + table.DescriptorNames[k],
                Enumerable.Range(0, rows).Select(i => float.IsNaN(table.Descriptor(i, descriptor)) ? (float?)null : table.Descriptor(i, descriptor))));
        }

        string[] names = EnergyNames(table.Grid);
        for (int p = 0; p < names.Length; p++)
        {
            int point = p;
            columns.Add(new SingleDataFrameColumn(names[p], Enumerable.Range(0, rows).Select(i => table.Spectrum(i)[point])));
        }

        return new DataFrame(columns);
    }

    /// <summary>The frame as a table. Columns MPID, SITE and ELEMENT may be absent; others than these, AUX_ and ENE_ are left out.</summary>
    /// <exception cref="XanesDataException">No ENE_ columns, energies that cannot be read or do not increase,
    /// a column that is not numeric, or a missing value in a spectrum.</exception>
    public static SpectraTable ToSpectraTable(this DataFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        int rows = checked((int)frame.Rows.Count);
        DataFrameColumn[] energies = [.. frame.Columns.Where(c => c.Name.StartsWith(EnergyPrefix, StringComparison.Ordinal))];
        DataFrameColumn[] labels = [.. frame.Columns.Where(c => c.Name.StartsWith(DescriptorPrefix, StringComparison.Ordinal))];
        if (energies.Length == 0)
            throw new XanesDataException("the frame has no ENE_ column", source: "DataFrame", remedy: "Name the columns of the spectrum ENE_energy, for instance ENE_8985.332.");
        var grid = new EnergyGrid(Array.ConvertAll(energies, Energy));
        var spectra = new float[checked(rows * energies.Length)];
        for (int p = 0; p < energies.Length; p++)
            Fill(energies[p], spectra, p, energies.Length, mayMiss: false);
        var descriptors = new float[checked(rows * labels.Length)];
        for (int k = 0; k < labels.Length; k++)
            Fill(labels[k], descriptors, k, labels.Length, mayMiss: true);
        string[] materials = Texts(frame, Material, rows, i => $"{i + 1}");
        string[] sites = Texts(frame, Site, rows, _ => "0");
        string[] elements = Texts(frame, Element, rows, _ => "");
        return new SpectraTable(grid, spectra, [.. labels.Select(c => c.Name[DescriptorPrefix.Length..])], descriptors, materials, sites,
            Array.ConvertAll(elements, e => e.Length == 0 ? null : e));
    }

    // RankAAE's names have three decimals; a grid that needs more gets as many as tell its energies exactly.
    private static string[] EnergyNames(EnergyGrid grid)
    {
        bool short3 = grid.Memory.ToArray().All(e => Math.Round(e, 3) == e);
        return short3 ? Columns.EnergyNames(grid.Energies) : [.. grid.Memory.ToArray().Select(e => EnergyPrefix + e.ToString("R", CultureInfo.InvariantCulture))];
    }

    private static double Energy(DataFrameColumn column) =>
        double.TryParse(column.Name.AsSpan(EnergyPrefix.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out double e)
            ? e
            : throw new XanesDataException("the name does not end in an energy in eV",
                source: "DataFrame", column: column.Name, remedy: "Name the column ENE_energy, for instance ENE_8985.332.");

    private static void Fill(DataFrameColumn column, float[] values, int offset, int stride, bool mayMiss)
    {
        if (!column.IsNumericColumn())
            throw new XanesDataException($"expected numbers, got {column.DataType.Name}", source: "DataFrame", column: column.Name, remedy: "Convert the column first.");
        for (long i = 0; i < column.Length; i++)
        {
            object? cell = column[i];
            if (cell is null && !mayMiss)
                throw new XanesDataException("the value is missing", source: "DataFrame", line: i + 1, column: column.Name, remedy: "Remove the row or fill the value.");
            values[(i * stride) + offset] = cell is null ? float.NaN : Convert.ToSingle(cell, CultureInfo.InvariantCulture);
        }
    }

    private static string[] Texts(DataFrame frame, string name, int rows, Func<int, string> absent)
    {
        var column = frame.Columns.FirstOrDefault(c => c.Name == name);
        return [.. Enumerable.Range(0, rows).Select(i => column is null ? absent(i) : Convert.ToString(column[i], CultureInfo.InvariantCulture) ?? "")];
    }
}
