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
}
