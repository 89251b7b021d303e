using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using Xunit;

namespace XanesMl.Transforms.Tests.Support;

/// <summary>An input that a step must refuse at the schema, and what the error must say.</summary>
internal sealed record WrongInput(IDataView Data, string Column, string Expected, string Actual);

/// <summary>What ML.NET asks of every estimator, checked for any of ours: after the ideas of its own TestEstimatorCore.</summary>
internal sealed class EstimatorConformance(MLContext ml)
{
    /// <summary>Rows that make several batches and several cursors.</summary>
    public const int ManyRows = 600;

    /// <summary>Rows of the larger inputs; fewer for steps that take long.</summary>
    public int Many { get; init; } = ManyRows;

    /// <summary>Runs every check on steps that read rows of <see cref="Fixture.Rows"/>.</summary>
    public void Check(IEstimator<ITransformer> estimator, Func<int, IDataView> view, ITransformer? before, string[] inputs, params WrongInput[] wrong) =>
        Check(estimator, view, Fixture.Rows, before, inputs, wrong);

    /// <summary>Runs every check.</summary>
    /// <param name="estimator">The step.</param>
    /// <param name="view">Makes a valid input of so many rows.</param>
    /// <param name="rows">The same rows as classes, in front of <paramref name="before"/>, for prediction engines.</param>
    /// <param name="before">What stands between these rows and the step; null for nothing.</param>
    /// <param name="inputs">The columns that the step reads.</param>
    /// <param name="wrong">Inputs to refuse.</param>
    public void Check<TRow>(IEstimator<ITransformer> estimator, Func<int, IDataView> view, Func<int, TRow[]> rows, ITransformer? before, string[] inputs, params WrongInput[] wrong) where TRow : class
    {
        var many = view(Many);
        var transformer = estimator.Fit(many);
        try
        {
            PromiseIsKept(estimator, transformer, many);
            var loaded = SavedAndLoaded(transformer, many);
            foreach (int count in new[] { 0, 1, Math.Min(Many, 257) })
                SameValues(transformer, loaded, view(count), count);
            CursorSetsAgree(transformer, many);
            ReadsOnlyWhatIsAsked(transformer, many, inputs);
            foreach (var w in wrong)
                Refuses(estimator, [transformer, loaded], w);
            EnginesAgree(rows(Math.Min(Many, 40)), before is null ? transformer : new TransformerChain<ITransformer>(before, transformer), transformer, many);
            (loaded as IDisposable)?.Dispose();
        }
        finally
        {
            (transformer as IDisposable)?.Dispose();
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Create")]
    public static extern SchemaShape ShapeOf(SchemaShape? unused, DataViewSchema schema);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "IsCompatibleWith")]
    private static extern bool IsCompatibleWith(ref SchemaShape.Column self, SchemaShape.Column source);

    private static void PromiseIsKept(IEstimator<ITransformer> estimator, ITransformer transformer, IDataView data)
    {
        var promise = estimator.GetOutputSchema(ShapeOf(null, data.Schema));
        var delivered = ShapeOf(null, transformer.GetOutputSchema(data.Schema));
        Assert.Equal(promise.Select(c => c.Name).Order(), delivered.Select(c => c.Name).Order());
        foreach (var p in promise)
        {
            var d = delivered.Single(c => c.Name == p.Name);
            var (left, right) = (p, d);
            Assert.True(IsCompatibleWith(ref left, d), $"{p.Name}: promised {p.Kind} {p.ItemType} with {p.Annotations.Count} annotations, got {d.Kind} {d.ItemType} with {d.Annotations.Count}");
            Assert.True(IsCompatibleWith(ref right, p), $"{p.Name}: delivers annotations that were not promised");
        }

        Assert.True(transformer.IsRowToRowMapper);
        var mapper = transformer.GetRowToRowMapper(data.Schema);
        Assert.Same(data.Schema, mapper.InputSchema);
        SameSchema(transformer.GetOutputSchema(data.Schema), mapper.OutputSchema);
        SameSchema(transformer.GetOutputSchema(data.Schema), transformer.Transform(data).Schema);
    }

    private static ITransformer SavedAndLoaded(ITransformer transformer, IDataView data)
    {
        using var zip = new MemoryStream();
        new MLContext().Model.Save(transformer, data.Schema, zip);
        zip.Position = 0;
        var loaded = new MLContext().RegisterXanes().Model.Load(zip, out var schema);
        SameSchema(data.Schema, schema);
        SameSchema(transformer.GetOutputSchema(data.Schema), loaded.GetOutputSchema(data.Schema));
        return loaded;
    }

    private static void SameValues(ITransformer a, ITransformer b, IDataView data, int rows)
    {
        string[] columns = Visible(a.GetOutputSchema(data.Schema));
        var expected = Views.Read(a.Transform(data), columns);
        Assert.Equal(rows, expected.Count);
        Assert.Equal(expected, Views.Read(b.Transform(data), columns));

        // Row by row, without batches, gives the same to float32 rounding of another summation order.
        var mapper = a.GetRowToRowMapper(data.Schema);
        using var cursor = data.GetRowCursor(data.Schema);
        using var row = mapper.GetRow(cursor, mapper.OutputSchema);
        var readers = Array.ConvertAll(columns, c => Views.Reader(row, mapper.OutputSchema[c]));
        for (int i = 0; cursor.MoveNext(); i++)
            for (int c = 0; c < columns.Length; c++)
                Close(expected[i][c], readers[c]());
    }

    private static void CursorSetsAgree(ITransformer transformer, IDataView data)
    {
        var view = transformer.Transform(data);
        DataViewSchema.Column[] columns = [.. view.Schema.Where(c => !c.IsHidden)];
        using var one = view.GetRowCursor(columns);
        var expected = Views.ReadAll(one, columns).ToDictionary(r => r.Id, r => r.Values);
        var cursors = view.GetRowCursorSet(columns, 3);
        var parts = new List<(DataViewRowId Id, object[] Values)>[cursors.Length];
        Parallel.For(0, cursors.Length, i =>
        {
            using var c = cursors[i];
            parts[i] = Views.ReadAll(c, columns);
        });
        var all = parts.SelectMany(p => p).ToList();
        Assert.Equal(expected.Count, all.Count);
        foreach (var (id, values) in all)
            for (int c = 0; c < values.Length; c++)
                Close(expected[id][c], values[c]);
    }

    private void ReadsOnlyWhatIsAsked(ITransformer transformer, IDataView data, string[] inputs)
    {
        int width = data.Schema.Count;
        foreach (string passed in Visible(data.Schema))
        {
            var counting = new CountingDataView(data);
            var view = transformer.Transform(counting);
            if (view.Schema[passed].Index >= width)
                continue;
            Assert.Equal(Many, Views.Read(view, passed).Count);
            Assert.Equal([passed], counting.Asked);
        }

        foreach (var added in transformer.GetOutputSchema(data.Schema).Where(c => c.Index >= width))
        {
            var counting = new CountingDataView(data);
            Assert.Equal(Many, Views.Read(transformer.Transform(counting), added.Name).Count);
            Assert.Equal(inputs.Order(), counting.Asked.Order());
            Assert.Equal(Many, counting.RowsRead);
            var none = new CountingDataView(data);
            _ = transformer.Transform(none);
            Assert.Empty(none.Asked);
        }
    }

    private static void Refuses(IEstimator<ITransformer> estimator, ITransformer[] fitted, WrongInput wrong)
    {
        Action[] uses =
        [
            () => estimator.Fit(wrong.Data),
            .. fitted.SelectMany(t => new Action[] { () => t.GetOutputSchema(wrong.Data.Schema), () => t.Transform(wrong.Data), () => t.GetRowToRowMapper(wrong.Data.Schema) }),
        ];
        foreach (var use in uses)
        {
            var e = Assert.Throws<XanesDataException>(use);
            Assert.Equal(wrong.Column, e.Column);
            Assert.Contains(wrong.Expected, e.Message, StringComparison.Ordinal);
            Assert.Contains(wrong.Actual, e.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Eight engines on eight threads over one transformer give what the view gives.</summary>
    private void EnginesAgree<TRow>(TRow[] rows, ITransformer whole, ITransformer step, IDataView data) where TRow : class
    {
        var expected = whole.Transform(ml.Data.LoadFromEnumerable(rows));
        int width = data.Schema.Count;
        foreach (var added in step.GetOutputSchema(data.Schema).Where(c => c.Index >= width))
        {
            if (added.Type.RawType == typeof(VBuffer<float>))
                Engines<TRow, FloatsOut>(whole, added.Name, rows, o => o.Value.DenseValues().ToArray(), expected);
            else if (added.Type.RawType == typeof(VBuffer<double>))
                Engines<TRow, DoublesOut>(whole, added.Name, rows, o => o.Value.DenseValues().ToArray(), expected);
            else if (added.Type.RawType == typeof(double))
                Engines<TRow, DoubleOut>(whole, added.Name, rows, o => o.Value, expected);
            else if (added.Type is TextDataViewType)
                Engines<TRow, TextOut>(whole, added.Name, rows, o => o.Value, expected);
            else
                Engines<TRow, FloatOut>(whole, added.Name, rows, o => o.Value, expected);
        }
    }

    private void Engines<TRow, TOut>(ITransformer whole, string column, TRow[] rows, Func<TOut, object> value, IDataView view) where TRow : class where TOut : class, new()
    {
        var expected = Views.Read(view, column).ConvertAll(r => r[0]);
        var output = SchemaDefinition.Create(typeof(TOut));
        output[0].ColumnName = column;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using var engine = ml.Model.CreatePredictionEngine<TRow, TOut>(whole, new PredictionEngineOptions { OwnsTransformer = false, OutputSchemaDefinition = output });
            for (int i = 0; i < rows.Length; i++)
                Close(expected[i], value(engine.Predict(rows[i])));
        });
    }

    private static string[] Visible(DataViewSchema schema) => [.. schema.Where(c => !c.IsHidden).Select(c => c.Name)];

    private static void SameSchema(DataViewSchema a, DataViewSchema b)
    {
        Assert.Equal(a.Select(c => (c.Name, c.Type.ToString(), c.IsHidden)), b.Select(c => (c.Name, c.Type.ToString(), c.IsHidden)));
        for (int i = 0; i < a.Count; i++)
            if (a[i].HasSlotNames())
                Assert.Equal(SlotNames(a[i]), SlotNames(b[i]));
    }

    public static string[] SlotNames(DataViewSchema.Column c)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        c.GetSlotNames(ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    private static void Close(object expected, object actual)
    {
        switch (expected)
        {
            case float[] e:
                var a = (float[])actual;
                Assert.Equal(e.Length, a.Length);
                for (int i = 0; i < e.Length; i++)
                    Assert.Equal(e[i], a[i], 1e-5f);
                break;
            case float f:
                Assert.Equal(f, (float)actual, 1e-5f);
                break;
            default:
                Assert.Equal(expected, actual);
                break;
        }
    }

    private sealed class FloatsOut
    {
        public VBuffer<float> Value { get; set; }
    }

    private sealed class DoublesOut
    {
        public VBuffer<double> Value { get; set; }
    }

    private sealed class FloatOut
    {
        public float Value { get; set; }
    }

    private sealed class DoubleOut
    {
        public double Value { get; set; }
    }

    private sealed class TextOut
    {
        public string Value { get; set; } = "";
    }
}
