using XanesMl.Training.Networks;

namespace XanesMl.Cli.Benchmarks;

/// <summary>Floating-point operations that the matrix products of an epoch need, whatever program runs it.</summary>
/// <remarks>A product [n, a] [a, b] takes 2 n a b. A backward pass takes one for the weights and one for the input of each layer; the input of the first is
/// only needed where a loss reaches through it (domain.md section 2.2). Forward passes whose results nobody uses are not counted.</remarks>
internal static class EpochArithmetic
{
    /// <summary>Operations of the five steps on <paramref name="trainRows"/> rows and one look at <paramref name="validationRows"/>.</summary>
    public static double Operations(RankAaeShape shape, int trainRows, int validationRows)
    {
        double encoder = Products(shape.Encoder()), decoder = Products(shape.Decoder()), discriminator = Products(shape.Discriminator());
        double encoderInput = First(shape.Encoder()), decoderInput = First(shape.Decoder()), discriminatorInput = First(shape.Discriminator());
        double adversarial = (3 * encoder) - encoderInput + (6 * discriminator) - discriminatorInput;   // the real half's input needs no gradient
        double rank = (3 * encoder) - encoderInput;
        double reconstruction = (3 * encoder) - encoderInput + (3 * decoder);
        double mutual = (3 * encoder) + (3 * decoder) - decoderInput;
        double smoothness = encoder + (3 * decoder) - decoderInput;
        double validation = 2 * (encoder + decoder);
        return 2 * ((trainRows * (adversarial + rank + reconstruction + mutual + smoothness)) + (validationRows * validation));
    }

    private static double Products(IReadOnlyList<BlockDefinition> blocks) => blocks.Sum(b => (double)b.Inputs * b.Outputs);

    private static double First(IReadOnlyList<BlockDefinition> blocks) => (double)blocks[0].Inputs * blocks[0].Outputs;
}
