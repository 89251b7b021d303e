using Xunit;

namespace XanesMl.TestSupport;

/// <summary>Finds the project's own files and the data beside the project (../shared/data, or XANESML_DATA).</summary>
internal static class SharedData
{
    /// <summary>Root of the checkout: the folder that holds XanesMl.sln.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <summary>The folder of shared test data, or null where it is absent.</summary>
    public static string? Root { get; } = FindData();

    /// <summary>Path of a shared data file.</summary>
    public static string Path(params string[] parts) =>
        System.IO.Path.Combine([Root ?? throw new InvalidOperationException("shared data is absent; mark the test with SharedDataFact"), .. parts]);

    /// <summary>Path of a file of the checkout.</summary>
    public static string Repository(params string[] parts) => System.IO.Path.Combine([RepositoryRoot, .. parts]);

    private static string FindRoot()
    {
        for (var d = new DirectoryInfo(AppContext.BaseDirectory); d is not null; d = d.Parent)
            if (File.Exists(System.IO.Path.Combine(d.FullName, "XanesMl.sln")))
                return d.FullName;
        throw new InvalidOperationException("XanesMl.sln not found above " + AppContext.BaseDirectory);
    }

    private static string? FindData()
    {
        string path = Environment.GetEnvironmentVariable("XANESML_DATA") is { Length: > 0 } set
            ? set : System.IO.Path.GetFullPath(System.IO.Path.Combine(RepositoryRoot, "..", "shared", "data"));
        return Directory.Exists(path) ? path : null;
    }
}

/// <summary>A fact that needs the data beside the project and is skipped, visibly, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataFactAttribute : FactAttribute
{
    /// <summary>Sets the skip reason where the data is absent.</summary>
    public SharedDataFactAttribute()
    {
        if (SharedData.Root is null)
            Skip = "needs ../shared/data beside the project (or XANESML_DATA)";
    }
}

/// <summary>A theory that needs the data beside the project and is skipped, visibly, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    /// <summary>Sets the skip reason where the data is absent.</summary>
    public SharedDataTheoryAttribute()
    {
        if (SharedData.Root is null)
            Skip = "needs ../shared/data beside the project (or XANESML_DATA)";
    }
}
