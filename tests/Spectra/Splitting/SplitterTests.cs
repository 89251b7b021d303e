using CsCheck;
using Xunit;
using XanesMl.Spectra.Splitting;

namespace XanesMl.Spectra.Tests.Splitting;

public sealed class SplitterTests
{
    private static readonly Gen<SplitKind> s_kinds = Gen.Int[0, 2].Select(i => (SplitKind)i);

    private static SpectraTable Table(int[] materials) => new(new EnergyGrid([1, 2]), new float[materials.Length * 2], [], [],
        [.. materials.Select(m => "m" + m)], [.. materials.Select((_, i) => "s" + i)], new string?[materials.Length]);

    [Fact]
    public void Every_row_is_in_one_part_and_parts_have_their_size()
    {
        Gen.Select(Gen.Int[0, 60].Array[60, 300], s_kinds, Gen.ULong, Gen.Int[50, 70], Gen.Int[10, 20]).Sample((materials, kind, seed, train, validation) =>
        {
            var fractions = new SplitFractions(train / 100.0, validation / 100.0, (100 - train - validation) / 100.0);
            var table = Table(materials);
            var split = Splitter.Create(table, kind, seed, fractions);
            Assert.Equal(Enumerable.Range(0, materials.Length), split.Train.Concat(split.Validation).Concat(split.Test).Order());
            Assert.All([split.Train, split.Validation, split.Test], p => Assert.Equal(p.Order(), p));

            int largest = kind == SplitKind.Grouped ? materials.GroupBy(m => m).Max(g => g.Count()) : 1;
            Assert.InRange(Math.Abs(split.Train.Length - (fractions.Train * materials.Length)), 0, largest);
            Assert.InRange(Math.Abs(split.Validation.Length - (fractions.Validation * materials.Length)), 0, largest);
            Assert.InRange(Math.Abs(split.Test.Length - (fractions.Test * materials.Length)), 0, largest);

            var again = Splitter.Create(table, kind, seed, fractions);
            Assert.Equal(split.Train, again.Train);
            Assert.Equal(split.Test, again.Test);
        }, iter: 300);
    }

    [Fact]
    public void Grouped_never_divides_a_material()
    {
        Gen.Select(Gen.Int[0, 40].Array[100, 200], Gen.ULong).Sample((materials, seed) =>
        {
            var split = Splitter.Create(Table(materials), SplitKind.Grouped, seed);
            int[][] parts = [split.Train, split.Validation, split.Test];
            Assert.All(materials.Select((m, i) => (m, i)).GroupBy(x => x.m),
                g => Assert.Single(parts, p => g.Any(x => p.Contains(x.i))));
        }, iter: 100);
    }

    [Fact]
    public void Positional_takes_rows_in_order()
    {
        var split = Splitter.Create(Table([.. Enumerable.Range(0, 20)]), SplitKind.Positional, 5);
        Assert.Equal(Enumerable.Range(0, 14), split.Train);
        Assert.Equal(Enumerable.Range(14, 3), split.Validation);
        Assert.Equal(Enumerable.Range(17, 3), split.Test);
        Assert.Equal((SplitKind.Positional, 5UL, SplitFractions.Default), (split.Kind, split.Seed, split.Fractions));
    }

    // Oracle: an independent Python implementation from the papers (integers mod 2^64): SplitMix64 seeding, xoshiro256**, and
    //   for i in range(n-1, 0, -1): j = next() % (i+1); swap   (n = 10: no draw is rejected)
    [Fact]
    public void Shuffle_is_the_published_algorithm()
    {
        int[] items = [.. Enumerable.Range(0, 10)];
        var random = new SplitRandom(42);
        Assert.Equal(1546998764402558742UL, random.Next());
        new SplitRandom(42).Shuffle<int>(items);
        Assert.Equal([7, 3, 8, 9, 5, 6, 4, 1, 0, 2], items);
    }

    [Fact]
    public void Seeds_matter()
    {
        var table = Table([.. Enumerable.Range(0, 100)]);
        Assert.NotEqual(Splitter.Create(table, SplitKind.Grouped, 1).Test, Splitter.Create(table, SplitKind.Grouped, 2).Test);
        Assert.NotEqual(Splitter.Create(table, SplitKind.Random, 1).Test, Splitter.Create(table, SplitKind.Random, 2).Test);
    }

    [Fact]
    public void Test_part_may_be_left_out()
    {
        var split = Splitter.Create(Table([.. Enumerable.Range(0, 9)]), SplitKind.Grouped, 1, new SplitFractions(0.8, 0.2, 0));
        Assert.Empty(split.Test);
        Assert.Equal(9, split.Train.Length + split.Validation.Length);
    }

    [Theory]
    [InlineData(0.7, 0.2, 0.2)]
    [InlineData(1, 0, 0)]
    [InlineData(0, 0.5, 0.5)]
    [InlineData(0.9, 0.2, -0.1)]
    [InlineData(double.NaN, 0.5, 0.5)]
    public void Fractions_must_add_up(double train, double validation, double test) =>
        Assert.Contains("must add up to 1", Assert.Throws<XanesDataException>(() =>
            Splitter.Create(Table([1, 2, 3]), SplitKind.Random, 1, new SplitFractions(train, validation, test))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(SplitKind.Grouped, "1 materials (50 rows)")]
    [InlineData(SplitKind.Random, "1 rows")]
    public void Empty_parts_are_an_error(SplitKind kind, string part)
    {
        var table = kind == SplitKind.Grouped ? Table(new int[50]) : Table([0]);
        Assert.Contains(part, Assert.Throws<XanesDataException>(() => Splitter.Create(table, kind, 1)).Message, StringComparison.Ordinal);
    }
}
