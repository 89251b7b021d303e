using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Measured;
using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using XanesMl.Spectra.Measured;
using XanesMl.Spectra.Reading;

namespace XanesMl.Inference.Predictions;

/// <summary>Files to results: reads each once, takes measured spectra through normalization and alignment and rows of tables as they are, asks the model that knows the element,
/// and gives every spectrum a row with its provenance. A file that cannot be used gives a row that says why; nothing in a file makes it throw.</summary>
/// <remarks>Safe for use from several threads at once. The models are the caller's to dispose of.</remarks>
public sealed class PredictionSession
{
    private readonly PredictionOptions _options;
    private readonly ConcurrentDictionary<ModelEntry, Lazy<MeasuredPredictor>> _predictors = new();

    /// <summary>Creates a session.</summary>
    /// <param name="models">The models to choose from.</param>
    /// <param name="options">Reading and preparation; null for the defaults.</param>
    /// <exception cref="XanesDataException">An option that cannot be used.</exception>
    public PredictionSession(ModelSet models, PredictionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(models);
        (Models, _options) = (models, options ?? new());
        _options.Validate();
    }

    /// <summary>The models that it chooses from.</summary>
    public ModelSet Models { get; }

    /// <summary>Results of a file, one a spectrum, or one that says why there is none.</summary>
    /// <param name="path">A regular file, or /dev/stdin.</param>
    /// <exception cref="XanesModelException">A model that cannot be loaded or run.</exception>
    public IReadOnlyList<PredictionResult> Predict(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        ReadOnlyMemory<byte> content;
        try
        {
            content = InputFile.Read(path, head => SpectraTableReader.Recognizes(head) ? _options.MaxTableBytes : _options.Reading.MaxBytes);
        }
        catch (XanesDataException e)
        {
            return [Failed(path, e)];
        }

        return [.. Answers(content, path).Select(a => a.Result)];
    }

    /// <summary>Results of files and folders, in their order; a folder means its files by name (<see cref="InputFile.Expand(string)"/>).</summary>
    /// <param name="pathsOrFolders">The inputs.</param>
    /// <param name="threads">Files at once, 1 or more. Results do not depend on it.</param>
    /// <param name="each">Called with the rows of every file when it is done, in any order, one call at a time; or null.</param>
    /// <param name="cancellation">Stops before the next file.</param>
    /// <exception cref="XanesModelException">A model that cannot be loaded or run.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<PredictionResult> Predict(
        IReadOnlyList<string> pathsOrFolders, int threads, Action<IReadOnlyList<PredictionResult>>? each = null, CancellationToken cancellation = default)
    {
        var run = PredictUntil(pathsOrFolders, threads, null, each, cancellation);
        return run.IsComplete ? run.Rows : throw new OperationCanceledException(cancellation);
    }

    /// <summary>As <see cref="Predict(IReadOnlyList{string}, int, Action{IReadOnlyList{PredictionResult}}, CancellationToken)"/>, but a stop costs only what is not done by then.</summary>
    /// <param name="pathsOrFolders">The inputs.</param>
    /// <param name="threads">Files at once, 1 or more. Results do not depend on it.</param>
    /// <param name="output">Where the results will go: left out of the folders; or null.</param>
    /// <param name="each">Called with the rows of every file when it is done, in any order, one call at a time; or null.</param>
    /// <param name="stop">Ends it before the next file.</param>
    /// <exception cref="XanesModelException">A model that cannot be loaded or run.</exception>
    public PredictionRun PredictUntil(
        IReadOnlyList<string> pathsOrFolders, int threads, string? output = null, Action<IReadOnlyList<PredictionResult>>? each = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(pathsOrFolders);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        List<(string Path, PredictionResult? Failed)> files = [.. pathsOrFolders.SelectMany(p => Files(p, output))];
        var results = new IReadOnlyList<PredictionResult>?[files.Count];
        var gate = new Lock();
        void Run(int i)
        {
            var rows = files[i].Failed is { } failed ? [failed] : Predict(files[i].Path);
            results[i] = rows;
            if (each is null)
                return;
            lock (gate)
                each(rows);
        }

        if (Math.Min(threads, files.Count) <= 1)
        {
            for (int i = 0; i < files.Count && !stop.IsCancellationRequested; i++)
                Run(i);
            return Ended();
        }

        try
        {
            Parallel.For(0, files.Count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = stop }, Run);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The files at hand are done.
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<XanesModelException>().FirstOrDefault() is { } model)
        {
            ExceptionDispatchInfo.Throw(model);
        }

        return Ended();

        PredictionRun Ended() => new([.. results.SelectMany(r => r ?? [])], !Array.Exists(results, r => r is null));
    }

    /// <summary>Results of content that came from elsewhere, such as a request. Nothing in it reaches the file system.</summary>
    /// <param name="content">All bytes of a file.</param>
    /// <param name="name">What results call it. Never used as a path.</param>
    /// <exception cref="XanesModelException">A model that cannot be loaded or run.</exception>
    public IReadOnlyList<SpectrumAnswer> Answers(ReadOnlyMemory<byte> content, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        try
        {
            if (SpectraTableReader.Recognizes(content))
                return Answers(SpectraTableReader.Read(content, name, _options.MaxTableBytes, new SpectraReadOptions { Element = _options.Preparation.Element }), name, sha256);
            using var stream = MemoryMarshal.TryGetArray(content, out var array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false) : new MemoryStream(content.ToArray());
            return [.. MeasuredSpectrumReader.Read(stream, name, _options.Reading).Select(s => AnswerOrError(s, sha256))];
        }
        catch (XanesDataException e)
        {
            return [new SpectrumAnswer(Failed(name, e, sha256), null)];
        }
#pragma warning disable CA1031 // One file must not cost the results of the others, whatever a reader makes of it.
        catch (Exception e) when (e is not (XanesModelException or OutOfMemoryException or OperationCanceledException))
#pragma warning restore CA1031
        {
            var defect = new XanesDataException($"unexpected {e.GetType().Name}: {e.Message}", name, remedy: "This is a defect of XanesMl: please report it with the file.", inner: e);
            return [new SpectrumAnswer(Failed(name, defect, sha256), null)];
        }
    }

    /// <summary>The answer to one measured spectrum.</summary>
    /// <param name="spectrum">From a reader, or of columns in memory.</param>
    /// <param name="sha256">SHA-256 (hex, lower case) of what it was read from; null where there is none.</param>
    /// <exception cref="XanesDataException">An option of the session that cannot be used with this spectrum, such as an edge energy outside its energies.</exception>
    /// <exception cref="XanesModelException">A model that cannot be loaded or run.</exception>
    public SpectrumAnswer Answer(MeasuredSpectrum spectrum, string? sha256 = null)
    {
        ArgumentNullException.ThrowIfNull(spectrum);
        OptionCheck.RequireE0(spectrum, _options.Preparation.Normalization);
        string? element = _options.Preparation.Element ?? spectrum.Element;
        if (element is null && Models.Entries.Count > 1)
            element = ElementOf(spectrum);
        var result = new PredictionResult { File = spectrum.Path, Spectrum = spectrum.Name, InputSha256 = sha256, Time = _options.Clock.GetUtcNow() };
        if (Models.For(element) is not { } entry)
        {
            var refused = NoModel(spectrum.Name, spectrum.Index.ToString(CultureInfo.InvariantCulture), element);
            return new SpectrumAnswer(result with { Prediction = refused, Warnings = spectrum.Warnings, Parameters = ReadingOf(spectrum) }, null);
        }

        var steps = _predictors.GetOrAdd(entry, e => new(() => new MeasuredPredictor(e.Model, _options.Preparation))).Value.Predict(spectrum, sha256);
        var (prediction, parameters) = (steps.Prediction, ReadingOf(spectrum));
        foreach (var (name, value) in prediction.Origin?.Parameters ?? new Dictionary<string, string>())
            parameters[name] = value;
        return new SpectrumAnswer(result with { Prediction = prediction, Model = entry.Identity, Parameters = parameters, Warnings = prediction.Origin?.Warnings ?? spectrum.Warnings }, steps);
    }

    /// <summary>Results with the columns of all models of the session.</summary>
    public PredictionTable ToTable(IReadOnlyList<PredictionResult> rows) => new(Models.Identities, rows);

    /// <summary>The row of a file that could not be used.</summary>
    /// <param name="file">The file as the caller named it.</param>
    /// <param name="error">Why.</param>
    /// <param name="sha256">Hash of its bytes, where they could be read.</param>
    public PredictionResult Failed(string file, XanesDataException error, string? sha256 = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(error);
        return new PredictionResult { File = file, Spectrum = "", Error = SafeText.OneLine(error.Message), InputSha256 = sha256, Time = _options.Clock.GetUtcNow() };
    }

    // An option that does not fit one spectrum of a file may fit the others.
    private SpectrumAnswer AnswerOrError(MeasuredSpectrum spectrum, string sha256)
    {
        try
        {
            return Answer(spectrum, sha256);
        }
        catch (XanesDataException e)
        {
            return new SpectrumAnswer(Failed(spectrum.Path, e, sha256) with { Spectrum = spectrum.Name }, null);
        }
    }

    private IEnumerable<(string Path, PredictionResult? Failed)> Files(string pathOrFolder, string? output)
    {
        try
        {
            return InputFile.Expand(pathOrFolder, output).Select(f => (f, (PredictionResult?)null));
        }
        catch (XanesDataException e)
        {
            return [(pathOrFolder, Failed(pathOrFolder, e))];
        }
    }

    /// <summary>The answers to the rows of a table of spectra, which are taken as they are.</summary>
    /// <param name="table">The table.</param>
    /// <param name="name">What results call its file.</param>
    /// <param name="sha256">SHA-256 (hex, lower case) of what it was read from; null where there is none.</param>
    /// <exception cref="XanesDataException">The table does not fit a model.</exception>
    /// <exception cref="XanesModelException">A model that cannot be loaded or run.</exception>
    public IReadOnlyList<SpectrumAnswer> Answers(SpectraTable table, string name, string? sha256 = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(name);
        string[] warnings = HasOptionsForMeasured() ? ["a table of spectra is taken as it is: options for measured spectra have no effect on it"] : [];
        var predictions = new SpectrumPrediction[table.RowCount];
        var identities = new ModelIdentity?[table.RowCount];
        foreach (var rows in Enumerable.Range(0, table.RowCount).GroupBy(r => Models.For(table.Elements[r])))
        {
            int[] chosen = [.. rows];
            var part = chosen.Length == table.RowCount ? table : table.Select(chosen);
            var answers = rows.Key is { } entry ? TablePredictor.Predict(entry.Model, part, _options.Resample)
                : [.. Enumerable.Range(0, part.RowCount).Select(i => NoModel(part.Materials[i], part.Sites[i], part.Elements[i]))];
            for (int i = 0; i < chosen.Length; i++)
                (predictions[chosen[i]], identities[chosen[i]]) = (answers[i], rows.Key?.Identity);
        }

        var time = _options.Clock.GetUtcNow();
        var parameters = new Dictionary<string, string> { ["format"] = "table of spectra", ["resample"] = _options.Resample ? "yes" : "no" };
        return [.. predictions.Select((p, i) => new SpectrumAnswer(
            new PredictionResult
            {
                File = name, Spectrum = $"{p.Material}/{p.Site}", Prediction = p, Model = identities[i], InputSha256 = sha256, Parameters = parameters, Warnings = warnings, Time = time,
            },
            null))];
    }

    // Limits are no options in this sense, and a list is equal to another by its members.
    private bool HasOptionsForMeasured()
    {
        var (given, none) = (_options.Reading, new MeasuredReadOptions());
        return given.Ifluor.Count > 0 || given with { Ifluor = none.Ifluor, MaxBytes = none.MaxBytes, MaxSpectra = none.MaxSpectra, MaxValues = none.MaxValues } != none
            || _options.Preparation with { Element = null } != new MeasuredPredictionOptions();
    }

    private SpectrumPrediction NoModel(string material, string site, string? element) => new()
    {
        Material = material, Site = site, Element = element, Estimates = [], CoordinationClass = null, Verdict = Verdict.WrongElementOrEdge,
        Reasons =
        [
            element is null ? $"the element is not known, and there are models of {string.Join(", ", Models.Elements)}: name it, or the model"
                : $"no model knows {element}: there are models of {string.Join(", ", Models.Elements)}",
        ],
        ReconstructionError = double.NaN, ErrorPercentile = double.NaN, Styles = ReadOnlyMemory<float>.Empty,
    };

    private string? ElementOf(MeasuredSpectrum spectrum) => _options.Preparation.Normalization.PreEdge.E0 is { } e0
        ? ElementIdentification.Identify(spectrum, e0).Element
        : ElementIdentification.Identify(spectrum).Element;

    private static Dictionary<string, string> ReadingOf(MeasuredSpectrum spectrum) => new(StringComparer.Ordinal) { ["format"] = spectrum.Format, ["columns"] = spectrum.Columns };
}
