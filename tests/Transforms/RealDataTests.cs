using Microsoft.ML;
using Microsoft.ML.Data;
using XanesMl.Spectra;
using XanesMl.Spectra.Reading;
using XanesMl.Spectra.Resampling;
using XanesMl.TestSupport;
using XanesMl.Transforms.Data;
using XanesMl.Transforms.Tests.Support;
using Xunit;

namespace XanesMl.Transforms.Tests;

/// <summary>The 3,908 Cu spectra of data/cu-feff through views, frames and the resampling step.</summary>
public sealed class RealDataTests
{
    private readonly MLContext _ml = new(seed: 1);

    [SharedDataFact]
    public void Cu_spectra_survive_the_view_and_are_resampled_as_the_table_is()
    {
        var table = SpectraTableReader.Read(SharedData.Path("cu-feff", "feff_Cu_CT_CN_OCN_RSTD_MOOD_spec_3908.csv.gz"));
        var view = _ml.Data.LoadFromSpectraTable(table);
        var back = view.ToSpectraTable();
        Assert.Equal(3908, back.RowCount);
        Assert.Equal(table.Spectra.ToArray(), back.Spectra.ToArray());
        Assert.Equal(table.Descriptors.ToArray(), back.Descriptors.ToArray());

        var grid = EnergyGrid.Uniform(8983, 9060, 100);
        var expected = table.Resample(grid);
        float[][] rows = [.. _ml.Transforms.Xanes().Resample("OnGrid", grid).Fit(view).Transform(view).GetColumn<float[]>("OnGrid")];
        Assert.Equal(3908, rows.Length);
        Assert.Equal(expected.Spectra.ToArray(), rows.SelectMany(r => r));
    }

    [SharedDataFact]
    public void Cu_spectra_survive_the_frame()
    {
        var table = SpectraTableReader.Read(SharedData.Path("cu-feff", "feff_Cu_CT_CN_OCN_RSTD_MOOD_spec_3908.csv.gz")).Select([.. Enumerable.Range(0, 200)]);
        var back = table.ToDataFrame().ToSpectraTable();
        Assert.Equal(table.Grid, back.Grid);
        Assert.Equal(table.Spectra.ToArray(), back.Spectra.ToArray());
        Assert.Equal(table.Elements, back.Elements);
        Assert.Equal("Cu", back.Elements[0]);
    }
}
