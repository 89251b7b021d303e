using XanesMl.Inference.Models;
using Xunit;

namespace XanesMl.Edge.Tests;

/// <summary>The models in the program keep the whole contract of a model folder, graphs included: what the program itself leaves out when it starts.</summary>
public sealed class EmbeddedModelTests
{
    [Fact]
    public void Every_embedded_model_passes_the_whole_verification()
    {
        var assembly = typeof(EdgeCommandLine).Assembly;
        var folders = assembly.GetManifestResourceNames().Where(n => n.StartsWith("models/", StringComparison.Ordinal)).GroupBy(n => n[..n.LastIndexOf('/')]).ToArray();
        using var set = EmbeddedModels.Open();
        Assert.Equal(set.Entries.Count, folders.Length);
        foreach (var folder in folders)
        {
            var files = folder.ToDictionary(n => n[(n.LastIndexOf('/') + 1)..], n =>
            {
                using var stream = assembly.GetManifestResourceStream(n)!;
                var bytes = new byte[stream.Length];
                stream.ReadExactly(bytes);
                return (ReadOnlyMemory<byte>)bytes;
            });
            string sha256 = ModelFolder.FromFiles(folder.Key, files).Sha256;
            var entry = Assert.Single(set.Entries, e => e.Identity.Sha256 == sha256);
            Assert.Equal(sha256, entry.Model.Folder.Sha256);
        }
    }
}
