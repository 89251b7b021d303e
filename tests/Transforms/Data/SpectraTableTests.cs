using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Transforms.Data;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Data;

/// <summary>Tables as views and data frames, and back.</summary>
public sealed class SpectraTableTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void The_view_has_the_tables_columns()
    {
        var schema = _ml.Data.LoadFromSpectraTable(Fixture.Table(3)).Schema;
        Assert.Equal([("MaterialId", "String"), ("SiteId", "String"), ("Element", "String"), ("Energy", "Vector<Double, 12>"), ("Spectrum", "Vector<Single, 12>"), ("CT", "Single"), ("CN", "Single")],
            schema.Select(c => (c.Name, c.Type.ToString()!)));
        Assert.Equal("ENE_8985.000", EstimatorConformance.SlotNames(schema["Spectrum"])[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public void Values_are_the_tables(int rows)
    {
        var table = Fixture.Table(rows);
        var view = _ml.Data.LoadFromSpectraTable(table);
        Assert.Equal(rows, view.GetRowCount());
        var read = Views.Read(view, "MaterialId", "SiteId", "Element", "Energy", "Spectrum", "CT", "CN");
        Assert.Equal(rows, read.Count);
        for (int i = 0; i < rows; i++)
            Assert.Equal([table.Materials[i], table.Sites[i], table.Elements[i] ?? "", table.Grid.Energies.ToArray(), table.Spectrum(i).ToArray(), table.Descriptor(i, 0), table.Descriptor(i, 1)], read[i]);
    }

    [Fact]
    public void Several_cursors_read_every_row_once_and_no_block_twice()
    {
        var view = _ml.Data.LoadFromSpectraTable(Fixture.Table(1000));
        DataViewSchema.Column[] columns = [view.Schema["Spectrum"]];
        var cursors = view.GetRowCursorSet(columns, 3);
        Assert.Equal(3, cursors.Length);
        var ids = new List<DataViewRowId>();
        var batches = new List<long>();
        foreach (var c in cursors)
        {
            using (c)
            {
                var seen = new HashSet<long>();
                var id = c.GetIdGetter();
                DataViewRowId at = default;
                while (c.MoveNext())
                {
                    id(ref at);
                    ids.Add(at);
                    seen.Add(c.Batch);
                }

                batches.AddRange(seen);
            }
        }

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => new DataViewRowId((ulong)i, 0)), ids.OrderBy(i => i.Low));
        Assert.Equal(batches.Count, batches.Distinct().Count());
    }

    [Fact]
    public void Shuffling_gives_another_order_of_the_same_rows_with_their_own_ids()
    {
        var view = _ml.Data.LoadFromSpectraTable(Fixture.Table(100));
        DataViewSchema.Column[] columns = [view.Schema["MaterialId"], view.Schema["SiteId"]];
        List<(DataViewRowId Id, object[] Values)> Read(Random? random)
        {
            using var c = view.GetRowCursor(columns, random);
            return Views.ReadAll(c, columns);
        }

        var plain = Read(null);
        var shuffled = Read(new Random(3));
        Assert.NotEqual(plain.Select(r => r.Id), shuffled.Select(r => r.Id));
        Assert.Equal(plain, shuffled.OrderBy(r => r.Id.Low));
    }

    /// <summary>A caller may write into the buffer that a getter filled: ML.NET does.</summary>
    [Fact]
    public void Writing_into_a_rows_buffer_does_not_reach_the_table()
    {
        var table = Fixture.Table(1);
        var view = _ml.Data.LoadFromSpectraTable(table);
        using var cursor = view.GetRowCursor(view.Schema);
        VBuffer<float> spectrum = default;
        Assert.True(cursor.MoveNext());
        cursor.GetGetter<VBuffer<float>>(view.Schema["Spectrum"])(ref spectrum);
        var editor = VBufferEditor.Create(ref spectrum, spectrum.Length);
        editor.Values.Clear();
        Assert.Equal(Fixture.Spectrum(0), table.Spectrum(0).ToArray());
    }

    // Counted, not timed: making the view and a cursor allocates nothing that grows with the rows; reading a column reuses one buffer.
    [Fact]
    public void The_view_does_not_copy_the_table()
    {
        long Cost(SpectraTable table)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            var view = _ml.Data.LoadFromSpectraTable(table);
            var column = view.Schema["Spectrum"];
            using var cursor = view.GetRowCursor([column]);
            var get = cursor.GetGetter<VBuffer<float>>(column);
            VBuffer<float> row = default;
            while (cursor.MoveNext())
                get(ref row);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        var (small, large) = (Fixture.Table(10), Fixture.Table(20_000));
        _ = Cost(small);
        Assert.InRange(Cost(large), 0, Cost(small) + 2000);
    }

    [Fact]
    public void A_descriptor_with_a_taken_name_is_refused()
    {
        var t = Fixture.Table(1);
        var bad = new SpectraTable(t.Grid, t.Spectra.ToArray(), ["Energy"], [1], ["a"], ["0"], [null]);
        Assert.Equal("Energy", Assert.Throws<XanesDataException>(() => _ml.Data.LoadFromSpectraTable(bad)).Column);
    }

    [Fact]
    public void A_view_becomes_a_table_again()
    {
        var table = Fixture.Table(300);
        Same(table, _ml.Data.LoadFromSpectraTable(table).ToSpectraTable());
    }

    [Fact]
    public void A_pipelines_result_becomes_a_table_with_the_named_columns()
    {
        var view = _ml.Data.LoadFromSpectraTable(Fixture.Table(5));
        using var step = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx")).Fit(view);
        var table = step.Transform(view).ToSpectraTable(new SpectraTableColumns { Spectrum = "Reconstruction", Descriptors = ["ReconstructionError", "CN"], Material = null, Site = null, Element = null });
        Assert.Equal(["ReconstructionError", "CN"], table.DescriptorNames);
        Assert.Equal(["1", "2", "3", "4", "5"], table.Materials);
        Assert.Equal(1.170481101, table.Descriptor(0, 0), 1e-5);
        Assert.Equal(2.396377524, table.Spectrum(0)[0], 1e-5);
        Assert.Null(table.Elements[0]);
    }

    [Fact]
    public void Views_that_are_no_table_are_refused()
    {
        var rows = Fixture.Rows(2);
        rows[1].Energy[3] += 0.5;
        SpectraTableColumns names = new() { Material = null, Site = null };
        var e = Assert.Throws<XanesDataException>(() => _ml.Data.LoadFromEnumerable(rows).ToSpectraTable(names));
        Assert.Equal("column Energy: row 2: the energies differ from those of the first row. Resample the spectra onto one grid first.", e.Message);
        Assert.Contains("no row", Assert.Throws<XanesDataException>(() => _ml.Data.LoadFromEnumerable(Fixture.Rows(0)).ToSpectraTable(names)).Message, StringComparison.Ordinal);
        Assert.Equal("MaterialId", Assert.Throws<XanesDataException>(() => _ml.Data.LoadFromEnumerable(Fixture.Rows(1)).ToSpectraTable()).Column);
    }

    [Fact]
    public void A_frame_has_RankAAEs_columns_and_becomes_the_table_again()
    {
        var table = Fixture.Table(6);
        var frame = table.ToDataFrame();
        Assert.Equal(["MPID", "SITE", "ELEMENT", "AUX_CT", "AUX_CN", "ENE_8985.000"], frame.Columns.Take(6).Select(c => c.Name));
        Assert.Equal(17, frame.Columns.Count);
        Assert.Null(frame["AUX_CN"][4]);
        Assert.Equal(1, frame["AUX_CN"].NullCount);
        Same(table, frame.ToSpectraTable());
    }

    [Fact]
    public void A_grid_that_needs_more_than_three_decimals_keeps_them()
    {
        var t = new SpectraTable(new EnergyGrid([1.0, 1.00025, 1.0005]), [1, 2, 3], [], [], ["a"], ["0"], ["Cu"]);
        Same(t, t.ToDataFrame().ToSpectraTable());
    }

    [Fact]
    public void Frames_that_are_no_table_are_refused()
    {
        static XanesDataException Refused(params DataFrameColumn[] columns) => Assert.Throws<XanesDataException>(() => new DataFrame(columns).ToSpectraTable());
        Assert.Contains("no ENE_ column", Refused(new SingleDataFrameColumn("x", [1f])).Message, StringComparison.Ordinal);
        Assert.Equal("ENE_high", Refused(new SingleDataFrameColumn("ENE_1", [1f]), new SingleDataFrameColumn("ENE_high", [1f])).Column);
        Assert.Contains("not above its predecessor", Refused(new SingleDataFrameColumn("ENE_2", [1f]), new SingleDataFrameColumn("ENE_1", [1f])).Message, StringComparison.Ordinal);
        var missing = Refused(new SingleDataFrameColumn("ENE_1", [1f, 2f]), new SingleDataFrameColumn("ENE_2", [1f, null]));
        Assert.Equal(("ENE_2", 2L), (missing.Column, missing.Line!.Value));
        Assert.Contains("got String", Refused(new StringDataFrameColumn("ENE_1", ["a"]), new SingleDataFrameColumn("ENE_2", [1f])).Message, StringComparison.Ordinal);
    }

    private static void Same(SpectraTable expected, SpectraTable actual)
    {
        Assert.Equal(expected.Grid, actual.Grid);
        Assert.Equal(expected.DescriptorNames, actual.DescriptorNames);
        Assert.Equal(expected.Spectra.ToArray(), actual.Spectra.ToArray());
        Assert.Equal(expected.Descriptors.ToArray(), actual.Descriptors.ToArray());
        Assert.Equal(expected.Materials, actual.Materials);
        Assert.Equal(expected.Sites, actual.Sites);
        Assert.Equal(expected.Elements, actual.Elements);
    }
}
