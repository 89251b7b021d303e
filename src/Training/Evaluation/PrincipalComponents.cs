using MathNet.Numerics.LinearAlgebra;
using XanesMl.Inference.Evaluation;
using XanesMl.Spectra;

namespace XanesMl.Training.Evaluation;

/// <summary>The best linear autoencoder: mean spectrum plus the m directions of largest variance.</summary>
public sealed class PrincipalComponents
{
    private readonly int _points;
    private readonly SymmetricEigen _eigen;
    private readonly Matrix<double> _basis;

    /// <summary>Finds the directions.</summary>
    /// <param name="spectra">[rows x points] training spectra.</param>
    /// <param name="points">Points of a spectrum.</param>
    /// <param name="components">m, 1 to the number of points.</param>
    /// <exception cref="XanesDataException">No row, a length that is no multiple of the points, or too many components.</exception>
    public PrincipalComponents(ReadOnlySpan<float> spectra, int points, int components)
    {
        if (RowMajor.Rows(spectra, points, "training spectra") == 0)
            throw new XanesDataException("principal components got no training row");
        if (components < 1 || components > points)
            throw new XanesDataException($"{components} principal components of spectra with {points} points");
        _points = points;
        _eigen = new SymmetricEigen(spectra, points, standardize: false);
        _basis = _eigen.Vectors.SubMatrix(0, points, points - components, components);
    }

    /// <summary>Mean over spectra of the mean absolute difference between a spectrum and its projection.</summary>
    /// <param name="spectra">[n x points].</param>
    /// <returns>MAE in units of the spectra; NaN without rows.</returns>
    /// <exception cref="XanesDataException">The length is no multiple of the points.</exception>
    public double ReconstructionMae(ReadOnlySpan<float> spectra)
    {
        if (RowMajor.Rows(spectra, _points, "spectra") == 0)
            return double.NaN;
        var centred = _eigen.Transform(spectra);
        var error = centred - _basis.Multiply(_basis.TransposeThisAndMultiply(centred));
        return error.Enumerate().Average(Math.Abs);
    }
}
