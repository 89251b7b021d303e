using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Scoring;

/// <summary>What scoring costs beside the model itself, counted instead of timed.</summary>
public sealed class ScoringCostTests
{
    private readonly MLContext _ml = new(seed: 1);

    // A run itself allocates a little for the call; of a row nothing may be allocated, or a run of 256 rows would show it 256 times.
    [Fact]
    public void Rows_allocate_nothing()
    {
        using var step = _ml.Transforms.Xanes().PredictDescriptors("Spectrum", Fixture.Model("predictor.onnx")).Fit(Table(1));
        IDataView few = step.Transform(Table(10 * 256)), many = step.Transform(Table(110 * 256));
        Allocated(many);
        long a = Allocated(few), b = Allocated(many);
        double bytesPerRun = (b - a) / 100.0;
        Assert.True(bytesPerRun < 2048, $"{bytesPerRun} bytes a run of 256 rows");
    }

    // One input buffer, one output buffer and the columns that are passed on, for a batch of rows: whatever the number of rows.
    [Fact]
    public void Memory_of_a_cursor_does_not_depend_on_the_rows()
    {
        using var step = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(Table(1));
        IDataView few = step.Transform(Table(256)), many = step.Transform(Table(200 * 256));
        Opened(many);
        long a = Opened(few), b = Opened(many);
        Assert.True(Math.Abs(a - b) < 256, $"{a} bytes for 256 rows, {b} for 51,200");
    }

    private IDataView Table(int rows) => _ml.Data.LoadFromSpectraTable(Fixture.Table(rows));

    private static long Allocated(IDataView view)
    {
        DataViewSchema.Column[] columns = [.. view.Schema.Where(c => c.Name is "Descriptors" or "Reconstruction" or "Spectrum" or "ReconstructionError")];
        Assert.Equal(4, columns.Length);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using (var cursor = view.GetRowCursor(columns))
        {
            var descriptors = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Descriptors"]);
            var reconstruction = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Reconstruction"]);
            var spectrum = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Spectrum"]);
            var error = cursor.GetGetter<float>(cursor.Schema["ReconstructionError"]);
            VBuffer<float> d = default, r = default, s = default;
            float e = 0;
            while (cursor.MoveNext())
            {
                descriptors(ref d);
                reconstruction(ref r);
                spectrum(ref s);
                error(ref e);
            }
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static long Opened(IDataView view)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var cursor = view.GetRowCursor([view.Schema["Z"]]);
        Assert.True(cursor.MoveNext());
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
