using System.Text;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Tests.Measured;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Spectra.Tests.IO;

/// <summary>Oracle: File.ReadAllBytes; the bytes that a hash is made of are the bytes that are read.</summary>
public sealed class InputFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_000)]
    public void Reads_all_bytes_and_asks_for_the_limit_once_with_the_beginning(int size)
    {
        string path = _folder["a"];
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        File.WriteAllBytes(path, bytes);
        int asked = 0;
        var read = InputFile.Read(path, head =>
        {
            asked++;
            Assert.True(head.Span.SequenceEqual(bytes.AsSpan(0, Math.Min(size, 65_536))));
            return size;
        });
        Assert.True(read.Span.SequenceEqual(bytes));
        Assert.Equal(1, asked);
        Assert.Contains($"limit of {size - 1}", Assert.Throws<XanesDataException>(() => InputFile.Read(path, _ => size - 1)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/proc/self/status")]
    public void Devices_and_kernel_files_are_refused(string path)
    {
        if (OperatingSystem.IsLinux())
            Assert.Contains("not a regular file", Assert.Throws<XanesDataException>(() => InputFile.Read(path, _ => long.MaxValue)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_means_its_files_by_name()
    {
        Directory.CreateDirectory(_folder["sub"]);
        foreach (string name in (string[])["b", "a", ".hidden", "sub/c"])
            File.WriteAllText(_folder[name], "x");
        Assert.Equal([_folder["a"], _folder["b"]], InputFile.Expand(_folder.Path));
        Assert.Equal(["absent"], InputFile.Expand("absent"));
        Assert.Equal([_folder["b"]], InputFile.Expand(_folder.Path, _folder["a"]));
        Assert.Equal([_folder["a"], _folder["b"]], InputFile.Expand(_folder.Path, _folder["empty"]));
        Assert.Equal([_folder["a"]], InputFile.Expand(_folder["a"], _folder["a"]));
        Directory.CreateDirectory(_folder["empty"]);
        Assert.Contains("holds no files", Assert.Throws<XanesDataException>(() => InputFile.Expand(_folder["empty"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_are_recognized_by_content_packed_or_not()
    {
        byte[] csv = "MPID,SITE,ENE_8985,ENE_8986,ENE_8987\nm,0,1,2,3\n"u8.ToArray(), packed = Content.Gzip(csv);
        Assert.True(SpectraTableReader.Recognizes(csv));
        Assert.True(SpectraTableReader.Recognizes(packed));
        Assert.True(SpectraTableReader.Recognizes("PAR1 and so on"u8.ToArray()));
        foreach (byte[] other in new[] { [], packed[..20], Encoding.UTF8.GetBytes("# energy mu\n1 2\n"), Content.Gzip("# energy mu\n1 2\n"u8.ToArray()) })
            Assert.False(SpectraTableReader.Recognizes(other));
        Assert.Equal(3, SpectraTableReader.Read(packed, "upload", 1000).PointCount);
        Assert.Contains("limit of 20 bytes", Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(packed, "upload", 20)).Message, StringComparison.Ordinal);
        Assert.Contains("cut off", Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(packed.AsMemory(0, packed.Length - 6), "upload", 1000)).Message, StringComparison.Ordinal);
    }
}
