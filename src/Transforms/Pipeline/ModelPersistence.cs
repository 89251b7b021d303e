using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace XanesMl.Transforms.Pipeline;

/// <summary>Header of one kind of saved transformer. Raise <paramref name="Written"/> whenever Save writes something else.</summary>
/// <param name="Signature">Exactly eight characters, unique to the transformer; stands at the start of its file inside the zip.</param>
/// <param name="Written">Version that Save writes.</param>
/// <param name="OldestReader">Oldest version whose code can read what Save writes.</param>
/// <param name="OldestReadable">Oldest version that Create still reads.</param>
/// <param name="LoaderName">Name under which ML.NET finds the loader.</param>
/// <param name="Loader">The transformer's type; it has a static method ITransformer Create(IHostEnvironment, object), whose form ML.NET compares exactly.</param>
internal sealed record ComponentVersion(string Signature, uint Written, uint OldestReader, uint OldestReadable, string LoaderName, Type Loader)
{
    /// <summary>The first version of a transformer's format.</summary>
    public static ComponentVersion First(string signature, string loaderName, Type loader) =>
        new(signature, 0x00010001, 0x00010001, 0x00010001, loaderName, loader);
}

/// <summary>ML.NET's model-zip contract, which is internal to ML.NET: the only file that reaches into it.</summary>
/// <remarks>ModelSaveContext, ModelLoadContext, VersionInfo and LoadableClassAttribute have had this form since ML.NET 1.0.
/// Tests assert that every member that is looked up here exists, so that an update of ML.NET cannot break it silently.
/// VersionInfo is an internal struct: plain reflection is the one way to make it.</remarks>
internal static class ModelPersistence
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const BindingFlags Plain = BindingFlags.DoNotWrapExceptions;

    private static readonly Assembly s_core = typeof(ITransformer).Assembly;
    private static readonly Type s_version = TypeOf("Microsoft.ML.VersionInfo");
    private static readonly Type s_loadContext = TypeOf("Microsoft.ML.ModelLoadContext");
    private static readonly Type s_attribute = TypeOf("Microsoft.ML.LoadableClassAttribute");
    private static readonly Type s_loadSignature = TypeOf("Microsoft.ML.SignatureLoadModel");

    // VersionInfo(modelSignature, verWrittenCur, verReadableCur, verWeCanReadBack, loaderAssemblyName, loaderSignature, loaderSignatureAlt)
    private static readonly ConstructorInfo s_newVersion = Found(s_version.GetConstructor(Any,
        [typeof(string), typeof(uint), typeof(uint), typeof(uint), typeof(string), typeof(string), typeof(string)]), "VersionInfo(...)");

    // LoadableClassAttribute(instType, loaderType, argType, sigType, userName, loadNames)
    private static readonly ConstructorInfo s_newAttribute = Found(s_attribute.GetConstructor(Any,
        [typeof(Type), typeof(Type), typeof(Type), typeof(Type), typeof(string), typeof(string[])]), "LoadableClassAttribute(...)");

    private static readonly MethodInfo s_setVersion = Found(typeof(ModelSaveContext).GetMethod("SetVersionInfo", Any, [s_version]), "ModelSaveContext.SetVersionInfo");
    private static readonly MethodInfo s_checkLoad = Found(s_loadContext.GetMethod("CheckAtModel", Any, [s_version]), "ModelLoadContext.CheckAtModel");
    private static readonly MethodInfo s_loadBlob = Found(s_loadContext.GetMethod("TryLoadBinaryStream", Any, [typeof(string), typeof(Action<BinaryReader>)]),
        "ModelLoadContext.TryLoadBinaryStream");

    private static readonly FieldInfo s_reader = Found(s_loadContext.GetField("Reader", Any), "ModelLoadContext.Reader");

    /// <summary>Writes one transformer: the header, its state, and each blob as a zip entry of its own.</summary>
    public static void Save(ModelSaveContext context, ComponentVersion version, Action<BinaryWriter> state, params (string Name, ReadOnlyMemory<byte> Bytes)[] blobs)
    {
        ArgumentNullException.ThrowIfNull(context);
        CheckAtModel(context);
        s_setVersion.Invoke(context, Plain, null, [Info(version)], null);
        state(WriterOf(context));
        foreach (var (name, bytes) in blobs)
            SaveBinaryStream(context, name, w =>
            {
                w.Write(bytes.Length);
                w.Write(bytes.Span);
            });
    }

    /// <summary>Reads one transformer back: checks the header, hands the state to <paramref name="read"/>, and turns what damaged bytes cause into one clear error.</summary>
    /// <param name="context">ML.NET's ModelLoadContext.</param>
    /// <param name="version">What the header must say.</param>
    /// <param name="read">Consumes exactly what Save wrote.</param>
    public static ITransformer Load(object context, ComponentVersion version, Func<StateReader, ITransformer> read)
    {
        ArgumentNullException.ThrowIfNull(context);
        s_checkLoad.Invoke(context, Plain, null, [Info(version)], null);
        var state = new StateReader((BinaryReader)s_reader.GetValue(context)!, name => Blob(context, name), version.LoaderName);
        try
        {
            return read(state);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or ArgumentException or Spectra.XanesDataException or Inference.XanesModelException)
        {
            throw state.Damaged(e);
        }
    }

    /// <summary>Makes loaders known to ML.NET: what Model.Load looks up by the name in the zip. Safe to call again and from several threads.</summary>
    /// <remarks>The public ComponentCatalog.RegisterAssembly reads LoadableClass attributes of an assembly, which C# code outside ML.NET
    /// cannot write. An assembly object that only answers with such attributes serves it.</remarks>
    public static void Register(ComponentCatalog catalog, IReadOnlyList<ComponentVersion> loaders)
    {
        var attributes = (Attribute[])Array.CreateInstance(s_attribute, loaders.Count);
        for (int i = 0; i < loaders.Count; i++)
        {
            var l = loaders[i];
            attributes[i] = (Attribute)s_newAttribute.Invoke(Plain, null,
                [typeof(ITransformer), l.Loader, null, s_loadSignature, l.LoaderName, new[] { l.LoaderName }], null);
        }

        catalog.RegisterAssembly(new AttributesOnly(attributes), throwOnError: true);
    }

    private static object Info(ComponentVersion v) => s_newVersion.Invoke(Plain, null,
        [v.Signature, v.Written, v.OldestReader, v.OldestReadable, v.Loader.Assembly.FullName, v.LoaderName, null], null);

    private static byte[]? Blob(object context, string name)
    {
        byte[]? bytes = null;
        Action<BinaryReader> read = r => bytes = StateReader.ReadBlob(r, name);
        return (bool)s_loadBlob.Invoke(context, Plain, null, [name, read], null)! ? bytes : null;
    }

    private static Type TypeOf(string name) => Found(s_core.GetType(name), name);

    private static T Found<T>(T? member, string name) where T : class => member
        ?? throw new MissingMemberException($"this version of ML.NET ({s_core.FullName}) has no {name}, which saving and loading need; use the version that XanesMl was built with");

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "CheckAtModel")]
    private static extern void CheckAtModel(ModelSaveContext context);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "Writer")]
    private static extern ref BinaryWriter WriterOf(ModelSaveContext context);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "SaveBinaryStream")]
    private static extern void SaveBinaryStream(ModelSaveContext context, string name, Action<BinaryWriter> action);

    private sealed class AttributesOnly(Attribute[] attributes) : Assembly
    {
        private readonly string _name = $"XanesMl.Transforms.Loaders, Version={typeof(ModelPersistence).Assembly.GetName().Version}";

        public override string FullName => _name;

        public override object[] GetCustomAttributes(bool inherit) => attributes;

        public override object[] GetCustomAttributes(Type attributeType, bool inherit) =>
            attributeType.IsAssignableFrom(s_attribute) ? attributes : [];

        public override AssemblyName[] GetReferencedAssemblies() => [];

        public override AssemblyName GetName() => new(_name);

        public override AssemblyName GetName(bool copiedName) => new(_name);

        public override Type[] GetTypes() => [];
    }
}
