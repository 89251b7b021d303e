using Microsoft.ML;
using Microsoft.ML.Data;
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

    public ScoringBlock CreateBlock(ReadOnlySpan<bool> active, int rows) =>
        new(_step.Scorer, _step.Definition.ModelInput, _step.Definition.Outputs, active, rows);

    /// <summary>A getter of one output; <paramref name="at"/> names the row of the block.</summary>
    public Delegate Getter(ScoringBlock block, int output, Func<int> at)
    {
        if (_step.Definition.Outputs[output].IsScalar)
        {
            ValueGetter<float> scalar = (ref float value) => value = block.Get(at(), output);
            return scalar;
        }

        ValueGetter<VBuffer<float>> vector = (ref VBuffer<float> value) => block.Get(at(), output, ref value);
        return vector;
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
