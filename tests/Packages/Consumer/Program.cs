// What the packages' README files show, in a program that has the packages only. Reads from the current folder: spectra.csv.gz, scan.dat, model, pipeline.zip.
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Predictions;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Normalization;
using XanesMl.Spectra.Reading;

Console.WriteLine("# Spectra");
SpectraTable table = SpectraTableReader.Read("spectra.csv.gz");
foreach (MeasuredSpectrum scan in MeasuredSpectrumReader.Read("scan.dat"))
{
    PreEdgeResult normalized = PreEdgeNormalizer.Normalize(scan.Energies.Span, scan.Mu.Span);
    Console.WriteLine($"{scan.Name}: E0 {normalized.E0} eV, edge step {normalized.EdgeStep}");
}

Console.WriteLine("# Inference");
using var model = SpectrumModel.Open("model");
foreach (SpectrumPrediction p in TablePredictor.Predict(model, table, resample: true))
    Console.WriteLine($"{p.Material} {p.Site}: {p.Estimates[0].Value} {p.Estimates[0].Unit}, {p.Verdict}");

Console.WriteLine("# Transforms");
var mlContext = new MLContext().RegisterXanes();
ITransformer pipeline = mlContext.Model.Load("pipeline.zip", out _);
IDataView predicted = pipeline.Transform(mlContext.Data.LoadFromSpectraTable(table));
foreach (float[] descriptors in predicted.GetColumn<float[]>("Descriptors"))
    Console.WriteLine(string.Join(' ', descriptors));

Console.WriteLine("# Assemblies");
foreach (string name in AppDomain.CurrentDomain.GetAssemblies().Select(a => a.FullName!).Order(StringComparer.Ordinal))
    Console.WriteLine(name);
