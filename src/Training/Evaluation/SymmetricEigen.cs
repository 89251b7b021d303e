using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace XanesMl.Training.Evaluation;

/// <summary>Centred (and on request standardized) spectra with the eigenvectors of their Gram matrix: what ridge regression and principal components share.</summary>
internal sealed class SymmetricEigen
{
    private readonly double[] _mean, _scale;

    /// <param name="spectra">[rows x points] row-major.</param>
    /// <param name="points">Points of a spectrum.</param>
    /// <param name="standardize">Divide each point by its population standard deviation; a constant point stays as it is.</param>
    public SymmetricEigen(ReadOnlySpan<float> spectra, int points, bool standardize)
    {
        int rows = spectra.Length / points;
        _mean = new double[points];
        _scale = new double[points];
        for (int i = 0; i < spectra.Length; i++)
            _mean[i % points] += spectra[i];
        for (int j = 0; j < points; j++)
            _mean[j] /= rows;
        for (int i = 0; i < spectra.Length; i++)
            _scale[i % points] += Math.Pow(spectra[i] - _mean[i % points], 2);
        for (int j = 0; j < points; j++)
        {
            double deviation = Math.Sqrt(_scale[j] / rows);
            _scale[j] = standardize && deviation > 1e-12 * (1 + Math.Abs(_mean[j])) ? deviation : 1;
        }

        Transposed = Transform(spectra);
        var decomposition = Transposed.TransposeAndMultiply(Transposed).Evd(Symmetricity.Symmetric);
        Vectors = decomposition.EigenVectors;
        Values = decomposition.EigenValues.Map(v => Math.Max(0, v.Real));
    }

    /// <summary>[points x rows] transformed training spectra.</summary>
    public Matrix<double> Transposed { get; }

    /// <summary>[points x points], a column for each eigenvalue.</summary>
    public Matrix<double> Vectors { get; }

    /// <summary>[points] eigenvalues of the Gram matrix (rows times the covariance) in increasing order.</summary>
    public Vector<double> Values { get; }

    /// <summary>Other spectra in the same coordinates, [points x n].</summary>
    public Matrix<double> Transform(ReadOnlySpan<float> spectra)
    {
        int points = _mean.Length;
        var values = new double[spectra.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = (spectra[i] - _mean[i % points]) / _scale[i % points];

        // Row-major [n x points] is column-major [points x n].
        return new DenseMatrix(points, values.Length / points, values);
    }
}
