using System.Runtime.Versioning;
using Xunit;
using XanesMl.Training.Native;

namespace XanesMl.Training.Tests.Native;

/// <summary>A fact about Unix file modes, skipped visibly elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
            Skip = "Unix owners and modes";
    }
}

[SupportedOSPlatform("linux")]
public sealed class PrivateFileStoreTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string _root = Directory.CreateTempSubdirectory("xanesml-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [LinuxFact]
    public void Store_makes_owner_only_folders_and_a_verified_file()
    {
        string path = PrivateFileStore.Store(Path.Combine(_root, "cache"), "lib.so", "content"u8);
        Assert.Equal("content", File.ReadAllText(path));
        // Oracle: printf content | sha256sum
        Assert.Equal("ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73", Path.GetFileName(Path.GetDirectoryName(path)));
        for (string? d = Path.GetDirectoryName(path); d != _root; d = Path.GetDirectoryName(d))
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(d!));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [LinuxFact]
    public void Store_reuses_an_intact_file_and_replaces_a_changed_one()
    {
        string path = PrivateFileStore.Store(_root, "lib.so", "content"u8);
        DateTime written = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, written);
        PrivateFileStore.Store(_root, "lib.so", "content"u8);
        Assert.Equal(written, File.GetLastWriteTimeUtc(path));

        File.WriteAllText(path, "altered");
        Assert.Equal(path, PrivateFileStore.Store(_root, "lib.so", "content"u8));
        Assert.Equal("content", File.ReadAllText(path));
    }

    [LinuxFact]
    public void Store_replaces_a_file_that_others_can_write()
    {
        string path = PrivateFileStore.Store(_root, "lib.so", "content"u8);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        PrivateFileStore.Store(_root, "lib.so", "content"u8);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [LinuxFact]
    public void Store_refuses_a_folder_that_others_can_enter()
    {
        string path = PrivateFileStore.Store(_root, "lib.so", "content"u8);
        File.SetUnixFileMode(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.GroupWrite);
        IOException e = Assert.Throws<IOException>(() => PrivateFileStore.Store(_root, "lib.so", "content"u8));
        Assert.Contains("mode 720", e.Message, StringComparison.Ordinal);
    }

    [LinuxFact]
    public void Store_refuses_a_link_in_place_of_its_folder()
    {
        string elsewhere = Directory.CreateDirectory(Path.Combine(_root, "elsewhere"), OwnerOnly).FullName;
        Directory.CreateSymbolicLink(Path.Combine(_root, "xanesml"), elsewhere);
        Assert.Throws<IOException>(() => PrivateFileStore.Store(_root, "lib.so", "content"u8));
        Assert.Empty(Directory.GetFileSystemEntries(elsewhere));
    }

    [LinuxFact]
    public void StoreTemporarily_uses_a_fresh_owner_only_folder()
    {
        string a = PrivateFileStore.StoreTemporarily("lib.so", "content"u8), b = PrivateFileStore.StoreTemporarily("lib.so", "content"u8);
        try
        {
            Assert.NotEqual(a, b);
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(Path.GetDirectoryName(a)!));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(a)!, true);
            Directory.Delete(Path.GetDirectoryName(b)!, true);
        }
    }

    [LinuxFact]
    public void CacheRoot_follows_the_base_directory_specification()
    {
        Assert.Equal("/x", PrivateFileStore.CacheRoot("/x", "/home/u"));
        Assert.Equal("/home/u/.cache", PrivateFileStore.CacheRoot("relative", "/home/u"));
        Assert.Equal("/home/u/.cache", PrivateFileStore.CacheRoot(null, "/home/u"));
        Assert.Null(PrivateFileStore.CacheRoot("", ""));
    }
}
