using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using XanesMl.Inference.Models;
using XanesMl.Inference.Predictions;
using XanesMl.Verbs;

namespace XanesMl.Edge;

/// <summary>The verb models: what the models of the program, or of a folder, are for.</summary>
internal static class ModelsVerb
{
    public static Command Create(VerbHost host)
    {
        var model = Options.Path("--model", "DIR", "Model folder. Default: the models in the program.");
        var json = Options.Json("one object a model");
        var quiet = Options.Quiet();
        var command = new Command("models", "List the models: elements, energies, descriptors with their units, hash.") { model, json, quiet };
        command.SetAction(result =>
        {
            using var models = result.GetValue(model) is { } folder ? ModelSet.Open(folder) : host.ShippedModels!();
            host.Results(stream =>
            {
                foreach (var entry in models.Entries)
                    stream.Write(result.GetValue(json) ? Json(entry) : Encoding.UTF8.GetBytes(Words(entry)));
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static string Words(ModelEntry entry)
    {
        var (m, text) = (entry.Metadata, new StringBuilder());
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"{m.Name}");
        Line($"  model        {entry.Identity.Id} (SHA-256 {entry.Identity.Sha256})");
        Line($"  elements     {string.Join(", ", m.Elements)}; {m.Edge} edge");
        Line($"  energies     {m.Energies.Count}, {m.Energies[0]:0.##} to {m.Energies[^1]:0.##} eV{(m.EnergyAxis == EnergyAxis.RelativeToEdge ? " relative to the edge" : "")}");
        Line($"  styles       {m.StyleCount}, {m.Provenance.TrialSeeds.Count} trials");
        foreach (var d in entry.Identity.Descriptors)
            Line($"  {d.Name,-12} {d.Min:0.###} to {d.Max:0.###}{(d.Unit.Length > 0 ? " " + d.Unit : "")}: {d.Meaning}");
        Line($"");
        return text.ToString();
    }

    private static byte[] Json(ModelEntry entry)
    {
        var m = entry.Metadata;
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("name", m.Name);
            json.WriteString("model", entry.Identity.Id);
            json.WriteString("model_sha256", entry.Identity.Sha256);
            json.WriteStartArray("elements");
            foreach (string element in m.Elements)
                json.WriteStringValue(element);
            json.WriteEndArray();
            json.WriteString("edge", m.Edge);
            json.WriteBoolean("relative_to_edge", m.EnergyAxis == EnergyAxis.RelativeToEdge);
            json.WriteNumber("points", m.Energies.Count);
            json.WriteNumber("first_energy", m.Energies[0]);
            json.WriteNumber("last_energy", m.Energies[^1]);
            json.WriteNumber("styles", m.StyleCount);
            json.WriteNumber("trials", m.Provenance.TrialSeeds.Count);
            json.WriteStartArray("descriptors");
            foreach (var d in entry.Identity.Descriptors)
            {
                json.WriteStartObject();
                json.WriteString("name", d.Name);
                json.WriteString("unit", d.Unit);
                json.WriteString("meaning", d.Meaning);
                json.WriteNumber("min", d.Min);
                json.WriteNumber("max", d.Max);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }
}
