using XanesMl.Spectra;

namespace XanesMl.Training.Importing;

/// <summary>What the readers of weights files share.</summary>
internal static class WeightsFile
{
    /// <summary>Reads a whole file of limited size.</summary>
    public static byte[] ReadAll(string path, long limit)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > limit)
                throw new XanesDataException($"{stream.Length} bytes, at most {limit} are read", path,
                    remedy: "Weights of a RankAAE model are well below a megabyte: check the file");
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new XanesDataException($"cannot be read ({e.Message})", path, remedy: "Check the path and its permissions", inner: e);
        }
    }

    /// <summary>Text from a file, made fit for a message: quoted, short, without control characters.</summary>
    public static string Show(string text)
    {
        string plain = new([.. text.Take(60).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
        return text.Length > 60 ? $"'{plain}...'" : $"'{plain}'";
    }
}
