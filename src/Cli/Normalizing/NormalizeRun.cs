using XanesMl.Cli.Plotting;
using XanesMl.Cli.Terminal;
using XanesMl.Inference.Sessions;
using XanesMl.Spectra.IO;

namespace XanesMl.Cli.Normalizing;

/// <summary>The whole run of xanesml normalize: reads, normalizes, writes, and says what became of every file.</summary>
internal static class NormalizeRun
{
    /// <summary>Runs; returns the exit code.</summary>
    public static int Execute(CliHost host, NormalizeRequest request, bool json, bool quiet)
    {
        var files = NormalizeSource.Files(request.Inputs);
        using var model = request.Model is { } folder ? SpectrumModel.Open(folder) : null;
        var source = new NormalizeSource(host, request, new SpectrumPipeline(request, model), new NormalizeProgress(host, files.Count, quiet));
        List<NormalizeOutcome> outcomes = [];
        try
        {
            if (request.IsTable)
            {
                WriteTable(host, request, model, source, files, outcomes);
            }
            else
            {
                FolderOutput.RequireOwnFiles(request.Output);
                AtomicDirectory.Write(request.Output, temporary => WriteFolder(temporary, request, source, files, outcomes), replaceExisting: true, FolderOutput.Marker);
            }
        }
        catch (EarlierResultsException)
        {
            host.Say($"interrupted: {request.Output} keeps the results of an earlier run");
            return ExitCode.Interrupted;
        }
        catch (NothingToWriteException)
        {
            return source.Interrupted ? ExitCode.Interrupted : ExitCode.BadInput;
        }

        int failed = outcomes.Count(o => o.Error is not null), done = outcomes.Count - failed;
        if (json)
            foreach (var outcome in outcomes)
                host.Out.WriteLine(NormalizeSummary.Json(outcome));
        else if (!quiet)
            host.Out.Write(NormalizeSummary.Table(outcomes));
        if (!quiet)
            host.Say($"{done} spectra from {files.Count} {(files.Count == 1 ? "file" : "files")} written to {request.Output}" + (failed > 0 ? $", {failed} failed" : ""));
        return source.Interrupted ? ExitCode.Interrupted : failed > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    private static void WriteFolder(string temporary, NormalizeRequest request, NormalizeSource source, IReadOnlyList<string> files, List<NormalizeOutcome> outcomes)
    {
        var output = new FolderOutput(temporary, request.Plot);
        // A file's name alone names its spectrum where it holds one.
        foreach (var (outcome, several) in WithCompany(source.Outcomes(files)))
            outcomes.Add(outcome.Result is null ? outcome : output.Add(outcome, several));
        RequireResults(outcomes);
        if (source.Interrupted && File.Exists(Path.Combine(request.Output, FolderOutput.Marker)))
            throw new EarlierResultsException();
        // Again: somebody may have put a file there meanwhile.
        FolderOutput.RequireOwnFiles(request.Output);
        output.Finish(request, outcomes);
    }

    private static void WriteTable(CliHost host, NormalizeRequest request, SpectrumModel? model, NormalizeSource source, IReadOnlyList<string> files, List<NormalizeOutcome> outcomes)
    {
        var output = new TableOutput(request, model);
        foreach (var outcome in source.Outcomes(files))
        {
            var placed = outcome.Result is null ? outcome : output.Add(outcome);
            if (outcome.Error is null && placed.Error is { } error)
                host.Say("error: " + error);
            outcomes.Add(placed);
        }

        RequireResults(outcomes);
        if (source.Interrupted && File.Exists(request.Output))
            throw new EarlierResultsException();
        output.Write(request.Output);
        if (!request.Plot)
            return;
        string extension = NormalizeRequest.TableExtensions.First(x => request.Output.EndsWith(x, StringComparison.OrdinalIgnoreCase));
        byte[] png = NormalizationFigure.Overview(outcomes).ToPng();
        AtomicFile.Write(request.Output[..^extension.Length] + ".png", s => s.Write(png));
    }

    // Whether other spectra of the same file stand beside an outcome.
    private static IEnumerable<(NormalizeOutcome Outcome, bool Several)> WithCompany(IEnumerable<NormalizeOutcome> results)
    {
        NormalizeOutcome? previous = null;
        bool sameAsBefore = false;
        foreach (var next in results)
        {
            if (previous is not null)
                yield return (previous, sameAsBefore || previous.File == next.File);
            sameAsBefore = previous?.File == next.File;
            previous = next;
        }

        if (previous is not null)
            yield return (previous, sameAsBefore);
    }

    private static void RequireResults(List<NormalizeOutcome> outcomes)
    {
        if (!outcomes.Exists(o => o.Result is not null))
            throw new NothingToWriteException();
    }

    /// <summary>Ends the writing of an output without results; the errors have been said.</summary>
    private sealed class NothingToWriteException : Exception;

    /// <summary>Ends an interrupted run where the results of an earlier one stand: a part must not replace a whole.</summary>
    private sealed class EarlierResultsException : Exception;
}
