using XanesMl.Spectra.Measured;
using Xunit;

namespace XanesMl.Spectra.Tests.Measured;

/// <summary>Oracle: the table of <see cref="KEdges"/>, whose neighbours are 450 eV apart or more.</summary>
public sealed class ElementIdentificationTests
{
    private static MeasuredSpectrum At(double e0, string? element = null, string? edge = null)
    {
        var (e, mu) = Content.Edge(400, Math.Floor(e0) - 200, e0);
        return new MeasuredSpectrum { Energies = e, Mu = mu, Signal = SignalKind.Absorption, Name = "x", Path = "x", Format = "x", Columns = "x", Element = element, Edge = edge };
    }

    [Fact]
    public void Every_K_edge_of_the_table_is_known_by_its_energy()
    {
        foreach (string element in KEdges.Elements)
        {
            double edge = KEdges.Energy(element);
            foreach (double shift in new[] { -30.0, 0, 40 })
                Assert.Equal(element, ElementIdentification.FromE0(edge + shift));
            Assert.Null(ElementIdentification.FromE0(edge - 31));
            Assert.Null(ElementIdentification.FromE0(edge + 41));
            Assert.Equal(new ElementIdentity(element, "K", ElementOrigin.EdgeEnergy, edge + 5, null), ElementIdentification.Identify(At(edge + 5)));
        }
    }

    [Fact]
    public void The_file_wins_and_disagreement_names_both()
    {
        var agrees = ElementIdentification.Identify(At(7120, "Fe", "K"));
        Assert.Equal(("Fe", "K", ElementOrigin.File, null), (agrees.Element, agrees.Edge, agrees.Origin, agrees.Warning));
        var other = ElementIdentification.Identify(At(7120, "Co", "K"));
        Assert.Equal("the file says Co (7709 eV), but the steepest rise is at 7120.0 eV, the K edge of Fe (7112 eV)", other.Warning);
        var nowhere = ElementIdentification.Identify(At(6900, "Fe", "K"));
        Assert.Equal("the file says Fe (7112 eV), but the steepest rise is at 6900.0 eV, where no K edge of Ca to Ge lies", nowhere.Warning);
    }

    [Theory]
    [InlineData("As", "K", 11867)] // not in the table
    [InlineData("Yb", null, 8944)] // an L3 edge beside the K edge of Cu
    [InlineData("Ce", "L3", 5723)]
    public void Elements_beyond_the_table_and_L_edges_are_believed(string element, string? edge, double e0) =>
        Assert.Equal((element, edge, null), ElementIdentification.Identify(At(e0, element, edge)) is var i ? (i.Element, i.Edge, i.Warning) : default);

    [Fact]
    public void Unknown_stays_unknown()
    {
        Assert.Equal((null, null, ElementOrigin.Unknown), ElementIdentification.Identify(At(11867)) is var i ? (i.Element, i.Edge, i.Origin) : default);
        Assert.Null(ElementIdentification.Identify(At(8985, null, "L3")).Element);
    }
}
