using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Evaluation;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Evaluation;

/// <summary>Reads predictions and labels out of a view, once, for the evaluator of the Inference room.</summary>
internal sealed class ModelEvaluationReader
{
    private readonly List<float>[] _vectors = [[], [], [], [], []];
    private readonly List<float> _labels = [];

    /// <summary>The report on every row that has a prediction.</summary>
    public static ModelEvaluationResult Evaluate(IDataView data, ModelFolder folder, ModelEvaluationColumns columns)
    {
        var model = folder.Metadata;
        int points = model.Energies.Count, k = model.Descriptors.Count;
        bool calibrated = columns.Descriptors is not null && model.Calibrations.Count > 0;
        DataViewSchema.Column?[] vectors =
        [
            Vector(data.Schema, columns.Spectrum, points), Vector(data.Schema, columns.Reconstruction, points), Vector(data.Schema, columns.Styles, model.StyleCount),
            calibrated ? Vector(data.Schema, columns.Descriptors!, k) : null, calibrated && columns.DescriptorStd is { } std ? Vector(data.Schema, std, k) : null,
        ];
        DataViewSchema.Column?[] labels = [.. model.Descriptors.Select(d => Label(data.Schema, d.Name))];
        if (k > 0 && Array.TrueForAll(labels, l => l is null))
            throw new XanesDataException($"the data has no Single column for any of the model's descriptors ({string.Join(", ", model.Descriptors.Select(d => d.Name))})",
                remedy: "Name the label columns like the descriptors.");
        var reader = new ModelEvaluationReader();
        long unpredicted = reader.Read(data, vectors, labels);
        var (spectra, reconstruction, styles, predictions, spreads) = (reader._vectors[0], reader._vectors[1], reader._vectors[2], reader._vectors[3], reader._vectors[4]);
        return new ModelEvaluationResult(ModelEvaluator.Evaluate(new EvaluationInput
        {
            Split = columns.Split, PointCount = points, StyleCount = model.StyleCount, Spectra = spectra.ToArray(), Reconstruction = reconstruction.ToArray(), Styles = styles.ToArray(),
            Descriptors = model.Descriptors, Values = reader._labels.ToArray(), Predictions = predictions.ToArray(), Spreads = spreads.ToArray(),
            HalfWidths = calibrated ? [.. model.Calibrations.Select(c => c.HalfWidth90)] : [], Thresholds = model.CoordinationThresholds,
            Provenance = new Dictionary<string, string> { ["model"] = model.Name, ["model_id"] = folder.Id, ["version"] = model.Provenance.XanesMlVersion },
        }), unpredicted);
    }

    private static DataViewSchema.Column Vector(DataViewSchema schema, string name, int size) =>
        Columns.Require(schema, name, $"Vector<Single, {size}>", t => Columns.IsVector(t, size, NumberDataViewType.Single));

    // A descriptor without a column is missing in every row; one with a column of another type is a mistake.
    private static DataViewSchema.Column? Label(DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name) is null ? null : Columns.Require(schema, name, "Single", t => t == NumberDataViewType.Single);

    private long Read(IDataView data, DataViewSchema.Column?[] vectors, DataViewSchema.Column?[] labels)
    {
        using var cursor = data.GetRowCursor([.. vectors.Concat(labels).OfType<DataViewSchema.Column>().DistinctBy(c => c.Index)]);
        var readVectors = Array.ConvertAll(vectors, c => c is { } column ? cursor.GetGetter<VBuffer<float>>(column) : null);
        var readLabels = Array.ConvertAll(labels, c => c is { } column ? cursor.GetGetter<float>(column) : null);
        var buffers = new VBuffer<float>[vectors.Length];
        long unpredicted = 0;
        while (cursor.MoveNext())
        {
            for (int i = 0; i < buffers.Length; i++)
                readVectors[i]?.Invoke(ref buffers[i]);
            if (!Array.TrueForAll(buffers, b => AllFinite(in b)))
            {
                unpredicted++;
                continue;
            }

            for (int i = 0; i < buffers.Length; i++)
                Append(_vectors[i], in buffers[i]);
            foreach (var read in readLabels)
            {
                float label = float.NaN;
                read?.Invoke(ref label);
                _labels.Add(label);
            }
        }

        if (_vectors[0].Count == 0)
            throw new XanesDataException($"no row has a prediction ({unpredicted} without)", remedy: "Evaluate spectra that the model could read.");
        return unpredicted;
    }

    private static bool AllFinite(in VBuffer<float> values)
    {
        foreach (float v in values.GetValues())
            if (!float.IsFinite(v))
                return false;
        return true;
    }

    private static void Append(List<float> list, in VBuffer<float> values)
    {
        int at = list.Count;
        CollectionsMarshal.SetCount(list, at + values.Length);
        values.CopyTo(CollectionsMarshal.AsSpan(list)[at..]);
    }
}
