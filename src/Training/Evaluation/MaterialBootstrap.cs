namespace XanesMl.Training.Evaluation;

/// <summary>Bootstrap samples of materials: all rows of a material are drawn together, since sites of one material are no independent evidence
/// (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8).</summary>
/// <remarks>The samples are the same for a seed on every machine: SplitMix64, and Lemire's multiplication (ACM Trans. Model. Comput. Simul. 29, 3 (2019)) to choose without bias.</remarks>
internal sealed class MaterialBootstrap
{
    private ulong _state;

    /// <param name="materials">[rows] names of the materials.</param>
    /// <param name="seed">Seed of the samples.</param>
    public MaterialBootstrap(IReadOnlyList<string> materials, int seed)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        GroupOfRow = new int[materials.Count];
        for (int i = 0; i < GroupOfRow.Length; i++)
        {
            if (!numbers.TryGetValue(materials[i], out int number))
                numbers[materials[i]] = number = numbers.Count;
            GroupOfRow[i] = number;
        }

        Groups = numbers.Count;
        _state = unchecked((ulong)seed);
    }

    /// <summary>[rows] number of each row's material.</summary>
    public int[] GroupOfRow { get; }

    /// <summary>Number of materials.</summary>
    public int Groups { get; }

    /// <summary>The next sample: how often each material was drawn; as many draws as materials, with replacement.</summary>
    public int[] Next()
    {
        var counts = new int[Groups];
        for (int i = 0; i < Groups; i++)
            counts[Below((ulong)Groups)]++;
        return counts;
    }

    private int Below(ulong limit)
    {
        ulong high = Math.BigMul(Bits(), limit, out ulong low);
        while (low < limit && low < unchecked(0 - limit) % limit)
            high = Math.BigMul(Bits(), limit, out low);
        return (int)high;
    }

    private ulong Bits()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
