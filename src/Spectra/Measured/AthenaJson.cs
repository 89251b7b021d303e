using System.Text.Json;
using XanesMl.Spectra.IO;

namespace XanesMl.Spectra.Measured;

/// <summary>Reads a project that is written as JSON: an object with one member a group, each with args, x and y.</summary>
internal static class AthenaJson
{
    /// <summary>The groups of a project.</summary>
    public static IReadOnlyList<AthenaGroup> Read(Stream content, string path, MeasuredReadOptions options)
    {
        using var memory = new MemoryStream();
        content.CopyTo(memory);
        var bytes = memory.GetBuffer().AsSpan(0, (int)memory.Length);
        if (bytes.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        try
        {
            return Groups(bytes, path, options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not Unicode.
            throw new XanesDataException($"the JSON is damaged: {MeasuredText.Shown(FileProblems.Sentence(e))}", path, (e as JsonException)?.LineNumber + 1, remedy: "Save the project again.", inner: e);
        }
    }

    private static List<AthenaGroup> Groups(ReadOnlySpan<byte> bytes, string path, MeasuredReadOptions options)
    {
        var json = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MeasuredLimits.Depth, AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        var groups = new List<AthenaGroup>();
        int values = 0;
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string id = json.GetString() ?? "";
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                json.Skip();
                continue;
            }

            if (groups.Count == options.MaxSpectra)
                throw new XanesDataException($"the project holds more than {options.MaxSpectra} groups", path, remedy: "Raise the limit or split the project.");
            var group = Group(ref json, id, ref values, options.MaxValues, path);
            if (group.X.Length > 0 || group.Y.Length > 0)
                groups.Add(group);
        }

        while (json.Read())
        {
            // What follows must be JSON too; a second value is an error.
        }

        return groups.Count > 0 ? groups : throw new XanesDataException("this JSON is no Athena project: no member has x and y", path, remedy: "Give an Athena project (.prj), or save the spectrum as XDI or columns.");
    }

    private static AthenaGroup Group(ref Utf8JsonReader json, string id, ref int values, int most, string path)
    {
        var group = new AthenaGroup { Id = MeasuredText.Value(id) ?? "" };
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString() ?? "";
            json.Read();
            if (name == "args" && json.TokenType == JsonTokenType.StartObject)
                Parameters(ref json, group);
            else if (name == "x" && json.TokenType == JsonTokenType.StartArray)
                group.X = Numbers(ref json, ref values, most, path);
            else if (name == "y" && json.TokenType == JsonTokenType.StartArray)
                group.Y = Numbers(ref json, ref values, most, path);
            else
                json.Skip();
        }

        return group;
    }

    private static void Parameters(ref Utf8JsonReader json, AthenaGroup group)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            string name = json.GetString() ?? "";
            json.Read();
            if (json.TokenType is JsonTokenType.StartArray)
                group.Set(name, List(ref json));
            else if (json.TokenType is JsonTokenType.StartObject)
                json.Skip();
            else
                group.Set(name, Scalar(ref json));
        }
    }

    private static string List(ref Utf8JsonReader json)
    {
        var items = new List<string>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                json.Skip();
            else if (items.Count < MeasuredLimits.MetadataEntries && Scalar(ref json) is { } item)
                items.Add(item);
        }

        return string.Join('\n', items);
    }

    private static string? Scalar(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.String => json.GetString(),
        JsonTokenType.Number => MeasuredText.Decode(json.ValueSpan),
        JsonTokenType.True => "1",
        JsonTokenType.False => "0",
        _ => null,
    };

    // Numbers are written as strings or as numbers.
    private static double[] Numbers(ref Utf8JsonReader json, ref int values, int most, string path)
    {
        var list = new List<double>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (++values > most)
                throw new XanesDataException($"the project holds more than {most} numbers", path, remedy: "Split the project.");
            if (json.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                json.Skip();
            list.Add(json.TokenType is JsonTokenType.String or JsonTokenType.Number && MeasuredText.TryNumber(json.ValueSpan, out double value) ? value : double.NaN);
        }

        return [.. list];
    }
}
