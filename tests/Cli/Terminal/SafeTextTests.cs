using XanesMl.Cli.Terminal;

namespace XanesMl.Cli.Tests.Terminal;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain text, Å", "plain text, Å")]
    [InlineData("two\r\nlines\tand a tab", "two lines and a tab")]
    [InlineData("\u001b[2Jcleared\u0007", "\\x1b[2Jcleared\\x07")]
    [InlineData("ends\n", "ends")]
    public void OneLine_removes_what_moves_the_cursor(string text, string expected) => Assert.Equal(expected, SafeText.OneLine(text));
}
