using System.Globalization;
using System.Text;

namespace XanesMl.Cli.Tests.Commands;

/// <summary>Small tables of made-up Cu spectra: an edge whose position follows CT and a peak whose height follows CN.</summary>
internal static class SyntheticCsv
{
    public const int Points = 24;

    /// <summary>CSV text; <paramref name="header"/> and <paramref name="cell"/> can spoil it. Rows and points count from 0.</summary>
    public static string Create(int rows, Func<int, string>? header = null, Func<int, int, string?>? cell = null)
    {
        var s = new StringBuilder("# made-up spectra; licence: none needed\nMPID,SITE,AUX_CT,AUX_CN");
        for (int p = 0; p < Points; p++)
            s.Append(',').Append(header?.Invoke(p) ?? Name(p));
        s.Append('\n');
        for (int r = 0; r < rows; r++)
        {
            double ct = (r * 37 % 101) / 101.0, cn = 4 + (r % 3);
            s.Append(CultureInfo.InvariantCulture, $"m{r / 2},{r % 2},{ct:0.0000},{cn}");
            for (int p = 0; p < Points; p++)
            {
                double e = 4.0 * p, mu = (1 / (1 + Math.Exp(-(e - 12 - (6 * ct)) / 3))) + (0.06 * cn * Math.Exp(-(e - 24) * (e - 24) / 60));
                s.Append(',').Append(cell?.Invoke(r, p) ?? mu.ToString("0.00000", CultureInfo.InvariantCulture));
            }

            s.Append('\n');
        }

        return s.ToString();
    }

    public static string Name(int point) => string.Create(CultureInfo.InvariantCulture, $"ENE_{8985 + (4.0 * point):0.00}");

    /// <summary>A configuration that trains such a table in a second or two.</summary>
    public static string Configuration(int batch = 16, int epochs = 3) =>
        $"batch_size: {batch}\nmax_epoch: {epochs}\nepoch_stop_smooth: {epochs}\nhidden: 16\nn_layers: 3\ntrials: 1\nreference_exact: false\n";
}
