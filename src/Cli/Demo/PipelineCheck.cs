using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Transforms;

namespace XanesMl.Cli.Demo;

/// <summary>The ML.NET pipeline around a model's ONNX files: built, saved, loaded into a new context, and compared with the model's own answers.</summary>
internal static class PipelineCheck
{
    /// <summary>Largest difference that counts as equal.</summary>
    public const double Tolerance = 1e-5;

    /// <summary>Saves the pipeline to <paramref name="path"/> and returns the largest absolute difference between what the loaded pipeline makes of
    /// raw spectra and what the model makes of the same spectra on its grid, over descriptors, styles and reconstructions.</summary>
    /// <param name="modelFolder">Model folder.</param>
    /// <param name="path">pipeline.zip.</param>
    /// <param name="raw">Spectra as they were read, one table a grid.</param>
    /// <param name="rows">Rows to compare, counted through all tables of <paramref name="raw"/>.</param>
    /// <param name="expected">The model's answers for these rows, in this order.</param>
    public static double SaveAndCompare(string modelFolder, string path, IReadOnlyList<SpectraTable> raw, IReadOnlyList<int> rows, PredictionBatch expected)
    {
        var build = new MLContext(seed: 1);
        var view = build.Data.LoadFromSpectraTable(raw[0]);
        var transformer = XanesPipeline.ForModel(build, modelFolder).Fit(view);
        build.Model.Save(transformer, view.Schema, path);

        // A new context, as in another process: only what the file holds can answer.
        var fresh = new MLContext(seed: 1).RegisterXanes();
        var loaded = fresh.Model.Load(path, out _);
        double largest = 0;
        int first = 0, compared = 0;
        foreach (var table in raw)
        {
            int start = first;
            int[] positions = [.. Enumerable.Range(0, rows.Count).Where(i => rows[i] >= start && rows[i] < start + table.RowCount)];
            if (positions.Length > 0)
            {
                var scored = loaded.Transform(fresh.Data.LoadFromSpectraTable(table.Select([.. positions.Select(i => rows[i] - start)])));
                largest = Math.Max(largest, Difference(scored, new DescriptorColumns(), positions, expected));
                compared += positions.Length;
            }

            first += table.RowCount;
        }

        return compared == rows.Count ? largest : throw new InvalidOperationException($"{rows.Count} rows to compare, {compared} found");
    }

    private static double Difference(IDataView scored, DescriptorColumns columns, int[] positions, PredictionBatch expected)
    {
        double largest = 0;
        foreach (var (name, values) in new[] { (columns.Descriptors, expected.Descriptors), (columns.Styles, expected.Styles), (columns.Reconstruction, expected.Reconstruction) })
        {
            if (values.Length == 0)
                continue;
            int width = values.Length / expected.Rows, row = 0;
            foreach (float[] answer in scored.GetColumn<float[]>(name!))
            {
                for (int c = 0; c < width; c++)
                    largest = Math.Max(largest, Math.Abs(answer[c] - (double)values[(positions[row] * width) + c]));
                row++;
            }
        }

        return largest;
    }
}
