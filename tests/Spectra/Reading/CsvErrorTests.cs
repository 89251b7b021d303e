using System.IO.Compression;
using System.Text;
using CsCheck;
using Xunit;
using XanesMl.Spectra.Reading;

namespace XanesMl.Spectra.Tests.Reading;

public sealed class CsvErrorTests
{
    // Each row: content, line, column, and a part of the message.
    [Theory]
    [InlineData("", null, null, "the file is empty")]
    [InlineData("# only\n\n# comments\n", null, null, "no header")]
    [InlineData("MPID,SITE,AUX_CN\nm,0,4\n", 1, null, "no energy column")]
    [InlineData("MPID;ENE_1;ENE_2\nm;1;2\n", 1, null, "semicolons")]
    [InlineData("# c\nENE_1,ENE_x\n1,2\n", 2, "ENE_x", "'x' is not an energy")]
    [InlineData("ENE_1,ENE_NaN\n1,2\n", 1, "ENE_NaN", "'NaN' is not an energy")]
    [InlineData("ENE_1,ENE_\n1,2\n", 1, "ENE_", "not an energy")]
    [InlineData("ENE_1,ENE_3,ENE_2.5\n1,2,3\n", 1, "ENE_2.5", "2.5 eV comes after 3 eV. Sort")]
    [InlineData("ENE_1,ENE_2,ENE_2.0\n1,2,3\n", 1, "ENE_2.0", "duplicate")]
    [InlineData("ENE_1,ENE_1\n1,2\n", 1, "ENE_1", "occurs twice")]
    [InlineData("AUX_CN,AUX_CN,ENE_1,ENE_2\n1,2,3,4\n", 1, "AUX_CN", "occurs twice")]
    [InlineData("mpid,MPID,ENE_1,ENE_2\n1,2,3,4\n", 1, "MPID", "occurs twice")]
    [InlineData("AUX_,ENE_1,ENE_2\n1,2,3\n", 1, "AUX_", "no name")]
    [InlineData("ENE_1\n1\n", 1, "ENE_1", "one energy column")]
    [InlineData("ENE_1,ENE_2\n", null, null, "no rows")]
    [InlineData("ENE_1,ENE_2\n1,2\n\n1\n", 4, null, "this row has 1 cells, the header has 2")]
    [InlineData("ENE_1,ENE_2\n1,2,3,4\n", 2, null, "this row has 4 cells, the header has 2")]
    [InlineData("ENE_1,ENE_2\n1,abc\n", 2, "ENE_2", "not a finite number: 'abc'")]
    [InlineData("ENE_1,ENE_2\n1,NaN\n", 2, "ENE_2", "'NaN'")]
    [InlineData("ENE_1,ENE_2\n1,inf\n", 2, "ENE_2", "'inf'")]
    [InlineData("ENE_1,ENE_2\n1,1e99\n", 2, "ENE_2", "'1e99'")]
    [InlineData("ENE_1,ENE_2\n1,1_0\n", 2, "ENE_2", "'1_0'")]
    [InlineData("ENE_1,ENE_2\n1,\n", 2, "ENE_2", "value is missing")]
    [InlineData("AUX_CN,ENE_1,ENE_2\nfour,1,2\n", 2, "AUX_CN", "'four'")]
    [InlineData("AUX_CN,ENE_1,ENE_2\nInfinity,1,2\n", 2, "AUX_CN", "'Infinity'")]
    [InlineData("MPID,ENE_1,ENE_2\n,1,2\n", 2, "MPID", "identifier is missing")]
    [InlineData("MPID,ENE_1,ENE_2\n\"m,1,2\n", 2, "MPID", "not closed")]
    [InlineData("MPID,ENE_1,ENE_2\n\"m\"x,1,2\n", 2, "MPID", "not closed")]
    [InlineData("\"MPID,ENE_1,ENE_2\nm,1,2\n", 1, "1", "not closed")]
    [InlineData("ELEMENT,ENE_1,ENE_2\ncopper,1,2\n", 2, "ELEMENT", "'copper'")]
    [InlineData("ENE_1,ENE_2\r1,2\r", 1, null, "bare carriage return")]
    [InlineData("ENE_1,ENE_2\n1,2\n\0\0\n", 3, null, "binary")]
    public void Error_says_where_and_what(string text, int? line, string? column, string part)
    {
        using var folder = new TemporaryFolder();
        string path = folder.WriteText("bad.csv", text);
        var e = Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(path));
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.Equal(path, e.InputSource);
        Assert.Equal(line, (int?)e.Line);
        Assert.Equal(column, e.Column);
        Assert.False(string.IsNullOrEmpty(e.Remedy));
    }

    [Fact]
    public void Files_of_other_kinds_are_named()
    {
        using var folder = new TemporaryFolder();
        string Message(byte[] bytes)
        {
            File.WriteAllBytes(folder["x.csv"], bytes);
            return Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(folder["x.csv"])).Message;
        }

        Assert.Contains("not found", Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(folder["none.csv"])).Message, StringComparison.Ordinal);
        Assert.Contains("zip archive", Message([0x50, 0x4b, 3, 4, 0, 0]), StringComparison.Ordinal);
        Assert.Contains("UTF-16", Message(Encoding.Unicode.GetPreamble()), StringComparison.Ordinal);
        Assert.Contains("damaged", Message([0x1f, 0x8b, 8, 0, 1, 2, 3]), StringComparison.Ordinal);
        Assert.Contains("Parquet file is damaged", Message([.. "PAR1"u8, 1, 2, 3]), StringComparison.Ordinal);
        Assert.Contains("not UTF-8", Message([.. "MPID,ENE_1,ENE_2\n"u8, 0xff, .. ",1,2\n"u8]), StringComparison.Ordinal);
        Assert.Contains("not UTF-8", Message([0xff, .. ",ENE_1,ENE_2\n"u8]), StringComparison.Ordinal);
    }

    [Fact]
    public void Truncated_gzip_is_an_error_wherever_it_is_cut()
    {
        using var folder = new TemporaryFolder();
        string text = "ENE_1,ENE_2\n" + string.Concat(Enumerable.Range(0, 300).Select(i => $"{i},{i * 7 % 13}\n"));
        byte[] whole = File.ReadAllBytes(folder.WriteGzip("t.csv.gz", text));
        for (int length = 2; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder["cut"], whole[..length]);
            var e = Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(folder["cut"]));
            Assert.Contains("cut off", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Flipped_bits_in_a_gzip_checksum_are_noticed()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(folder.WriteGzip("t.csv.gz", "ENE_1,ENE_2\n1,2\n"));
        whole[^6] ^= 1;
        File.WriteAllBytes(folder["t"], whole);
        Assert.Contains("damaged", Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(folder["t"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Joined_gzip_files_are_one_table_until_the_last_is_cut()
    {
        using var folder = new TemporaryFolder();
        byte[] a = File.ReadAllBytes(folder.WriteGzip("a", "ENE_1,ENE_2\n1,2\n"));
        byte[] b = File.ReadAllBytes(folder.WriteGzip("b", "3,4\n5,6\n"));
        File.WriteAllBytes(folder["ab"], [.. a, .. b]);
        Assert.Equal([1f, 2, 3, 4, 5, 6], SpectraTableReader.Read(folder["ab"]).Spectra.ToArray());
        File.WriteAllBytes(folder["cut"], [.. a, .. b[..^3]]);
        Assert.Contains("cut off", Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(folder["cut"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Endless_line_and_too_many_columns_stop_at_the_limit()
    {
        using var folder = new TemporaryFolder();
        using (var gzip = new GZipStream(File.Create(folder["bomb.csv.gz"]), CompressionLevel.Fastest))
        {
            var block = new byte[1 << 20];
            block.AsSpan().Fill((byte)'1');
            for (int i = 0; i < 40; i++)
                gzip.Write(block);
        }

        Assert.Contains("longer than", Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(folder["bomb.csv.gz"])).Message, StringComparison.Ordinal);
        string wide = folder.WriteText("wide.csv", string.Concat(Enumerable.Repeat(",", 70_000)) + "\n");
        Assert.Contains("more than 65536 columns", Assert.Throws<XanesDataException>(() => SpectraTableReader.Read(wide)).Message, StringComparison.Ordinal);
    }

    // Whatever bytes come, the reader answers with a table or with our own error, and never with another exception.
    [Fact]
    public void Damaged_bytes_never_escape_as_foreign_exceptions()
    {
        using var folder = new TemporaryFolder();
        byte[] plain = Encoding.UTF8.GetBytes("# c\nMPID,SITE,ELEMENT,AUX_CN,ENE_8985,ENE_8986.5\n\"a,b\",0,Cu,4,0.1,0.2\nmp-2,1,,,3,4e-1\n");
        byte[] packed = File.ReadAllBytes(folder.WriteGzip("t.csv.gz", Encoding.UTF8.GetString(plain)));
        int tables = 0, errors = 0;
        var change = Gen.Select(Gen.Bool, Gen.Int[0, 10_000], Gen.Byte, Gen.Bool);
        change.Array[1, 4].Sample(edits =>
        {
            var bytes = (edits[0].Item1 ? packed : plain).ToList();
            foreach (var (_, at, value, insert) in edits)
                if (insert)
                    bytes.Insert(at % bytes.Count, value);
                else
                    bytes[at % bytes.Count] = value;
            string path = folder[Guid.NewGuid().ToString("N")];
            File.WriteAllBytes(path, [.. bytes]);
            try
            {
                SpectraTableReader.Read(path);
                Interlocked.Increment(ref tables);
            }
            catch (XanesDataException)
            {
                Interlocked.Increment(ref errors);
            }
        }, iter: 1000);
        Assert.True(tables > 20 && errors > 20, $"{tables} tables, {errors} errors: the sample is one-sided");
    }
}
