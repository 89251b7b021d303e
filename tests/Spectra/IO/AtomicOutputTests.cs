using Xunit;
using XanesMl.Spectra.IO;

namespace XanesMl.Spectra.Tests.IO;

public sealed class AtomicOutputTests
{
    private static void WriteByte(Stream s) => s.WriteByte(7);

    [Fact]
    public void File_is_replaced_only_when_the_write_succeeds()
    {
        using var folder = new TemporaryFolder();
        string path = folder.WriteText("a.txt", "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, s =>
        {
            WriteByte(s);
            throw new InvalidOperationException("midway");
        }));
        Assert.Equal("old", File.ReadAllText(path));
        AtomicFile.Write(path, WriteByte);
        Assert.Equal([7], File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Full_disk_is_named_and_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        var e = Assert.Throws<XanesDataException>(() => AtomicFile.Write(folder["a"], s =>
        {
            WriteByte(s);
            throw new IOException("no space", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);
        }));
        Assert.Contains("disk is full", e.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Unusable_file_paths_say_why()
    {
        using var folder = new TemporaryFolder();
        string Message(string path) => Assert.Throws<XanesDataException>(() => AtomicFile.Write(path, WriteByte)).Message;
        Assert.Contains("does not exist", Message(folder["no/such/a"]), StringComparison.Ordinal);
        Assert.Contains("is a folder", Message(folder.Path), StringComparison.Ordinal);
        Assert.Contains("path is empty", Message(" "), StringComparison.Ordinal);
        Assert.Contains("NUL", Message("a\0b"), StringComparison.Ordinal);
        string locked = folder.WriteText("locked", "old");
        File.SetAttributes(locked, FileAttributes.ReadOnly);
        Assert.Contains("read-only", Message(locked), StringComparison.Ordinal);
        File.SetAttributes(locked, FileAttributes.Normal);
        Assert.Equal([locked], Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Link_stays_a_link_and_mode_is_kept()
    {
        if (OperatingSystem.IsWindows())
            return; // links need a privilege there, modes do not exist
        using var folder = new TemporaryFolder();
        string target = folder.WriteText("target", "old");
        File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(folder["link"], target);
        AtomicFile.Write(folder["link"], WriteByte);
        Assert.NotNull(new FileInfo(folder["link"]).LinkTarget);
        Assert.Equal([7], File.ReadAllBytes(target));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(target));
        AtomicFile.Write("/dev/null", WriteByte);
        Assert.Empty(File.ReadAllBytes("/dev/null")); // still the device
    }

    [Fact]
    public void Folder_appears_whole_or_not_at_all()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<InvalidOperationException>(() => AtomicDirectory.Write(folder["d"], d =>
        {
            File.WriteAllText(Path.Combine(d, "x"), "1");
            throw new InvalidOperationException("midway");
        }));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        AtomicDirectory.Write(folder["d"] + Path.DirectorySeparatorChar, d =>
        {
            Directory.CreateDirectory(Path.Combine(d, "sub"));
            File.WriteAllText(Path.Combine(d, "sub", "x"), "1");
        });
        Assert.Equal("1", File.ReadAllText(Path.Combine(folder["d"], "sub", "x")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Existing_folder_is_replaced_only_with_leave_and_proof()
    {
        using var folder = new TemporaryFolder();
        string d = folder["d"];
        Directory.CreateDirectory(d);
        void Fill(string t) => File.WriteAllText(Path.Combine(t, "model.json"), "new");
        string Refused(bool replace, params string[] markers) => Assert.Throws<XanesDataException>(() => AtomicDirectory.Write(d, Fill, replace, markers)).Message;

        Assert.Contains("exists already", Refused(false, "model.json"), StringComparison.Ordinal);
        AtomicDirectory.Write(d, Fill, replaceExisting: true); // empty
        Assert.Equal("new", File.ReadAllText(Path.Combine(d, "model.json")));

        File.WriteAllText(Path.Combine(d, "notes.txt"), "mine");
        Assert.Contains("no run.json", Refused(true, "run.json"), StringComparison.Ordinal);
        Assert.Contains("not empty", Refused(true), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(d, "notes.txt")));
        AtomicDirectory.Write(d, Fill, true, "run.json", "model.json");
        Assert.False(File.Exists(Path.Combine(d, "notes.txt")));

        File.WriteAllText(folder["f"], "");
        Assert.Contains("is a file", Assert.Throws<XanesDataException>(() => AtomicDirectory.Write(folder["f"], Fill)).Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<XanesDataException>(() => AtomicDirectory.Write(folder["no/such"], Fill)).Message, StringComparison.Ordinal);
        Assert.Contains("root", Assert.Throws<XanesDataException>(() => AtomicDirectory.Write(Path.GetPathRoot(d)!, Fill, true)).Message, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }

    [Fact]
    public void Folder_that_fails_to_fill_leaves_the_old_one()
    {
        using var folder = new TemporaryFolder();
        string d = folder["d"];
        AtomicDirectory.Write(d, t => File.WriteAllText(Path.Combine(t, "model.json"), "old"));
        Assert.Throws<XanesDataException>(() => AtomicDirectory.Write(d, _ => throw new IOException("broken disk"), true, "model.json"));
        Assert.Equal("old", File.ReadAllText(Path.Combine(d, "model.json")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }
}
