using System.Globalization;
using System.Text;

namespace XanesMl.Spectra.Writing;

/// <summary>Writes the RankAAE CSV: UTF-8, LF, every number the shortest text that reads back to the same float32 or double.</summary>
internal static class CsvTableFormatter
{
    private const int FlushAt = 1 << 16;
    private const int LongestNumber = 32;

    public static void Write(SpectraTable table, Stream stream, string source)
    {
        bool hasElement = table.Elements.Any(e => e is not null);
        var buffer = new ByteBuffer(stream);
        Header(table, hasElement, buffer, source);
        for (int i = 0; i < table.RowCount; i++)
        {
            buffer.Text(Quoted(table.Materials[i], source, i));
            buffer.Byte(',');
            buffer.Text(Quoted(table.Sites[i], source, i));
            if (hasElement)
            {
                buffer.Byte(',');
                buffer.Text(Quoted(table.Elements[i] ?? "", source, i));
            }

            for (int k = 0; k < table.DescriptorNames.Count; k++)
            {
                buffer.Byte(',');
                float d = table.Descriptor(i, k);
                if (!float.IsNaN(d))
                    buffer.Number(d);
            }

            foreach (float v in table.Spectrum(i))
            {
                buffer.Byte(',');
                buffer.Number(v);
            }

            buffer.Byte('\n');
        }

        buffer.Flush();
    }

    private static void Header(SpectraTable table, bool hasElement, ByteBuffer buffer, string source)
    {
        buffer.Text(hasElement ? "MPID,SITE,ELEMENT" : "MPID,SITE");
        foreach (string name in table.DescriptorNames)
        {
            buffer.Byte(',');
            buffer.Text(Quoted("AUX_" + name, source, row: null));
        }

        foreach (double e in table.Grid.Energies)
        {
            buffer.Byte(',');
            buffer.Text(EnergyColumn.Name(e));
        }

        buffer.Byte('\n');
    }

    private static string Quoted(string text, string source, int? row)
    {
        if (text.AsSpan().IndexOfAny('\n', '\r', '\0') >= 0)
            throw new XanesDataException($"the name in {(row is null ? "the header" : $"row {row + 1}")} contains a line break or NUL", source, remedy: "CSV cannot hold it here: rename it, or write Parquet.");
        if (text.Contains('"', StringComparison.Ordinal))
            return '"' + text.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
        bool plain = !text.Contains(',', StringComparison.Ordinal) && text.AsSpan().Trim(" \t").Length == text.Length && !text.StartsWith('#');
        return plain ? text : '"' + text + '"';
    }

    private sealed class ByteBuffer(Stream stream)
    {
        private readonly byte[] _bytes = new byte[FlushAt + LongestNumber];
        private int _count;

        public void Byte(char c)
        {
            Room();
            _bytes[_count++] = (byte)c;
        }

        public void Number(float value)
        {
            Room();
            if (!value.TryFormat(_bytes.AsSpan(_count), out int written, "R", CultureInfo.InvariantCulture))
                throw new InvalidOperationException("a float32 takes at most 16 characters");
            _count += written;
        }

        public void Text(string text)
        {
            Room();
            if (Encoding.UTF8.TryGetBytes(text, _bytes.AsSpan(_count), out int written))
            {
                _count += written;
                return;
            }

            Flush();
            stream.Write(Encoding.UTF8.GetBytes(text));
        }

        public void Flush()
        {
            stream.Write(_bytes, 0, _count);
            _count = 0;
        }

        private void Room()
        {
            if (_count >= FlushAt)
                Flush();
        }
    }
}
