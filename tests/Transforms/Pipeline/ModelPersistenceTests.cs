using System.IO.Compression;
using System.Reflection;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests.Pipeline;

/// <summary>Saving and loading: the members of ML.NET that are reached by reflection, and damaged files.</summary>
public sealed class ModelPersistenceTests
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private readonly MLContext _ml = new(seed: 1);

    private IDataView Rows(int count) => _ml.Data.LoadFromEnumerable(Fixture.Rows(count));

    // Every member that src/Transforms/Pipeline/ModelPersistence.cs and XanesExtensions.cs reach for, looked up independently of them.
    [Theory]
    [InlineData("Microsoft.ML.ModelSaveContext", "SetVersionInfo")]
    [InlineData("Microsoft.ML.ModelSaveContext", "CheckAtModel")]
    [InlineData("Microsoft.ML.ModelSaveContext", "Writer")]
    [InlineData("Microsoft.ML.ModelSaveContext", "SaveBinaryStream")]
    [InlineData("Microsoft.ML.ModelLoadContext", "CheckAtModel")]
    [InlineData("Microsoft.ML.ModelLoadContext", "Reader")]
    [InlineData("Microsoft.ML.ModelLoadContext", "TryLoadBinaryStream")]
    [InlineData("Microsoft.ML.VersionInfo", ".ctor")]
    [InlineData("Microsoft.ML.LoadableClassAttribute", ".ctor")]
    [InlineData("Microsoft.ML.SignatureLoadModel", "Invoke")]
    public void MLNET_still_has(string type, string member) =>
        Assert.NotEmpty(typeof(ITransformer).Assembly.GetType(type, throwOnError: true)!.GetMember(member, Any));

    [Fact]
    public void MLNET_still_lets_the_catalog_reach_its_environment() =>
        Assert.NotNull(typeof(TransformsCatalog).GetMethod("Microsoft.ML.Data.IInternalCatalog.get_Environment", Any));

    /// <summary>ML.NET writes the assembly's full name into every saved pipeline.</summary>
    [Fact]
    public void The_assembly_version_is_the_one_that_saved_pipelines_name() =>
        Assert.Equal("XanesMl.Transforms, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null", typeof(XanesCatalog).Assembly.FullName);

    [Fact]
    public void Registering_again_and_in_parallel_is_harmless() => Parallel.For(0, 16, _ => new MLContext().RegisterXanes().RegisterXanes());

    [Fact]
    public void A_context_that_made_a_step_can_load_without_registering()
    {
        var ml = new MLContext();
        using var step = ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(Rows(1));
        using var zip = Saved(step);
        Assert.NotNull(ml.Model.Load(zip, out _));
    }

    [Fact]
    public void Without_registering_loading_fails_instead_of_doing_something_else()
    {
        using var step = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(Rows(1));
        using var zip = Saved(step);
        Assert.ThrowsAny<Exception>(() => new MLContext().Model.Load(zip, out _));
    }

    [Fact]
    public void The_onnx_bytes_are_a_part_of_their_own_in_the_zip()
    {
        using var step = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(Rows(1));
        using var zip = new ZipArchive(Saved(step));
        var entry = Assert.Single(zip.Entries, e => e.FullName.EndsWith("Model.onnx", StringComparison.Ordinal));
        Assert.Equal(Fixture.Bare("encoder.onnx").Length + sizeof(int), entry.Length);
    }

    [Fact]
    public void The_batch_size_survives()
    {
        using var step = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx"), batchSize: 7).Fit(Rows(1));
        using var zip = Saved(step);
        using var loaded = Assert.IsType<Transforms.Scoring.StylesEncodingTransformer>(new MLContext().RegisterXanes().Model.Load(zip, out _));
        Assert.Equal(49, Views.Read(loaded.Transform(Rows(49)), "Z").Count);
        Assert.Equal(7, loaded.Scorer.Runs);
    }

    // What stands in the state, where: after ML.NET's 256-byte header come the strings (length, UTF-8) and numbers that Save wrote.
    [Theory]
    [InlineData("Model.onnx", "cut", "is damaged")]
    [InlineData("Model.onnx", "length", "is damaged")]
    [InlineData("Model.onnx", "junk", "cannot load")]
    [InlineData("Model.onnx", "gone", "the part 'Model.onnx' is missing")]
    [InlineData("Model.key", "signature", "")]
    [InlineData("Model.key", "batch", "should lie between 1 and 65536")]
    public void A_damaged_pipeline_is_refused_and_the_error_says_why(string entry, string damage, string expected)
    {
        using var step = _ml.Transforms.Xanes().EncodeStyles("Z", "Spectrum", Fixture.Bare("encoder.onnx")).Fit(Rows(1));
        using var zip = Rewritten(Saved(step), name => name.EndsWith(entry, StringComparison.Ordinal), content => Damage(content, damage));
        var e = Assert.ThrowsAny<Exception>(() => new MLContext().RegisterXanes().Model.Load(zip, out _));
        if (expected.Length == 0)
            return;
        while (e is not XanesDataException && e.InnerException is not null)
            e = e.InnerException;
        Assert.Contains(expected, Assert.IsType<XanesDataException>(e).Message, StringComparison.Ordinal);
    }

    private static byte[]? Damage(byte[] content, string kind)
    {
        switch (kind)
        {
            case "gone": return null;
            case "cut": return content[..(content.Length / 2)];
            case "length": return [0xff, 0xff, 0xff, 0x7f, .. content[4..]];
            case "junk": return [.. content[..4], .. content[4..].Select(b => (byte)(b ^ 0x5a))];
            case "signature":
                content[0] ^= 1;
                return content;
            default:
                // The batch size 256 follows the input column's name.
                int at = content.AsSpan().IndexOf((byte[])[.. Encoding.UTF8.GetBytes("\bSpectrum"), 0, 1, 0, 0]);
                Assert.True(at > 0);
                content[at + 10] = 0;
                return content;
        }
    }

    private MemoryStream Saved(ITransformer step)
    {
        var zip = new MemoryStream();
        _ml.Model.Save(step, Rows(1).Schema, zip);
        zip.Position = 0;
        return zip;
    }

    private static MemoryStream Rewritten(Stream source, Func<string, bool> which, Func<byte[], byte[]?> change)
    {
        var result = new MemoryStream();
        int changed = 0;
        using (var from = new ZipArchive(source, ZipArchiveMode.Read, leaveOpen: true))
        using (var to = new ZipArchive(result, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in from.Entries)
            {
                using var content = new MemoryStream();
                using (var s = entry.Open())
                    s.CopyTo(content);
                byte[]? bytes = content.ToArray();
                if (which(entry.FullName.Replace('\\', '/')))
                {
                    changed++;
                    bytes = change(bytes);
                }

                if (bytes is null)
                    continue;
                using var target = to.CreateEntry(entry.FullName).Open();
                target.Write(bytes);
            }
        }

        Assert.True(changed == 1, string.Join(" | ", new ZipArchive(source).Entries.Select(e => e.FullName)));
        result.Position = 0;
        return result;
    }
}
