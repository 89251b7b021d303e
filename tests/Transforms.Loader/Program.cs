// A process that knows nothing but a saved pipeline: what a service of a data team is. Started by FreshProcessTests.
// Arguments: pipeline.zip, and a file with one spectrum a line (values separated by blanks) on the energies of its first line.
// Writes the descriptors of each spectrum, then the XanesMl assemblies that the process has loaded.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;

double[][] lines = [.. File.ReadLines(args[1]).Select(l => Array.ConvertAll(l.Split(' '), v => double.Parse(v, CultureInfo.InvariantCulture)))];
int rows = lines.Length - 1;
var table = new SpectraTable(new EnergyGrid(lines[0]), [.. lines.Skip(1).SelectMany(l => l.Select(v => (float)v))], [], [],
    [.. Enumerable.Range(0, rows).Select(i => $"{i}")], [.. Enumerable.Repeat("0", rows)], [.. Enumerable.Repeat("Cu", rows)]);

var mlContext = new MLContext().RegisterXanes();
var pipeline = mlContext.Model.Load(args[0], out _);
var predicted = pipeline.Transform(mlContext.Data.LoadFromSpectraTable(table));
foreach (float[] d in predicted.GetColumn<float[]>("Descriptors"))
    Console.WriteLine(string.Join(' ', d.Select(v => v.ToString("R", CultureInfo.InvariantCulture))));
Console.WriteLine(string.Join(' ', AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetName().Name).Where(n => n!.Contains("Torch", StringComparison.Ordinal) || n.StartsWith("XanesMl", StringComparison.Ordinal)).Order()));
(pipeline as IDisposable)?.Dispose();
