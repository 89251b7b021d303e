using XanesMl.Training.Runs;
using Xunit;

namespace XanesMl.Training.Tests.Runs;

public sealed class RunIdentityTests
{
    private static string? Difference(string[] mine, string[] theirs, params string[] ignored) => RunIdentity.DifferenceOfConfigurations(mine, theirs, "this run", "the folder", ignored);

    [Fact]
    public void Says_the_first_key_that_differs_with_both_values()
    {
        Assert.Null(Difference(["a: 1", "b: 2"], ["b: 2", "a: 1"]));
        Assert.Equal("a is 1 in this run and 3 in the folder", Difference(["a: 1", "b: 2"], ["a: 3", "b: 4"]));
        Assert.Equal("b is 2 in this run and not set in the folder", Difference(["a: 1", "b: 2"], ["a: 1"]));
        Assert.Equal("b is not set in this run and 2 in the folder", Difference(["a: 1"], ["a: 1", "b: 2"]));
        Assert.Null(Difference(["a: 1", "b: 2"], ["a: 1", "c: 3"], "b", "c"));
    }

    /// <summary>run.json is text that somebody may have edited.</summary>
    [Fact]
    public void A_key_that_stands_twice_is_a_difference_and_no_crash() =>
        Assert.Equal("a is 1 in this run and 1 and 2 in the folder", Difference(["a: 1"], ["a: 1", "a: 2"]));
}
