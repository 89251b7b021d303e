using XanesMl.Spectra;
using XanesMl.Spectra.IO;
using Xunit;

namespace XanesMl.Spectra.Tests.IO;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain text, Å", "plain text, Å")]
    [InlineData("two\r\nlines\tand a tab", "two lines and a tab")]
    [InlineData("\u001b[2Jcleared\u0007", "\\x1b[2Jcleared\\x07")]
    [InlineData("ends\n", "ends")]
    [InlineData("a\u202egpj.exe", "a\\u202egpj.exe")]
    public void OneLine_removes_what_moves_the_cursor(string text, string expected) => Assert.Equal(expected, SafeText.OneLine(text));

    [Theory]
    [InlineData("plain text, Å", "plain text, Å")]
    [InlineData("two\nlines", "two\\x0alines")]
    [InlineData("\u0085\u2028", "\\x85\\u2028")]
    public void Escaped_keeps_different_names_different(string text, string expected) => Assert.Equal(expected, SafeText.Escaped(text));

    [Theory]
    [InlineData("a sentence.", "a sentence")]
    [InlineData("a sentence. ", "a sentence")]
    [InlineData("cut off...", "cut off...")]
    [InlineData("3.5", "3.5")]
    public void A_clause_has_no_full_stop(string text, string clause)
    {
        Assert.Equal(clause, SafeText.Clause(text));
        Assert.Equal($"x: {clause}. Do that.", new XanesDataException(text, "x", remedy: "Do that.").Message);
    }
}
