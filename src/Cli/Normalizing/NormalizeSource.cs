using XanesMl.Cli.Terminal;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Measured;

namespace XanesMl.Cli.Normalizing;

/// <summary>Reads the inputs one after the other and gives every spectrum's outcome, so that a bad file costs only itself.</summary>
internal sealed class NormalizeSource(CliHost host, NormalizeRequest request, SpectrumPipeline pipeline, NormalizeProgress progress)
{
    /// <summary>Whether an interrupt ended it before the last file.</summary>
    public bool Interrupted { get; private set; }

    /// <summary>Files of the inputs: a folder means its files, by name, without hidden ones.</summary>
    /// <exception cref="XanesDataException">A folder without files.</exception>
    public static IReadOnlyList<string> Files(IEnumerable<string> inputs) => [.. inputs.SelectMany(InputFile.Expand)];

    /// <summary>Refuses an output that would replace what is read.</summary>
    /// <exception cref="XanesDataException">The output is, or holds, an input.</exception>
    public static void RequireNotInput(NormalizeRequest request)
    {
        string target = Resolved(request.Output);
        string[] inputs = [.. request.Inputs.Append(request.F2).Append(request.Model).OfType<string>().Select(Resolved)];
        if (request.IsTable)
            AtomicFile.RequireNotInput(target, inputs);
        else if (Array.Exists(inputs, i => Inside(i, target)))
            throw new XanesDataException("the output folder holds an input, which it would replace", request.Output, remedy: "Give another --out.");
    }

    /// <summary>Every spectrum of every file.</summary>
    public IEnumerable<NormalizeOutcome> Outcomes(IReadOnlyList<string> files) => request.Merge ? Merged(files) : OneByOne(files);

    private IEnumerable<NormalizeOutcome> OneByOne(IReadOnlyList<string> files)
    {
        foreach (string file in files)
        {
            if (StopRequested())
                yield break;
            var spectra = Read(file, out var error);
            if (error is not null)
                yield return Report(error);
            foreach (var spectrum in spectra)
                yield return Report(pipeline.Run(spectrum));
            progress.FileDone();
        }
    }

    private IEnumerable<NormalizeOutcome> Merged(IReadOnlyList<string> files)
    {
        var scans = new List<MeasuredSpectrum>();
        foreach (string file in files)
        {
            if (StopRequested())
                yield break;
            scans.AddRange(Read(file, out var error));
            if (error is not null)
                yield return Report(error);
            progress.FileDone();
        }

        NormalizeOutcome outcome;
        try
        {
            outcome = pipeline.Merge(scans);
        }
        catch (XanesDataException e)
        {
            outcome = new NormalizeOutcome { File = scans.Count > 0 ? scans[0].Path : files[0], Name = "merged", Error = e.Message };
        }

        yield return Report(outcome);
    }

    private IReadOnlyList<MeasuredSpectrum> Read(string file, out NormalizeOutcome? error)
    {
        error = null;
        try
        {
            return MeasuredSpectrumReader.Read(file, request.Reading);
        }
        catch (Exception e) when (ErrorBoundary.IsExpected(e))
        {
            error = new NormalizeOutcome { File = file, Name = "", Error = e.Message };
            return [];
        }
    }

    private NormalizeOutcome Report(NormalizeOutcome outcome)
    {
        if (outcome.Error is { } error)
        {
            host.Say("error: " + error);
            progress.Failed();
        }

        return outcome;
    }

    private bool StopRequested() => Interrupted = host.Interrupt.IsCancellationRequested;

    // Every folder of the path may be a link, and so may every folder of what it points to.
    private static string Resolved(string path)
    {
        const int MostLinks = 40; // as the kernel
        string full = Path.GetFullPath(path), resolved = Path.GetPathRoot(full)!;
        var left = new Stack<string>(Names(full));
        for (int links = 0; left.TryPop(out string? name);)
        {
            string next = Path.Combine(resolved, name);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > MostLinks)
                throw new XanesDataException("the path is a circle of links", path, remedy: "Name the file or folder itself.");
            target = Path.GetFullPath(target, resolved);
            resolved = Path.GetPathRoot(target)!;
            foreach (string part in Names(target))
                left.Push(part);
        }

        return resolved;
    }

    // Last one first, as a stack takes them.
    private static IEnumerable<string> Names(string full) =>
        full[Path.GetPathRoot(full)!.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse();

    private static bool Inside(string path, string folder) => path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
