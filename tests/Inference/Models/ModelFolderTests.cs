using System.Security.Cryptography;
using System.Text;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Inference.Tests.Models;

public sealed class ModelFolderTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void Write_then_open_gives_the_same_model()
    {
        string path = TinyModel.Write(_temporary.File("model"));
        var folder = ModelFolder.Open(path);
        Assert.Equal(["card.md", "decoder.onnx", "encoder.onnx", "predictor.onnx"], folder.Files);
        Assert.Equal("Tiny", folder.Metadata.Name);
        Assert.Equal(path, folder.Path);
        Assert.Null(folder.Split);
        Assert.True(folder.Bytes("card.md").Span.SequenceEqual("# Tiny\n"u8));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData("# Tiny\n"u8)), folder.Metadata.Files["card.md"]);
        Assert.Equal(["model"], Directory.EnumerateFileSystemEntries(_temporary.Path).Select(Path.GetFileName));
        var missing = Assert.Throws<XanesModelException>(() => folder.Bytes("other.onnx"));
        Assert.Contains("card.md, decoder.onnx", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Id_is_what_sha256sum_says_of_the_listing()
    {
        string path = TinyModel.Write(_temporary.File("model"));
        string listing = string.Concat(new[] { "card.md", "decoder.onnx", "encoder.onnx", "predictor.onnx" }
            .Select(n => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(path, n)))) + "  " + n + "\n"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(listing)))[..12], ModelFolder.Open(path).Id);
    }

    [Fact]
    public void A_model_without_calibrations_has_no_descriptor_outputs()
    {
        var folder = ModelFolder.Open(TinyModel.Write(_temporary.File("model"), labelled: false));
        Assert.Empty(folder.Metadata.Calibrations);
        Assert.Null(folder.Metadata.Domain);
    }

    [Fact]
    public void Split_comes_back_from_split_json()
    {
        var metadata = TinyModel.Metadata();
        var files = TinyModel.Files(metadata);
        var split = new ModelSplit("grouped", 7, [0.7, 0.15, 0.15], new string('a', 64), [0, 2, 3], [1], [4]);
        files[ModelFolder.SplitFile] = split.ToJson();
        ModelFolder.Write(_temporary.File("model"), metadata, files);
        var back = ModelFolder.Open(_temporary.File("model")).Split!;
        Assert.Equal((split.Kind, split.Seed, split.DataHash), (back.Kind, back.Seed, back.DataHash));
        Assert.Equal(split.Fractions, back.Fractions);
        Assert.Equal(split.Train, back.Train);
        Assert.Equal(split.Test, back.Test);

        files[ModelFolder.SplitFile] = (split with { Test = [3] }).ToJson();
        var error = Assert.Throws<XanesModelException>(() => ModelFolder.Write(_temporary.File("other"), metadata, files));
        Assert.Contains("row 3 is in two parts", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_temporary.File("other")));
    }

    [Fact]
    public void Open_says_what_is_wrong_with_a_path()
    {
        Assert.Contains("no such model folder", Refused(_temporary.File("absent")), StringComparison.Ordinal);
        Assert.Contains("has no model.json", Refused(_temporary.Path), StringComparison.Ordinal);
        File.WriteAllText(_temporary.File("file"), "x");
        Assert.Contains("this is a file", Refused(_temporary.File("file")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("encoder.onnx")]
    [InlineData("decoder.onnx")]
    [InlineData("predictor.onnx")]
    [InlineData("card.md")]
    public void Open_refuses_a_missing_and_a_changed_file(string name)
    {
        string path = TinyModel.Write(_temporary.File("model")), file = Path.Combine(path, name);
        byte[] content = File.ReadAllBytes(file);
        content[^1] ^= 1;
        File.WriteAllBytes(file, content);
        string message = Refused(path);
        Assert.StartsWith(file + ": SHA-256 must be ", message, StringComparison.Ordinal);
        File.WriteAllBytes(file, content[..^1]);
        Assert.StartsWith(file + ": SHA-256 must be ", Refused(path), StringComparison.Ordinal);
        File.Delete(file);
        Assert.StartsWith(file + ": the file is missing", Refused(path), StringComparison.Ordinal);
    }

    /// <summary>What a writer with correct hashes but wrong content would leave: Write must refuse it, and the text must name file and fault.</summary>
    [Theory]
    [InlineData("text", "encoder.onnx: must be an ONNX file, found bytes that are not a protobuf message")]
    [InlineData("truncated", "encoder.onnx: must be an ONNX file, found bytes that are not a protobuf message")]
    [InlineData("no graph", "encoder.onnx: ONNX Runtime cannot load the file")]
    [InlineData("external weights", "encoder.onnx: the weights must be inside the file, found a tensor that refers to another file")]
    [InlineData("empty", "encoder.onnx: ")]
    [InlineData("swapped", "encoder.onnx: inputs must be spectrum, found styles")]
    [InlineData("no properties", "encoder.onnx: the metadata property 'xanesml.calibrations' must be present")]
    [InlineData("other metadata", "encoder.onnx: the metadata property 'xanesml.name' must be \"Tiny\" as model.json says, found \"Other\"")]
    [InlineData("extra property", "encoder.onnx: model.json does not have the metadata property 'xanesml.colour'")]
    [InlineData("unlabelled predictor", "predictor.onnx: outputs must be descriptors, descriptor_std, styles, reconstruction, reconstruction_error, found")]
    [InlineData("other width", "encoder.onnx: input 'spectrum' must be float [N, 11] with a free first axis, found Single [N, 12]")]
    [InlineData("no encoder", "model.json: files must list encoder.onnx")]
    [InlineData("bad name", "files may only list plain file names beside model.json, found '../x'")]
    public void Write_refuses_what_open_would_refuse_and_leaves_the_old_model(string damage, string expected)
    {
        string path = TinyModel.Write(_temporary.File("model"));
        string id = ModelFolder.Open(path).Id;
        var metadata = TinyModel.Metadata();
        var files = TinyModel.Files(metadata);
        switch (damage)
        {
            case "text": files["encoder.onnx"] = "not a model at all"u8.ToArray(); break;
            case "truncated": files["encoder.onnx"] = files["encoder.onnx"][..200]; break;
            case "no graph": files["encoder.onnx"] = TinyModel.WithProperties([], ModelJson.ToOnnxProperties(metadata)); break;
            case "external weights":
                files["encoder.onnx"] = TinyModel.WithProperties(TinyModel.Fixture("encoder_external.onnx"), ModelJson.ToOnnxProperties(metadata));
                break;
            case "empty": files["encoder.onnx"] = ReadOnlyMemory<byte>.Empty; break;
            case "swapped": (files["encoder.onnx"], files["decoder.onnx"]) = (files["decoder.onnx"], files["encoder.onnx"]); break;
            case "no properties": files["encoder.onnx"] = TinyModel.Fixture("encoder.onnx"); break;
            case "other metadata": files["encoder.onnx"] = TinyModel.Files(metadata with { Name = "Other" })["encoder.onnx"]; break;
            case "extra property":
                files["encoder.onnx"] = TinyModel.WithProperties(files["encoder.onnx"].ToArray(), new Dictionary<string, string> { ["xanesml.colour"] = "\"red\"" });
                break;
            case "unlabelled predictor":
                files["predictor.onnx"] = TinyModel.WithProperties(TinyModel.Fixture("predictor_unlabelled.onnx"), ModelJson.ToOnnxProperties(metadata));
                break;
            case "other width":
                metadata = metadata with { Energies = [.. metadata.Energies.Take(11)] };
                files = TinyModel.Files(metadata);
                break;
            case "no encoder": files.Remove("encoder.onnx"); break;
            case "bad name": files["../x"] = "x"u8.ToArray(); break;
        }

        var error = Assert.Throws<XanesModelException>(() => ModelFolder.Write(path, metadata, files));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(id, ModelFolder.Open(path).Id);
        Assert.Equal(["model"], Directory.EnumerateFileSystemEntries(_temporary.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Write_replaces_a_model_and_an_empty_folder_but_nothing_else()
    {
        string path = TinyModel.Write(_temporary.File("model"));
        File.WriteAllText(Path.Combine(path, "left-over.txt"), "old");
        TinyModel.Write(path, labelled: false);
        Assert.Empty(ModelFolder.Open(path).Metadata.Calibrations);
        Assert.False(File.Exists(Path.Combine(path, "left-over.txt")));
        Directory.CreateDirectory(_temporary.File("empty"));
        TinyModel.Write(_temporary.File("empty"));

        Directory.CreateDirectory(_temporary.File("thesis"));
        File.WriteAllText(_temporary.File("thesis", "chapter1.tex"), "x");
        Assert.Throws<XanesDataException>(() => TinyModel.Write(_temporary.File("thesis")));
        Assert.Equal("x", File.ReadAllText(_temporary.File("thesis", "chapter1.tex")));
        Assert.Equal(3, Directory.EnumerateFileSystemEntries(_temporary.Path).Count());
    }

    /// <summary>Bytes of an ONNX file flipped or cut, with matching hashes: only our own exception comes out, and a file that passes is one that
    /// ONNX Runtime runs and whose metadata agree (a flipped weight is a different model, not a broken one).</summary>
    [Fact]
    public void Damaged_onnx_bytes_give_only_our_exception()
    {
        var metadata = TinyModel.Metadata();
        var files = TinyModel.Files(metadata);
        byte[] good = files["predictor.onnx"].ToArray();
        var random = new Random(7);
        int refused = 0;
        for (int trial = 0; trial < 150; trial++)
        {
            byte[] bad = trial % 5 == 0 ? good[..random.Next(good.Length)] : [.. good];
            if (trial % 5 != 0)
                bad[random.Next(bad.Length)] ^= (byte)(1 << random.Next(8));
            files["predictor.onnx"] = bad;
            try
            {
                ModelFolder.Write(_temporary.File("model"), metadata, files);
            }
            catch (XanesModelException)
            {
                refused++;
            }
        }

        // Nearly all of the file is metadata, structure and cuts; the rest is weights.
        Assert.InRange(refused, 75, 150);
    }

    /// <summary>Any changed byte of model.json either is refused or changes nothing (white space); no other exception comes out.
    /// Every part is also in the ONNX files or in a hash, so no change of a value can pass.</summary>
    [Fact]
    public void A_flipped_byte_of_model_json_never_passes_as_another_model()
    {
        string path = TinyModel.Write(_temporary.File("model")), file = Path.Combine(path, "model.json");
        byte[] good = File.ReadAllBytes(file), expected = ModelJson.Serialize(ModelJson.Parse(good, file));
        var random = new Random(20240611);
        int refused = 0;
        for (int trial = 0; trial < 600; trial++)
        {
            byte[] bad = [.. good];
            int at = random.Next(bad.Length);
            bad[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, bad);
            try
            {
                Assert.Equal(expected, ModelJson.Serialize(ModelFolder.Open(path).Metadata));
            }
            catch (XanesModelException)
            {
                refused++;
            }
        }

        // White space is a third of the indented file, and flips of it mostly break the JSON too.
        Assert.InRange(refused, 500, 600);
    }

    private static string Refused(string path) => Assert.Throws<XanesModelException>(() => ModelFolder.Open(path)).Message;
}
