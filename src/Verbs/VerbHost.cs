using XanesMl.Inference.Predictions;

namespace XanesMl.Verbs;

/// <summary>What a verb of either program may touch of the world. Tests pass their own.</summary>
internal sealed record VerbHost
{
    /// <summary>Name of the program, for examples.</summary>
    public required string Program { get; init; }

    /// <summary>Lets the caller write results to standard output.</summary>
    public required Action<Action<Stream>> Results { get; init; }

    /// <summary>Reports an error; the line comes without any prefix.</summary>
    public required Action<string> Error { get; init; }

    /// <summary>Says one line of a summary.</summary>
    public required Action<string> Say { get; init; }

    /// <summary>The models that come with the program; null where it has none, then --model is required.</summary>
    public Func<ModelSet>? ShippedModels { get; init; }

    /// <summary>Clock of results.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Fires at the first Ctrl-C.</summary>
    public CancellationToken Interrupt { get; init; }
}
