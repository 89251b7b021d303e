using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Inference.Domain;
using XanesMl.Inference.Models;
using XanesMl.Transforms.Pipeline;

namespace XanesMl.Transforms.Scoring;

/// <summary>A scoring step bound to one input schema.</summary>
internal sealed class ScoringMapper : RowMapper
{
    private readonly ModelScoringTransformer _step;

    public ScoringMapper(ModelScoringTransformer step, DataViewSchema input)
        : this(step, input, Columns.Require(input, step.Definition.InputColumn, ModelColumns.Expected(step.Scorer.InputWidth),
            t => Columns.IsVector(t, step.Scorer.InputWidth, NumberDataViewType.Single)).Index)
    {
    }

    private ScoringMapper(ModelScoringTransformer step, DataViewSchema input, int index)
        : base(input, [index], step.OutputColumns)
    {
        _step = step;
        InputIndex = index;
    }

    /// <summary>Index of the column that is scored.</summary>
    public int InputIndex { get; }

    /// <param name="active">[outputs of the step] those that somebody reads.</param>
    /// <param name="rows">Capacity.</param>
    public ScoringBlock CreateBlock(ReadOnlySpan<bool> active, int rows)
    {
        var names = new List<string>();
        for (int i = 0; i < active.Length; i++)
            if (active[i])
                names.AddRange(_step.Definition.Outputs[i].Needs);
        return new(_step.Scorer, _step.Definition.ModelInput, names, rows);
    }

    /// <summary>A getter of one output; <paramref name="at"/> names the row of the block.</summary>
    public Delegate Getter(ScoringBlock block, int output, Func<int> at)
    {
        var (o, domain) = (_step.Definition.Outputs[output], _step.Domain);
        int values = block.IndexOf(o.ModelOutput), styles = block.IndexOf(ModelTensors.Styles);
        switch (o.Form)
        {
            case OutputForm.Scalar:
                return Getters.Scalar(() => block.Row(at(), values)[0]);
            case OutputForm.Percentile:
                return Getters.Scalar(() => Assess(at()) is { } a ? (float)a.ErrorPercentile : float.NaN);
            case OutputForm.Verdict:
                return Getters.Text(() => (Assess(at())?.Verdict ?? Verdict.OutOfDomain).ToText());
            case OutputForm.Reasons:
                return Getters.Text(() => Assess(at()) is { } a ? string.Join("; ", a.Reasons) : "the spectrum has a value that is not finite");
            default:
                ValueGetter<VBuffer<float>> vector = (ref VBuffer<float> value) => block.Get(at(), values, ref value);
                return vector;
        }

        DomainAssessment? Assess(int row) => block.IsMissing(row) ? null : domain.Assess(block.Row(row, styles), block.Row(row, values)[0]);
    }

    protected internal override Delegate?[] CreateGetters(DataViewRow input, ReadOnlySpan<bool> active, out IDisposable? resources)
    {
        var block = CreateBlock(active, 1);
        resources = block;
        var source = input.GetGetter<VBuffer<float>>(input.Schema[InputIndex]);
        VBuffer<float> row = default;
        long scored = -1;

        // All outputs of a row come from one run; rows are told apart by position, as ML.NET's own steps do.
        int Scored()
        {
            if (scored != input.Position)
            {
                source(ref row);
                block.Set(0, in row);
                block.Run(1);
                scored = input.Position;
            }

            return 0;
        }

        var getters = new Delegate?[AddedCount];
        for (int i = 0; i < getters.Length; i++)
            if (active[i])
                getters[i] = Getter(block, i, Scored);
        return getters;
    }

    protected internal override DataViewRowCursor CreateCursor(DataViewRowCursor input, bool[] active) =>
        new ScoringCursor(this, input, active, _step.Definition.BatchSize);
}
