using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace XanesMl.Edge.Serving;

/// <summary>The query of /predict and /predict/batch: what belongs to a request and, for files, what JSON has as members.</summary>
internal sealed record RequestQuery
{
    private const int LongestText = 200;
    private static readonly string[] s_numbers = ["shift", "e0", "pre1", "pre2", "norm1", "norm2", "nnorm", "nvict"];
    private static readonly string[] s_known = ["name", "element", "model", "index", "curves", "input", "unit", .. s_numbers];

    public string? Name { get; init; }

    public string? Element { get; init; }

    public string? Model { get; init; }

    /// <summary>Place of the wanted spectrum within the file, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Whether input, reconstruction and alignment are wanted; null: the route's default.</summary>
    public bool? Curves { get; init; }

    public PreparationRequest Options { get; init; } = new();

    /// <summary>Names of the parameters that were given.</summary>
    public IReadOnlyCollection<string> Given { get; init; } = [];

    /// <summary>Reads the query.</summary>
    /// <exception cref="RequestProblem">A parameter that is unknown, repeated, or not of its kind.</exception>
    public static RequestQuery Read(IQueryCollection query)
    {
        foreach (var (key, values) in query)
        {
            if (!s_known.Contains(key))
                throw Bad("this parameter is not known", "query", key, $"Known are {string.Join(", ", s_known)}.");
            if (values.Count != 1 || values[0] is not { Length: > 0 and <= LongestText })
                throw Bad("a parameter is given once, with a value of at most 200 characters", "query, " + key, values.ToString(), "Give it once, or leave it out.");
        }

        string? Text(string key) => query.TryGetValue(key, out var values) ? values[0] : null;
        return new RequestQuery
        {
            Name = Text("name"), Element = Text("element"), Model = Text("model"), Index = Whole(Text("index"), "index") ?? 0,
            Curves = Text("curves") switch { null => null, "true" => true, "false" => false, var other => throw Bad("this is neither true nor false", "query, curves", other, "Give true or false.") },
            Given = [.. query.Keys],
            Options = new PreparationRequest
            {
                Input = Text("input"), Unit = Text("unit"), Shift = Number(Text("shift"), "shift"), E0 = Number(Text("e0"), "e0"), Pre1 = Number(Text("pre1"), "pre1"), Pre2 = Number(Text("pre2"), "pre2"),
                Norm1 = Number(Text("norm1"), "norm1"), Norm2 = Number(Text("norm2"), "norm2"), Nnorm = Whole(Text("nnorm"), "nnorm"), Nvict = Whole(Text("nvict"), "nvict"),
            },
        };
    }

    /// <summary>Refuses parameters without effect, which are a misunderstanding that nobody would see in the answer.</summary>
    /// <exception cref="RequestProblem">One of them was given.</exception>
    public void RequireNone(IEnumerable<string> names, string remedy)
    {
        if (names.FirstOrDefault(Given.Contains) is { } name)
            throw Bad("this parameter has no effect here", "query", name, remedy);
    }

    /// <summary>All parameters except curves: for bodies that say all themselves.</summary>
    public static IEnumerable<string> AllButCurves => s_known.Where(k => k != "curves");

    private static double? Number(string? text, string key) => text is null ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
        : throw Bad("this is not a number", "query, " + key, text, "Give a number with a decimal point.");

    private static int? Whole(string? text, string key) => text is null ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= 0 ? value
        : throw Bad("this is not a whole number from 0", "query, " + key, text, "Give a whole number.");

    private static RequestProblem Bad(string what, string where, string? value, string remedy) => new(StatusCodes.Status400BadRequest, what, where, value, remedy);
}
