using System.IO.Compression;
using XanesMl.Spectra.IO;

namespace XanesMl.Spectra.Measured;

/// <summary>Reads measured (and simulated) spectra in the formats that beamlines and programs write. The content decides, never the name's extension.</summary>
/// <remarks>XDI 1.x, text columns (with the headers of many beamlines), FEFF xmu.dat, FDMNES, Athena projects (Perl lists or JSON), NeXus/HDF5, RankAAE tables
/// (CSV or Parquet); each plain or gzip. Nothing in a file is executed. Memory is bounded by <see cref="MeasuredReadOptions.MaxBytes"/>.</remarks>
public static class MeasuredSpectrumReader
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">A regular file, or /dev/stdin.</param>
    /// <param name="options">What the caller knows or wants; null means to find out.</param>
    /// <returns>At least one spectrum, in the file's order.</returns>
    /// <exception cref="XanesDataException">The file cannot be read, is too large, damaged, or holds no spectrum; says what to do.</exception>
    public static IReadOnlyList<MeasuredSpectrum> Read(string path, MeasuredReadOptions? options = null)
    {
        options ??= new MeasuredReadOptions();
        options.Validate();
        string full = FileProblems.FullPath(path);
        if (Directory.Exists(full))
            throw new XanesDataException("this is a folder, a file is expected", path, remedy: "Name the files in it.");
        try
        {
            RegularFile.Require(full, path);
            using var file = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            if (file.CanSeek && file.Length > options.MaxBytes)
                throw new XanesDataException($"the file has {file.Length} bytes, more than the limit of {options.MaxBytes}", path, remedy: "A file of measured spectra is smaller; raise the limit if this is one.");
            return Read(file, path, options);
        }
        catch (Exception e) when (FileProblems.IsFileProblem(e))
        {
            throw FileProblems.Reading(path, e);
        }
    }

    /// <summary>Reads content that came from elsewhere, such as a request. Nothing in it reaches the file system.</summary>
    /// <param name="content">The bytes; read to the end, not closed.</param>
    /// <param name="name">Name of the content, for messages and names of spectra. Never used as a path.</param>
    /// <param name="options">What the caller knows or wants; null means to find out.</param>
    /// <returns>At least one spectrum, in the file's order.</returns>
    /// <exception cref="XanesDataException">The content is too large, damaged, or holds no spectrum; says what to do.</exception>
    public static IReadOnlyList<MeasuredSpectrum> Read(Stream content, string name, MeasuredReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(name);
        options ??= new MeasuredReadOptions();
        options.Validate();
        try
        {
            return Sniff(content, name, options, decompressed: false);
        }
        catch (InvalidDataException e)
        {
            throw new XanesDataException($"the compressed data is damaged: {FileProblems.Sentence(e)}", name, remedy: "Download or copy the file again.", inner: e);
        }
        catch (InsufficientMemoryException e)
        {
            throw new XanesDataException("there is not enough memory for this file", name, remedy: "Split it.", inner: e);
        }
    }

    /// <summary>Makes a spectrum of columns that are in memory already, with the care that a file's columns get: eV or keV from the range of the values, points
    /// without a finite value left out, scans that run downwards turned round, points of equal energy averaged. Each is said among the warnings.</summary>
    /// <param name="energies">Energies, [n], in the order of the measurement.</param>
    /// <param name="mu">[n] absorption, arbitrary offset and scale.</param>
    /// <param name="name">Name of the spectrum, also for messages.</param>
    /// <param name="options">Unit, spacing and origin of the energies; null means to find out. What is said of files has no effect.</param>
    /// <param name="element">Symbol of the absorbing element; null or empty where it is not known.</param>
    /// <exception cref="XanesDataException">Columns of different length, or values that are no spectrum; says what to do.</exception>
    public static MeasuredSpectrum FromColumns(ReadOnlySpan<double> energies, ReadOnlySpan<double> mu, string name, MeasuredReadOptions? options = null, string? element = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        options ??= new MeasuredReadOptions();
        options.Validate();
        if (energies.Length != mu.Length || energies.IsEmpty)
            throw new XanesDataException($"{energies.Length} energies come with {mu.Length} values of mu", name, remedy: "Give one value for each energy, at least 2.");
        var source = new SpectrumSource { Path = name, Name = name, Format = "columns in memory", Element = MeasuredText.Element(element) };
        double[] x = energies.ToArray(), y = mu.ToArray();
        string energy = EnergyColumn.ToElectronVolt(x, "energy", null, labelled: true, options, source);
        return SpectrumAssembler.Build(x, y, null, SignalKind.Absorption, energy + "; mu", source);
    }

    private static IReadOnlyList<MeasuredSpectrum> Sniff(Stream content, string name, MeasuredReadOptions options, bool decompressed)
    {
        var head = new byte[content.CanSeek ? Math.Min(content.Length - content.Position, MeasuredLimits.SniffBytes) : MeasuredLimits.SniffBytes];
        head = head[..content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        var whole = new LimitedStream(head, content, options.MaxBytes, name, decompressed);
        switch (ContentKinds.Of(head))
        {
            case ContentKind.Empty:
                throw new XanesDataException("the file is empty", name, remedy: "Copy it again from where it was measured.");
            case ContentKind.Gzip:
                return decompressed ? throw new XanesDataException("the content is compressed twice", name, remedy: "Unpack it once.") : Gzip(whole, name, options);
            case ContentKind.Zip:
                throw new XanesDataException("this is a zip archive or a spreadsheet", name, remedy: "Unpack it, or save the sheet as CSV.");
            case ContentKind.Utf16:
                throw new XanesDataException("the text is UTF-16", name, remedy: "Save it as UTF-8.");
            case ContentKind.Hdf5:
                using (var memory = whole.ToMemory())
                    return NexusReader.Read(memory.GetBuffer().AsMemory(0, (int)memory.Length), name, options);
            case ContentKind.AthenaPerl:
                return AthenaProject.Spectra(AthenaPerl.Read(whole, name, options), name, options);
            case ContentKind.AthenaJson:
                return AthenaProject.Spectra(AthenaJson.Read(whole, name, options), name, options);
            case ContentKind.SpectraTable:
                return TableSpectra.ReadCsv(whole, name, options);
            case ContentKind.Parquet:
                using (var memory = whole.ToMemory())
                    return TableSpectra.ReadParquet(memory, name, options);
            default:
                return ColumnFile.Read(whole, name, options);
        }
    }

    private static IReadOnlyList<MeasuredSpectrum> Gzip(LimitedStream packed, string name, MeasuredReadOptions options)
    {
        using var file = packed.ToMemory();
        using var gzip = new CheckedGzipStream(file);
        IReadOnlyList<MeasuredSpectrum> spectra;
        try
        {
            spectra = Sniff(gzip, name, options, decompressed: true);
        }
        catch (XanesDataException e) when (gzip.IsCutOff())
        {
            throw CutOff(name, e);
        }

        return gzip.IsCutOff() ? throw CutOff(name, null) : spectra;
    }

    private static XanesDataException CutOff(string name, Exception? cause) =>
        new("the compressed file is damaged: it has been cut off", name, remedy: "Download or copy the file again.", inner: cause);
}
