using System.Diagnostics;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>A fact that needs a small file system of its own and is skipped, visibly, where none may be mounted.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute()
    {
        if (!CanMount())
            Skip = "needs the right to mount a file system (Linux, root)";
    }

    /// <summary>Mounts a memory file system on a folder until it is disposed of.</summary>
    public static IDisposable Mount(string folder, string size) =>
        Run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder) ? new Mounted(folder) : throw new InvalidOperationException("cannot mount on " + folder);

    private static bool CanMount()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return false;
        string folder = Directory.CreateTempSubdirectory("xanesml-mount-").FullName;
        try
        {
            using (Mount(folder, "64k"))
                return true;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private sealed class Mounted(string folder) : IDisposable
    {
        public void Dispose() => Run("umount", "-l", folder);
    }
}
