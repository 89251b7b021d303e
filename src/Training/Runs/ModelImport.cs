using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using XanesMl.Inference.Models;
using XanesMl.Spectra;
using XanesMl.Training.Importing;

namespace XanesMl.Training.Runs;

/// <summary>Turns weights of the reference program into a model folder: styles and reconstructions, no calibration, since that needs labelled spectra.</summary>
public static class ModelImport
{
    /// <summary>Imports.</summary>
    /// <param name="weights">.safetensors or .pt file.</param>
    /// <param name="outputFolder">Model folder to write; an existing model is replaced.</param>
    /// <param name="grid">Energies that the model was trained on, eV; their number must be the encoder's input width.</param>
    /// <param name="elements">Elements that the model is for; may be empty when not known.</param>
    /// <param name="options">What the file may not say itself; null for the defaults.</param>
    /// <returns>The metadata that was written.</returns>
    /// <exception cref="XanesDataException">A file that is not RankAAE weights, or a grid of another length.</exception>
    public static ModelMetadata Import(string weights, string outputFolder, EnergyGrid grid, IReadOnlyList<string> elements, ImportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(elements);
        var networks = WeightsImporter.Import(weights, options);
        if (networks.Encoder.Inputs != grid.Count)
            throw new XanesDataException($"the encoder takes {networks.Encoder.Inputs} energies, the grid has {grid.Count}", weights,
                remedy: "Give a table on the grid that the model was trained on.");
        string hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(weights)));
        var metadata = new ModelMetadata
        {
            FormatVersion = ModelMetadata.CurrentFormat,
            Name = Path.GetFileNameWithoutExtension(weights),
            Elements = elements,
            Edge = "K",
            EnergyAxis = EnergyAxis.Absolute,
            Energies = grid.Energies.ToArray(),
            EdgeReferences = elements.ToDictionary(e => e, KEdges.Energy, StringComparer.Ordinal),
            Normalization = NormalizationPolicy.Simulated,
            Descriptors = [],
            StyleCount = networks.Encoder.Outputs,
            Calibrations = [],
            Provenance = new Provenance
            {
                Origin = "imported",
                DataHash = hash,
                SplitRows = [0, 0, 0],
                SplitKind = "none",
                SplitSeed = 0,
                TrialSeeds = [],
                Configuration = "",
                XanesMlVersion = typeof(ModelImport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
                DataNotice = $"Weights imported from {Path.GetFileName(weights)} (SHA-256 {hash}). Their licence is that of their authors.",
            },
        };
        var files = ModelBuilder.WriteOnnx([networks], [[]], metadata);
        files[ModelFolder.CardFile] = Encoding.UTF8.GetBytes(
            $"# {metadata.Name}\n\n{metadata.Provenance.DataNotice}\n\nEncoder {networks.Encoder.Inputs} to {networks.Encoder.Outputs}, decoder back. No descriptors: calibrating the styles needs labelled spectra.\n");
        ModelFolder.Write(outputFolder, metadata, files);
        return metadata;
    }
}
