using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>Ridge regression on standardized spectra: minimizes |y - mean y - X w|^2 + lambda |w|^2, X with zero mean and unit variance at each point.</summary>
/// <remarks>One eigendecomposition X'X = V S V' serves every lambda and every descriptor: w = V (S + lambda)^-1 V' X'y.</remarks>
public sealed class RidgeRegression
{
    /// <summary>The lambdas that are tried: half decades from 1e-6 to 1e5.</summary>
    public static IReadOnlyList<double> LambdaGrid { get; } = [.. Enumerable.Range(-12, 23).Select(e => Math.Pow(10, e / 2.0))];

    internal const double DefaultLambda = 1;
    private readonly int _points, _rows;
    private readonly SymmetricEigen _eigen;

    /// <summary>Decomposes the training spectra.</summary>
    /// <param name="spectra">[rows x points].</param>
    /// <param name="points">Points of a spectrum.</param>
    /// <exception cref="XanesDataException">No row, or a length that is no multiple of the points.</exception>
    public RidgeRegression(ReadOnlySpan<float> spectra, int points)
    {
        _rows = RowMajor.Rows(spectra, points, "training spectra");
        if (_rows == 0)
            throw new XanesDataException("ridge regression got no training row");
        _points = points;
        _eigen = new SymmetricEigen(spectra, points, standardize: true);
    }

    /// <summary>Predictions for other spectra.</summary>
    /// <param name="values">[rows] descriptor of the training rows, none missing.</param>
    /// <param name="lambda">Penalty, above 0.</param>
    /// <param name="spectra">[n x points].</param>
    /// <returns>[n].</returns>
    /// <exception cref="XanesDataException">Sizes that do not fit.</exception>
    public double[] FitPredict(ReadOnlySpan<double> values, double lambda, ReadOnlySpan<float> spectra)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lambda);
        RowMajor.Rows(spectra, _points, "spectra");
        var (mean, projected) = Project(values);
        return Predict(mean, projected, lambda, _eigen.Transform(spectra).TransposeThisAndMultiply(_eigen.Vectors));
    }

    /// <summary>The lambda of <see cref="LambdaGrid"/> with the smallest mean squared error on validation rows; 1 where none of them has the descriptor.</summary>
    /// <param name="values">[rows] descriptor of the training rows, none missing.</param>
    /// <param name="validationSpectra">[n x points].</param>
    /// <param name="validationValues">[n] their descriptor; NaN = missing.</param>
    /// <exception cref="XanesDataException">Sizes that do not fit.</exception>
    public double ChooseLambda(ReadOnlySpan<double> values, ReadOnlySpan<float> validationSpectra, ReadOnlySpan<double> validationValues)
    {
        if (RowMajor.Rows(validationSpectra, _points, "validation spectra") == 0)
            return DefaultLambda;
        var (mean, projected) = Project(values);
        var rotated = _eigen.Transform(validationSpectra).TransposeThisAndMultiply(_eigen.Vectors);
        double best = DefaultLambda, smallest = double.PositiveInfinity;
        foreach (double lambda in LambdaGrid)
        {
            double rmse = RegressionMetrics.Of(validationValues, Predict(mean, projected, lambda, rotated)).Rmse;
            if (rmse < smallest)
                (best, smallest) = (lambda, rmse);
        }

        return best;
    }

    /// <summary>Mean of y and V' X'(y - mean y).</summary>
    private (double Mean, Vector<double> Projected) Project(ReadOnlySpan<double> values)
    {
        if (values.Length != _rows)
            throw new XanesDataException($"{_rows} training spectra come with {values.Length} descriptor values");
        var y = DenseVector.OfArray(values.ToArray());
        double mean = y.Average();
        return (mean, _eigen.Vectors.TransposeThisAndMultiply(_eigen.Transposed.Multiply(y.Subtract(mean))));
    }

    private double[] Predict(double mean, Vector<double> projected, double lambda, Matrix<double> rotated) =>
        rotated.Multiply(projected.PointwiseDivide(_eigen.Values.Add(lambda))).Add(mean).ToArray();
}
