using System.Text.Json;

namespace XanesMl.Edge.Tests.Serving;

/// <summary>As much of JSON Schema as the document of the server uses: $ref, type, enum, required, properties, additionalProperties, items, oneOf. Any other word of consequence is an error.</summary>
internal sealed class JsonSchema(JsonElement document)
{
    private static readonly HashSet<string> s_known = ["$ref", "type", "enum", "required", "properties", "additionalProperties", "items", "oneOf", "description", "format", "minItems", "default"];

    /// <summary>What does not fit; empty where all does.</summary>
    public IReadOnlyList<string> Check(JsonElement value, JsonElement schema) => [.. Problems(value, schema, "$")];

    private IEnumerable<string> Problems(JsonElement value, JsonElement schema, string at)
    {
        foreach (var word in schema.EnumerateObject())
            if (!s_known.Contains(word.Name))
                yield return $"{at}: this checker does not know '{word.Name}'";
        if (schema.TryGetProperty("$ref", out var reference))
        {
            foreach (string p in Problems(value, Resolve(reference.GetString()!), at))
                yield return p;
            yield break;
        }

        if (schema.TryGetProperty("oneOf", out var choices))
        {
            int fits = choices.EnumerateArray().Count(c => !Problems(value, c, at).Any());
            if (fits != 1)
                yield return $"{at}: fits {fits} of oneOf";
        }

        if (schema.TryGetProperty("type", out var type) && !Types(type).Any(t => Is(value, t)))
            yield return $"{at}: is {value.ValueKind}, expected {type}";
        if (schema.TryGetProperty("enum", out var words) && !words.EnumerateArray().Any(w => JsonElement.DeepEquals(w, value)))
            yield return $"{at}: {value} is none of {words}";
        IEnumerable<string> inner = value.ValueKind switch
        {
            JsonValueKind.Object => Members(value, schema, at),
            JsonValueKind.Array when schema.TryGetProperty("items", out var items) => value.EnumerateArray().SelectMany((v, i) => Problems(v, items, $"{at}[{i}]")),
            _ => [],
        };
        foreach (string p in inner)
            yield return p;
    }

    private IEnumerable<string> Members(JsonElement value, JsonElement schema, string at)
    {
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray())
                if (!value.TryGetProperty(name.GetString()!, out _))
                    yield return $"{at}: {name} is missing";
        bool closed = schema.TryGetProperty("additionalProperties", out var more);
        foreach (var member in value.EnumerateObject())
        {
            IEnumerable<string> problems = schema.TryGetProperty("properties", out var known) && known.TryGetProperty(member.Name, out var own) ? Problems(member.Value, own, $"{at}.{member.Name}")
                : !closed ? [] : more.ValueKind == JsonValueKind.False ? [$"{at}: {member.Name} is not described"] : Problems(member.Value, more, $"{at}.{member.Name}");
            foreach (string p in problems)
                yield return p;
        }
    }

    public JsonElement Resolve(string reference)
    {
        var found = document;
        foreach (string part in reference.Split('/')[1..])
            found = found.GetProperty(part);
        return found;
    }

    private static IEnumerable<string> Types(JsonElement type) => type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!) : [type.GetString()!];

    private static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new InvalidOperationException(type),
    };
}
