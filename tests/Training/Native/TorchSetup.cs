using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using XanesMl.Training.Native;

namespace XanesMl.Training.Tests.Native;

/// <summary>A test may call torch before it touches any type of XanesMl.Training; a program that trains never does.</summary>
internal static class TorchSetup
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Runs before any test of this assembly.")]
    internal static void LoadTrainingAssembly() => RuntimeHelpers.RunModuleConstructor(typeof(TorchNative).Module.ModuleHandle);
}
