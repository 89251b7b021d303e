using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace XanesMl.Training.Native;

/// <summary>Keeps files that will be loaded as code in folders that nobody but this user can write. Linux only.</summary>
[SupportedOSPlatform("linux")]
internal static partial class PrivateFileStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int OthersAny = 0x3F, OthersWrite = 0x12, TypeMask = 0xF000, TypeFolder = 0x4000, TypeFile = 0x8000;

    /// <summary>The user's cache folder by the XDG base directory specification 0.8: XDG_CACHE_HOME where absolute, else ~/.cache; null without a home.</summary>
    public static string? CacheRoot(string? xdgCacheHome, string? home)
    {
        if (!string.IsNullOrEmpty(xdgCacheHome) && Path.IsPathRooted(xdgCacheHome))
            return xdgCacheHome;
        return !string.IsNullOrEmpty(home) && Path.IsPathRooted(home) ? Path.Combine(home, ".cache") : null;
    }

    /// <summary>Puts the content at root/xanesml/native/HASH/name unless it is there already, and returns the path after checking owner, mode and hash.</summary>
    /// <exception cref="IOException">The folders cannot be made or are not private.</exception>
    /// <exception cref="UnauthorizedAccessException">The folders cannot be written.</exception>
    public static string Store(string root, string name, ReadOnlySpan<byte> content)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(content));
        MakeFolder(root, followLink: true, OthersWrite);
        string folder = Path.Combine(root, "xanesml");
        MakeFolder(folder, followLink: false, OthersWrite);
        folder = Path.Combine(folder, "native");
        MakeFolder(folder, followLink: false, OthersAny);
        folder = Path.Combine(folder, hash);
        MakeFolder(folder, followLink: false, OthersAny);
        string path = Path.Combine(folder, name);
        if (!IsIntact(path, hash))
        {
            Write(path, content);
            if (!IsIntact(path, hash))
                throw new IOException($"{path}: the file does not keep what was written");
        }

        return path;
    }

    /// <summary>Writes the content into a fresh private folder under the system's temporary folder, for systems without a usable home.</summary>
    /// <returns>Path of the file; its folder belongs to the caller, who removes it after loading.</returns>
    public static string StoreTemporarily(string name, ReadOnlySpan<byte> content)
    {
        // mkdtemp: a new name, mode 0700.
        string folder = Directory.CreateTempSubdirectory("xanesml-").FullName;
        Check(folder, followLink: false, TypeFolder, OthersAny);
        string path = Path.Combine(folder, name);
        Write(path, content);
        return path;
    }

    /// <summary>Whether a file is this user's own, writable by nobody else, and has that SHA-256 (hex).</summary>
    public static bool IsIntact(string path, string sha256)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            Check(path, followLink: false, TypeFile, OthersWrite);
            using FileStream stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream)) == sha256;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void MakeFolder(string path, bool followLink, int forbidden)
    {
        if (!Directory.Exists(path))
            Directory.CreateDirectory(path, OwnerOnly);
        Check(path, followLink, TypeFolder, forbidden);
    }

    private static void Write(string path, ReadOnlySpan<byte> content)
    {
        string temporary = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():N}";
        try
        {
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            using (var stream = new FileStream(temporary, options))
                stream.Write(content);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            if (File.Exists(temporary))
                File.Delete(temporary);
        }
    }

    /// <summary>Fails unless path is of that type, owned by the effective user and free of the forbidden mode bits.</summary>
    private static unsafe void Check(string path, bool followLink, int type, int forbidden)
    {
        // struct statx (linux/stat.h): stx_uid at byte 20, stx_mode at byte 28; the same on every architecture. STATX_BASIC_STATS = 0x7ff.
        byte* buffer = stackalloc byte[256];
        const int currentFolder = -100, noFollow = 0x100;
        if (Statx(currentFolder, path, followLink ? 0 : noFollow, 0x7ff, buffer) != 0)
            throw new IOException($"{path}: cannot be examined (error {Marshal.GetLastPInvokeError()})");
        uint owner = *(uint*)(buffer + 20);
        int mode = *(ushort*)(buffer + 28);
        if ((mode & TypeMask) != type)
            throw new IOException($"{path}: not a plain {(type == TypeFile ? "file" : "folder")}");
        if (owner != EffectiveUser())
            throw new IOException($"{path}: owned by user {owner}, not by this user");
        if ((mode & forbidden) != 0)
            throw new IOException($"{path}: mode {Convert.ToString(mode & 0x1FF, 8)} lets others in");
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Statx(int folder, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();
}
