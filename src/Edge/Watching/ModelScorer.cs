using System.Text;
using XanesMl.Inference.Measured;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;

namespace XanesMl.Edge.Watching;

internal sealed class ModelScorer : IContentScorer
{
    private readonly SpectrumModel _model;
    private readonly MeasuredPredictor _predictor;

    public ModelScorer(SpectrumModel model)
    {
        (_model, _predictor) = (model, new MeasuredPredictor(model));
        using var header = new MemoryStream();
        PredictionWriter.WriteCsv(header, PredictionTable.Of(model, []));
        Run = new WatchRun([model.Folder.Id], "", ".csv", header.ToArray());
    }

    public WatchRun Run { get; }

    public long MostBytes(ReadOnlyMemory<byte> head) => MeasuredReadOptions.DefaultMaxBytes;

    public ScoredContent Score(string file, byte[] content, string sha256)
    {
        try
        {
            var rows = new StringBuilder();
            int n = 0;
            foreach (var s in MeasuredSpectrumReader.Read(new MemoryStream(content), file))
            {
                rows.Append(file).Append(',').Append(sha256).Append(',').Append(_predictor.Predict(s).Prediction.Verdict.ToString()).Append(DateTime.UtcNow.Ticks).Append('\n');
                n++;
            }
            return new ScoredContent(Encoding.UTF8.GetBytes(rows.ToString()), n, n + " spectra", null);
        }
        catch (XanesDataException e)
        {
            return new ScoredContent(Encoding.UTF8.GetBytes(file + "," + sha256 + "\n"), 1, "", e.Message);
        }
    }
}
