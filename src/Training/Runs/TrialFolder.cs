using System.Globalization;

namespace XanesMl.Training.Runs;

/// <summary>Files of one trial: trials/NNN of a run folder.</summary>
/// <param name="run">The run folder.</param>
/// <param name="index">The trial, counted from 0.</param>
internal sealed class TrialFolder(string run, int index)
{
    /// <summary>Name of the folder: three digits or more.</summary>
    public static string NameOf(int index) => index.ToString("000", CultureInfo.InvariantCulture);

    /// <summary>The trial, counted from 0.</summary>
    public int Index { get; } = index;

    /// <summary>The folder.</summary>
    public string Path { get; } = System.IO.Path.Combine(run, TrainingRun.TrialsFolderName, NameOf(index));

    /// <summary>State between two epochs.</summary>
    public string Checkpoint => System.IO.Path.Combine(Path, "checkpoint.safetensors");

    /// <summary>A line for each epoch.</summary>
    public string Losses => System.IO.Path.Combine(Path, "losses.csv");

    /// <summary>Encoder and decoder of an ended trial.</summary>
    public string Weights => System.IO.Path.Combine(Path, "weights.safetensors");

    /// <summary>How the trial ended; written last, so that a trial with this file is whole.</summary>
    public string Record => System.IO.Path.Combine(Path, TrialRecord.FileName);

    /// <summary>Whether somebody has trained here.</summary>
    public bool HasContent => File.Exists(Checkpoint) || File.Exists(Record);

    /// <summary>Makes the folder and removes what a killed process left half-written. The caller has the trial's lock.</summary>
    public void Prepare()
    {
        Directory.CreateDirectory(Path);
        RemoveLeftovers(Path);
    }

    /// <summary>Removes temporary files and folders that a killed process of ours left in a folder.</summary>
    public static void RemoveLeftovers(string folder)
    {
        // names of AtomicFile and AtomicDirectory, of SafeTensorsWriter, and of the model that is checked before it goes into place
        foreach (string file in Directory.EnumerateFiles(folder, ".xanesml-*.tmp").Concat(Directory.EnumerateFiles(folder, "*.safetensors.*.tmp")).ToArray())
            File.Delete(file);
        foreach (string left in Directory.EnumerateDirectories(folder, ".xanesml-*.tmp").Concat(Directory.EnumerateDirectories(folder, TrainingRun.ModelFolderName + EnsembleModel.CheckedSuffix)).ToArray())
            Directory.Delete(left, recursive: true);
    }
}
