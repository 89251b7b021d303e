using System.Globalization;
using System.Text;

namespace XanesMl.Cli.Terminal;

/// <summary>Text of files and exceptions made fit for one line of a terminal.</summary>
internal static class SafeText
{
    /// <summary>Line breaks and tabs become spaces, other control characters \xNN, so that input cannot move the cursor or forge lines.</summary>
    public static string OneLine(string text)
    {
        var s = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            if (c is '\r' or '\n' or '\t')
            {
                if (s.Length == 0 || s[^1] != ' ')
                    s.Append(' ');
            }
            else if (char.IsControl(c))
            {
                s.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
            }
            else
            {
                s.Append(c);
            }
        }

        return s.ToString().TrimEnd();
    }
}
