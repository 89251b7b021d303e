using System.Text.RegularExpressions;

namespace XanesMl.Spectra.Measured;

/// <summary>Reads text files of columns: XDI, FEFF's xmu.dat, FDMNES, SPEC, and whatever beamlines write above their numbers.</summary>
internal static partial class ColumnFile
{
    private const string NotASpectrum = "Give a file with a column of energies and one of mu, or of detectors.";

    /// <summary>The spectra of a text: one, or one a scan.</summary>
    public static IReadOnlyList<MeasuredSpectrum> Read(Stream content, string path, MeasuredReadOptions options)
    {
        var blocks = TextBlockReader.Read(content, path, options.MaxSpectra, options.MaxValues);
        if (blocks.All(b => b.Rows == 0))
            throw new XanesDataException("the text holds no rows of numbers", path, remedy: NotASpectrum);
        var spectra = new List<MeasuredSpectrum>(blocks.Count);
        string name = FileName(path);
        for (int i = 0; i < blocks.Count; i++)
        {
            var source = new SpectrumSource { Path = path, Name = blocks.Count == 1 ? name : ScanName(blocks[i], i), Format = "columns", Index = i };
            source.Warnings.AddRange(blocks[i].Notes);
            spectra.Add(ColumnChooser.Choose(Table(blocks[i], source), options, source));
        }

        return spectra;
    }

    /// <summary>A file's name without folder and extension.</summary>
    public static string FileName(string path)
    {
        string name = path[(path.LastIndexOfAny(['/', '\\']) + 1)..];
        int dot = name.LastIndexOf('.');
        return dot > 0 ? name[..dot] : name;
    }

    private static string ScanName(TextBlock block, int index)
    {
        foreach (var line in block.Header)
            if (line.Mark == '#' && line.Text.StartsWith("S ", StringComparison.Ordinal))
                return MeasuredText.Value("scan " + line.Text[2..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]) ?? $"scan {index + 1}";
        return $"scan {index + 1}";
    }

    private static ColumnTable Table(TextBlock block, SpectrumSource source)
    {
        if (block.Header.Count > 0 && block.Header[0].Mark != '\0' && XdiHeader.IsXdi("#" + block.Header[0].Text))
            return XdiHeader.Read(block, source);
        var labels = HeaderLabels.Find(block);
        if (labels is not null && IsFeff(labels))
        {
            source.Format = "FEFF xmu.dat";
            source.Simulated = true;
            // FEFF's own names: omega is the photon energy, e counts from the Fermi level.
            labels = [.. labels.Select(l => l switch { "omega" => "energy (eV)", "e" => "e_relative", _ => l })];
        }

        PlainHeader.Read(block.Header, source);
        return new ColumnTable(labels, block.Values, block.Columns);
    }

    private static bool IsFeff(IReadOnlyList<string> labels) =>
        labels.Contains("omega") && labels.Contains("mu") && labels.Contains("mu0") && labels.Contains("chi");
}
