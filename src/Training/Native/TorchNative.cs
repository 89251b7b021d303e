using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Runtime.Versioning;
using TorchSharp;

namespace XanesMl.Training.Native;

/// <summary>Makes TorchSharp's native library load on systems with an older C++ runtime (Debian 12, Ubuntu 22.04).</summary>
/// <remarks>
/// libLibTorchSharp.so 0.107 asks for symbol version GLIBCXX_3.4.32, although the only symbol behind it is a marker that the linker left and
/// nothing looks up. Where the system ends at an earlier version the loader refuses the file and TorchSharp reports, misleadingly, a missing libtorch.
/// When that happens, and only then, a copy whose version need is weak (one bit) is loaded instead. It lies in the user's cache folder
/// (XDG_CACHE_HOME or ~/.cache, below xanesml/native, keyed by its SHA-256, folders 0700) and is verified before every use; without a writable home
/// it is made anew in a private temporary folder. On newer systems, on Windows and on macOS nothing is done.
/// This happens by itself when the assembly is loaded; no call is necessary.
/// </remarks>
public static class TorchNative
{
    private const string Shim = "libLibTorchSharp.so";
    private const string Version = "GLIBCXX_3.4.32";

    private static readonly string[] Markers = ["_ZSt21ios_base_library_initv"];

    // In the order of their dependence; the patched copy lies elsewhere and finds them by name once they are loaded. CUDA's are there on GPU packages only.
    private static readonly string[] Dependencies = ["libc10.so", "libc10_cuda.so", "libtorch_cpu.so", "libtorch_cuda.so", "libtorch.so"];

    private static readonly Lock Gate = new();
    private static nint handle;
    private static bool tried;
    private static string report = "nothing done: no native library was asked for yet, or the system's loader found it by itself";

    /// <summary>What was done, in words, for a log.</summary>
    public static string Report
    {
        get
        {
            lock (Gate)
                return report;
        }
    }

    /// <summary>Loads libtorch now instead of at the first torch call.</summary>
    /// <returns>What was done: <see cref="Report"/>.</returns>
    /// <exception cref="PlatformNotSupportedException">libtorch cannot be loaded; the message says what was tried.</exception>
    public static string Ensure()
    {
        try
        {
            torch.InitializeDeviceType(DeviceType.CPU);
            return Report;
        }
        catch (Exception e) when (e is NotSupportedException or TypeInitializationException or DllNotFoundException or EntryPointNotFoundException)
        {
            throw new PlatformNotSupportedException(
                $"libtorch cannot be loaded ({Report}). An application needs a package libtorch-cpu-PLATFORM or libtorch-cuda-PLATFORM beside TorchSharp", e);
        }
    }

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "TorchSharp must work at the first call, whichever type of this assembly makes it; this only registers a handler.")]
    internal static void Install()
    {
        if (RuntimeInformation.ProcessArchitecture == Architecture.X64)
            (AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly) ?? AssemblyLoadContext.Default).ResolvingUnmanagedDll +=
                (_, name) => OperatingSystem.IsLinux() ? Resolve(name) : 0;
    }

    /// <summary>The runtime asks here after its own search failed.</summary>
    [SupportedOSPlatform("linux")]
    private static nint Resolve(string name)
    {
        if (name is not ("LibTorchSharp" or "libLibTorchSharp" or Shim))
            return 0;
        lock (Gate)
        {
            if (!tried)
            {
                tried = true;
                try
                {
                    (handle, report) = LoadPatched();
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    report = "nothing done: " + e.Message;
                }
            }

            return handle;
        }
    }

    [SupportedOSPlatform("linux")]
    private static (nint Handle, string Report) LoadPatched()
    {
        if (Find(Shim) is not { } original)
            return (0, $"nothing done: no {Shim} beside the program");
        byte[] content = File.ReadAllBytes(original);
        VersionNeedResult patch = ElfVersionNeed.Weaken(content, Version, Markers);
        if (patch.Outcome != VersionNeedOutcome.Weakened)
            return (0, $"nothing done: {original} cannot be loaded and is not helped by a patch, since {patch.Detail}");

        foreach (string dependency in Dependencies)
            if (Find(dependency) is { } path)
                NativeLibrary.TryLoad(path, out _);

        string why = "no home folder";
        string? root = PrivateFileStore.CacheRoot(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME"), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        if (root is not null)
        {
            try
            {
                string path = PrivateFileStore.Store(root, Shim, content);
                if (NativeLibrary.TryLoad(path, out nint cached))
                    return (cached, $"loaded {path}, a copy of {original} in which {patch.Detail}");
                why = $"{path} cannot be loaded";
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                why = e.Message;
            }
        }

        return LoadTemporary(original, content, patch.Detail, why);
    }

    [SupportedOSPlatform("linux")]
    private static (nint Handle, string Report) LoadTemporary(string original, byte[] content, string detail, string why)
    {
        string path = PrivateFileStore.StoreTemporarily(Shim, content);
        try
        {
            return NativeLibrary.TryLoad(path, out nint loaded)
                ? (loaded, $"loaded a temporary copy of {original} in which {detail} (not kept: {why})")
                : (0, $"nothing done: neither {original} nor a copy in which {detail} can be loaded ({why})");
        }
        finally
        {
            // The mapping outlives the name.
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    private static string? Find(string file)
    {
        string[] folders = ((AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Append(AppContext.BaseDirectory).Append(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"))
            .Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }
}
