using XanesMl.Edge.Serving;
using XanesMl.Inference.Models;
using XanesMl.TestSupport;
using Xunit;

namespace XanesMl.Edge.Tests.Serving;

public sealed class InverseCalibrationTests
{
    private static readonly Calibration s_steps = new() { Kind = CalibrationKind.Isotonic, KnotStyles = [-2, -1, 0, 1, 2], KnotValues = [2, 4, 4, 6, 6] };
    private static readonly Calibration s_line = new() { Kind = CalibrationKind.Linear, Coefficients = [5, -2] };
    private static readonly Calibration s_parabola = new() { Kind = CalibrationKind.Quadratic, Coefficients = [1, 0, 1] };

    // Oracle: by hand. Between knots the curve is straight; 4 is had from -1 to 0, 6 from 1 on, 2 up to -2.
    [Theory]
    [InlineData(3, 0, -1.5)]
    [InlineData(5, 0, 0.5)]
    [InlineData(4, -0.3, -0.3)]
    [InlineData(4, -2.5, -1)]
    [InlineData(4, 1.7, 0)]
    [InlineData(6, 0, 1)]
    [InlineData(6, 2.5, 2.5)]
    [InlineData(2, 0, -2)]
    [InlineData(2, -3, -3)]
    public void Of_a_step_curve_it_is_the_nearest_style_that_gives_the_value(double value, double near, double style)
    {
        var found = InverseCalibration.Find(s_steps, value, near, -3, 3);
        Assert.Equal(style, found.Style, 1e-12);
        Assert.Equal((value, false), (found.Value, found.Limited));
    }

    [Theory]
    [InlineData(9, 0, 1, 6)]
    [InlineData(-1, 0, -2, 2)]
    [InlineData(double.MaxValue, 2, 2, 6)]
    public void Beyond_the_curve_it_is_the_nearest_end_and_says_so(double value, double near, double style, double reached) =>
        Assert.Equal(new InverseStyle(style, reached, true), InverseCalibration.Find(s_steps, value, near, -3, 3));

    [Fact]
    public void The_range_of_styles_limits_it_and_the_present_style_is_brought_into_it()
    {
        Assert.Equal(new InverseStyle(0.5, 5, true), InverseCalibration.Find(s_steps, 6, 0, -0.5, 0.5));
        Assert.Equal(new InverseStyle(-0.5, 4, false), InverseCalibration.Find(s_steps, 4, -9, -0.5, 0.5));
    }

    // Oracle: 5 - 2 s = v, so s = (5 - v) / 2; 1 + s^2 = v, so s = +- sqrt(v - 1).
    [Fact]
    public void Of_lines_and_parabolas_it_is_the_root_on_the_side_of_the_present_style()
    {
        Assert.Equal(1.5, InverseCalibration.Find(s_line, 2, -3, -3, 3).Style, 1e-12);
        Assert.Equal(new InverseStyle(3, -1, true), InverseCalibration.Find(s_line, -7, 0, -3, 3));
        Assert.Equal(2, InverseCalibration.Find(s_parabola, 5, 0.1, -3, 3).Style, 1e-12);
        Assert.Equal(-2, InverseCalibration.Find(s_parabola, 5, -0.1, -3, 3).Style, 1e-12);
        Assert.Equal(2, InverseCalibration.Find(s_parabola, 5, -0.1, -1, 3).Style, 1e-12);
        Assert.Equal(new InverseStyle(0, 1, true), InverseCalibration.Find(s_parabola, 0, 0.5, -3, 3));
        Assert.Equal((1.0, 10.0), InverseCalibration.Reach(s_parabola, -3, 2));
        Assert.Equal((2.0, 5.0), InverseCalibration.Reach(s_parabola, 1, 2));
    }

    [Fact]
    public void A_flat_line_moves_nothing()
    {
        var flat = new Calibration { Kind = CalibrationKind.Linear, Coefficients = [4, 0] };
        Assert.Equal(new InverseStyle(0.7, 4, true), InverseCalibration.Find(flat, 5, 0.7, -1, 1));
        Assert.Equal(new InverseStyle(0.7, 4, false), InverseCalibration.Find(flat, 4, 0.7, -1, 1));
    }

    // Oracle: Calibration.Evaluate, the forward direction: for every model that ships, value to style to value is the identity within what is reached.
    [Theory]
    [InlineData("Cu")]
    [InlineData("oxides-8")]
    public void Of_the_models_that_ship_it_inverts_every_calibration(string name)
    {
        var metadata = ModelFolder.Open(SharedData.Repository("models", name)).Metadata;
        Assert.NotEmpty(metadata.Calibrations);
        for (int k = 0; k < metadata.Calibrations.Count; k++)
        {
            var calibration = metadata.Calibrations[k];
            var (low, high) = ModelEndpoints.Range(metadata, k);
            var (least, most) = InverseCalibration.Reach(calibration, low, high);
            Assert.True(most > least);
            for (int i = 0; i <= 200; i++)
            {
                double value = least + ((most - least) * i / 200), near = low + ((high - low) * ((i * 37) % 201) / 200.0);
                var found = InverseCalibration.Find(calibration, value, near, low, high);
                Assert.InRange(found.Style, low, high);
                Assert.Equal(value, calibration.Evaluate(found.Style), 1e-9 * (most - least));
                Assert.False(found.Limited);
                // Nearest: the curve does not give the value anywhere between the present style and the answer.
                for (int j = 1; j < 10; j++)
                {
                    double between = near + ((found.Style - near) * j / 10);
                    if (Math.Abs(between - found.Style) > 1e-6 * (high - low))
                        Assert.NotEqual(value, calibration.Evaluate(between), 1e-12);
                }
            }
        }
    }
}
