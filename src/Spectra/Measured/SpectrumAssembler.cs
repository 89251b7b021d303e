namespace XanesMl.Spectra.Measured;

/// <summary>Turns points as they stand in a file into a spectrum that keeps the promises of <see cref="MeasuredSpectrum"/>.</summary>
internal static class SpectrumAssembler
{
    private const double MostOutOfOrder = 0.3;

    /// <summary>Largest part of a scan's points that may be without a value.</summary>
    public const double MostRemoved = 0.5;

    /// <summary>Builds the spectrum: points that are not finite go, a downward scan is turned round, jitter is sorted, equal energies are averaged.</summary>
    /// <param name="energies">Energies, eV, [n], in the file's order.</param>
    /// <param name="mu">Signal, [n].</param>
    /// <param name="reference">mu of the reference, [n], or null.</param>
    /// <param name="signal">What <paramref name="mu"/> is.</param>
    /// <param name="columns">How both came out of the file.</param>
    /// <param name="source">What else the file says; its warnings grow.</param>
    public static MeasuredSpectrum Build(double[] energies, double[] mu, double[]? reference, SignalKind signal, string columns, SpectrumSource source)
    {
        if (energies.Length != mu.Length || (reference is not null && reference.Length != mu.Length))
            throw new XanesDataException($"{energies.Length} energies come with {mu.Length} values of mu", source.Path, column: source.Name, remedy: "The file is damaged; export it again.");
        if (energies.Length > MeasuredLimits.Points)
            throw new XanesDataException($"a spectrum of {energies.Length} points is longer than the limit of {MeasuredLimits.Points}", source.Path, remedy: "Rebin it first.");
        RemoveUnusable(ref energies, ref mu, ref reference, source);
        Order(energies, mu, reference, source);
        Average(ref energies, ref mu, ref reference, source);
        if (energies.Length < 2)
            throw new XanesDataException($"only {energies.Length} usable point is left", source.Path, column: source.Name, remedy: "A spectrum needs at least 2 points with different energies.");
        if (!(energies[0] > 0))
            throw new XanesDataException($"energy {MeasuredText.Text(energies[0])} eV is not a photon energy", source.Path, column: source.Name,
                remedy: "If the energies are relative to an edge, give its energy (EnergyOrigin).");
        var spectrum = new MeasuredSpectrum
        {
            Energies = energies, Mu = mu, Reference = reference ?? ReadOnlyMemory<double>.Empty, Signal = signal, Columns = columns, Name = source.Name, Path = source.Path,
            Index = source.Index, Format = source.Format, Element = source.Element, Edge = source.Edge, Sample = source.Sample, Facility = source.Facility,
            Beamline = source.Beamline, StatedE0 = source.StatedE0, Metadata = source.Metadata,
        };
        if (ElementIdentification.Identify(spectrum).Warning is { } disagreement)
            source.Warnings.Add(disagreement);
        return spectrum with { Warnings = [.. source.Warnings] };
    }

    private static void RemoveUnusable(ref double[] energies, ref double[] mu, ref double[]? reference, SpectrumSource source)
    {
        var keep = new List<int>(energies.Length);
        bool referenceHolds = true;
        for (int i = 0; i < energies.Length; i++)
        {
            if (!double.IsFinite(energies[i]) || !double.IsFinite(mu[i]))
                continue;
            keep.Add(i);
            referenceHolds &= reference is null || double.IsFinite(reference[i]);
        }

        if (!referenceHolds)
        {
            source.Warnings.Add("the reference is left out: it has points without a value");
            reference = null;
        }

        int removed = energies.Length - keep.Count;
        if (removed == 0)
            return;
        if (removed > MostRemoved * energies.Length)
            throw new XanesDataException($"{removed} of {energies.Length} points have no finite energy and signal (empty, NaN, or a detector that counts nothing)", source.Path,
                column: source.Name, remedy: "Choose the columns of a detector that worked.");
        source.Warnings.Add($"{removed} of {energies.Length} points without a finite value were left out");
        var (e, m, r) = (energies, mu, reference);
        energies = [.. keep.Select(i => e[i])];
        mu = [.. keep.Select(i => m[i])];
        reference = r is null ? null : [.. keep.Select(i => r[i])];
    }

    private static void Order(double[] energies, double[] mu, double[]? reference, SpectrumSource source)
    {
        int back = CountBackward(energies);
        if (back > (energies.Length - 1) / 2)
        {
            Array.Reverse(energies);
            Array.Reverse(mu);
            if (reference is not null)
                Array.Reverse(reference);
            source.Warnings.Add("the scan runs from high to low energy and was turned round");
            back = CountBackward(energies);
        }

        if (back == 0)
            return;
        if (back > MostOutOfOrder * energies.Length)
            throw new XanesDataException($"the energies go up and down: {back} of {energies.Length - 1} steps go backward", source.Path, column: source.Name,
                remedy: "Check that the chosen energy column is the energy; split files that hold several scans.");
        source.Warnings.Add($"{back} {(back == 1 ? "point was" : "points were")} not in order of energy; the points were sorted");
        int[] order = [.. Enumerable.Range(0, energies.Length)];
        double[] keys = [.. energies];
        Array.Sort(keys, order, Comparer<double>.Default);
        Permute(energies, order);
        Permute(mu, order);
        if (reference is not null)
            Permute(reference, order);
    }

    private static int CountBackward(double[] energies)
    {
        int n = 0;
        for (int i = 1; i < energies.Length; i++)
            if (energies[i] < energies[i - 1])
                n++;
        return n;
    }

    private static void Permute(double[] values, int[] order)
    {
        double[] old = [.. values];
        for (int i = 0; i < values.Length; i++)
            values[i] = old[order[i]];
    }

    private static void Average(ref double[] energies, ref double[] mu, ref double[]? reference, SpectrumSource source)
    {
        int n = 0;
        for (int i = 0; i < energies.Length;)
        {
            double sum = 0, sumReference = 0;
            int first = i;
            for (; i < energies.Length && energies[i] == energies[first]; i++)
            {
                sum += mu[i];
                sumReference += reference?[i] ?? 0;
            }

            energies[n] = energies[first];
            mu[n] = i - first == 1 ? mu[first] : sum / (i - first);
            if (reference is not null)
                reference[n] = i - first == 1 ? reference[first] : sumReference / (i - first);
            n++;
        }

        if (n == energies.Length)
            return;
        source.Warnings.Add($"{energies.Length - n} {(energies.Length - n == 1 ? "point" : "points")} of equal energy averaged");
        energies = energies[..n];
        mu = mu[..n];
        reference = reference?[..n];
        if (!Array.TrueForAll(mu, double.IsFinite))
            throw new XanesDataException("the average of points with equal energy overflows", source.Path, column: source.Name, remedy: "Check the signal's values.");
    }
}
