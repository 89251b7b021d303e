using XanesMl.Inference.Sessions;
using XanesMl.Spectra;

namespace XanesMl.Inference.Alignment;

/// <summary>Finds shift s and styles z at which a spectrum x and the decoder D correlate best: minimises |u(x(E - s)) - u(D(z))|^2 + lambda |z|^2, where u takes the mean
/// out and makes the length 1, so that the first term is 2 (1 - correlation).</summary>
/// <remarks>Levenberg and Marquardt's steps. Several searches (<see cref="FitLane"/>) go side by side: what their next steps need of the decoder, the spectrum at the place and at one small
/// step along each style, is one run of it; between two such measurements the derivatives follow by Broyden's update. The derivative by the shift is the spline's own.</remarks>
internal sealed class ManifoldFit
{
    // Styles are standardized in training: this keeps those of an unknown spectrum from running away. From 1e-6 to 1e-4 it makes no difference to known ones.
    public const double StyleWeight = 1e-5;
    private const float StyleDifference = 5e-3f;
    private const float LargestStyle = 10; // no model knows more, and the decoder takes finite numbers only
    private const double SmallestGain = 1e-7, SmallestPart = 1e-3; // of the cost: a step that promises less ends a search

    private readonly SpectrumModel _model;
    private readonly ShiftedSpectrum _spectrum;
    private readonly int _points, _styles;
    private readonly double[] _measured;  // [points] unit vector of the shifted spectrum
    private readonly double[] _columns;   // [styles + 1 x points] derivatives, the shift's last
    private readonly double[] _drawn;     // [points] unit vector of the decoded spectrum
    private float[] _rows = [];

    /// <summary>Prepares the memory of a search.</summary>
    /// <param name="model">The model.</param>
    /// <param name="spectrum">The spectrum on the model's axis but for the shift.</param>
    public ManifoldFit(SpectrumModel model, ShiftedSpectrum spectrum)
    {
        (_model, _spectrum) = (model, spectrum);
        (_points, _styles) = (model.Grid.Count, model.Metadata.StyleCount);
        (_measured, _drawn, _columns) = (new double[_points], new double[_points], new double[(_styles + 1) * _points]);
    }

    /// <summary>Starts a search.</summary>
    /// <param name="shift">Where, eV.</param>
    /// <param name="styles">[styles] where.</param>
    /// <param name="first">Least shift; equal to <paramref name="last"/> for a shift that stays.</param>
    /// <param name="last">Largest shift.</param>
    public FitLane Start(double shift, ReadOnlySpan<float> styles, double first, double last)
    {
        var lane = new FitLane(_styles, _points, first, last) { TrialShift = shift };
        for (int k = 0; k < _styles; k++)
            lane.TrialStyles[k] = styles[k];
        return lane;
    }

    /// <summary>What encoder and decoder make of the spectrum at the shifts of some guesses.</summary>
    public Guess[] EncodeAndDecode(IReadOnlyList<Guess> at)
    {
        var spectra = new float[at.Count * _points];
        for (int i = 0; i < at.Count; i++)
        {
            _spectrum.Values(_model.Grid.Energies, at[i].Shift, _measured);
            for (int p = 0; p < _points; p++)
                spectra[(i * _points) + p] = (float)_measured[p];
        }

        float[] styles = _model.EncodeStyles(spectra, at.Count);
        for (int i = 0; i < styles.Length; i++)
            styles[i] = Math.Clamp(styles[i], -LargestStyle, LargestStyle);
        float[] decoded = _model.DecodeStyles(styles, at.Count);
        var guesses = new Guess[at.Count];
        for (int i = 0; i < guesses.Length; i++)
        {
            var (first, count) = _spectrum.Covered(_model.Grid, at[i].Shift);
            Span<double> x = _measured.AsSpan(0, count), y = _drawn.AsSpan(0, count);
            for (int p = 0; p < count; p++)
                (x[p], y[p]) = (spectra[(i * _points) + first + p], decoded[(i * _points) + first + p]);
            UnitVectors.Normalize(x);
            UnitVectors.Normalize(y);
            guesses[i] = new Guess(at[i].Shift, styles.AsMemory(i * _styles, _styles), 2 * (1 - UnitVectors.Dot(x, y)));
        }

        return guesses;
    }

    /// <summary>Takes searches some steps further, each until it gains nothing.</summary>
    public void Advance(IReadOnlyList<FitLane> lanes, int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            FitLane[] active = [.. lanes.Where(l => !l.Settled)];
            if (active.Length == 0)
                return;
            float[] decoded = Decode(active);
            int row = 0;
            foreach (var lane in active)
            {
                int rows = Rows(lane);
                Answer(lane, decoded.AsSpan(row * _points, rows * _points));
                row += rows;
            }
        }
    }

    private int Rows(FitLane lane) => lane.Question == FitQuestion.Trial ? 1 : 1 + _styles;

    // One run of the decoder for all: the place that a search asks about, and where it asks for derivatives one small step along each style.
    private float[] Decode(FitLane[] lanes)
    {
        int rows = lanes.Sum(Rows), at = 0;
        if (_rows.Length < rows * _styles)
            _rows = new float[rows * _styles];
        foreach (var lane in lanes)
        {
            double[] place = lane.Question == FitQuestion.Derivatives ? lane.Styles : lane.TrialStyles;
            for (int r = 0; r < Rows(lane); r++)
                for (int k = 0; k < _styles; k++)
                    _rows[at++] = (float)place[k] + (r == k + 1 ? StyleDifference : 0);
        }

        return _model.DecodeStyles(_rows.AsSpan(0, rows * _styles), rows);
    }

    private void Answer(FitLane lane, ReadOnlySpan<float> decoded)
    {
        bool moved = lane.Question == FitQuestion.Derivatives || Judge(lane, decoded[.._points]);
        if (moved && lane.Question != FitQuestion.Trial)
        {
            for (int k = 0; k < _styles; k++)
                for (int i = 0; i < _points; i++)
                    lane.Jacobian[(k * _points) + i] = (decoded[((k + 1) * _points) + i] - decoded[i]) / StyleDifference;
            lane.Measured();
        }

        if (lane.Settled)
            return;
        if (moved)
            Linearize(lane);
        if (moved || lane.Question != FitQuestion.Derivatives)
            lane.Propose(SmallestGain + (SmallestPart * lane.Cost));
    }

    // Is the trial better than where the search stands? Then it stands there.
    private bool Judge(FitLane lane, ReadOnlySpan<float> decoded)
    {
        var (first, count) = _spectrum.Covered(_model.Grid, lane.TrialShift);
        Span<double> x = _measured.AsSpan(0, count), y = _drawn.AsSpan(0, count);
        _spectrum.Values(_model.Grid.Energies.Slice(first, count), lane.TrialShift, x);
        for (int i = 0; i < count; i++)
            y[i] = decoded[first + i];
        UnitVectors.Normalize(x);
        UnitVectors.Normalize(y);
        double correlation = UnitVectors.Dot(x, y), size = UnitVectors.Dot(lane.TrialStyles, lane.TrialStyles);
        double cost = UnitVectors.Dot(x, x) + UnitVectors.Dot(y, y) - (2 * correlation) + (StyleWeight * size);
        if (cost < lane.Cost)
        {
            lane.Accept(decoded, correlation, cost);
            return true;
        }

        lane.Reject();
        return false;
    }

    // J^T J + lambda and J^T r - lambda z of Gauss and Newton's step.
    private void Linearize(FitLane lane)
    {
        var (first, count) = _spectrum.Covered(_model.Grid, lane.Shift);
        var energies = _model.Grid.Energies.Slice(first, count);
        int parameters = lane.Parameters;
        Span<double> x = _measured.AsSpan(0, count), y = _drawn.AsSpan(0, count);
        _spectrum.Values(energies, lane.Shift, x);
        lane.Decoded.AsSpan(first, count).CopyTo(y);
        double measuredLength = UnitVectors.Normalize(x), drawnLength = UnitVectors.Normalize(y);
        for (int k = 0; k < _styles; k++)
        {
            lane.Jacobian.AsSpan((k * _points) + first, count).CopyTo(Column(k, count));
            UnitVectors.Differentiate(Column(k, count), y, 1 / drawnLength);
        }

        // A shift moves the spectrum, not the decoded one: d x(E - s) / ds = -x', and it stands on the other side of the residual.
        if (parameters > _styles)
        {
            _spectrum.Slopes(energies, lane.Shift, Column(_styles, count));
            UnitVectors.Differentiate(Column(_styles, count), x, 1 / measuredLength);
        }

        for (int i = 0; i < count; i++)
            x[i] -= y[i];
        for (int i = 0; i < parameters; i++)
        {
            for (int j = 0; j <= i; j++)
                lane.Normal[(i * parameters) + j] = UnitVectors.Dot(Column(i, count), Column(j, count)) + (i == j && i < _styles ? StyleWeight : 0);
            lane.Gradient[i] = UnitVectors.Dot(Column(i, count), x) - (i < _styles ? StyleWeight * lane.Styles[i] : 0);
        }
    }

    private Span<double> Column(int k, int count) => _columns.AsSpan(k * _points, count);
}
