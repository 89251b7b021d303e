using System.Buffers.Binary;
using System.Text;
using Xunit;
using XanesMl.Training.Native;

namespace XanesMl.Training.Tests.Native;

/// <summary>Oracle: files laid out by hand after the ELF-64 and Linux Standard Base structures, see <see cref="Craft"/>.</summary>
public sealed class ElfVersionNeedTests
{
    private const string Version = "GLIBCXX_3.4.32", Marker = "marker_v";
    private const int FlagsOffset = 256 + 16 + 16 + 4;

    [Fact]
    public void Weaken_sets_one_bit_of_the_asked_version()
    {
        byte[] file = Craft(), before = [.. file];
        Assert.Equal(VersionNeedOutcome.Weakened, ElfVersionNeed.Weaken(file, Version, [Marker]).Outcome);
        int[] changed = [.. Enumerable.Range(0, file.Length).Where(i => file[i] != before[i])];
        Assert.Equal([FlagsOffset], changed);
        Assert.Equal(2, file[FlagsOffset]);
        Assert.Equal(VersionNeedOutcome.AlreadyWeak, ElfVersionNeed.Weaken(file, Version, [Marker]).Outcome);
    }

    [Fact]
    public void Weaken_refuses_when_a_real_symbol_has_the_version()
    {
        byte[] file = Craft(), before = [.. file];
        VersionNeedResult result = ElfVersionNeed.Weaken(file, Version, ["other"]);
        Assert.Equal(VersionNeedOutcome.Refused, result.Outcome);
        Assert.Contains(Marker, result.Detail, StringComparison.Ordinal);
        Assert.Equal(before, file);
    }

    [Fact]
    public void Weaken_refuses_when_a_relocation_uses_the_marker()
    {
        byte[] file = Craft(relocated: 1);
        VersionNeedResult result = ElfVersionNeed.Weaken(file, Version, [Marker]);
        Assert.Equal(VersionNeedOutcome.Refused, result.Outcome);
        Assert.Contains("relocation", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Weaken_leaves_a_file_without_the_version_alone()
    {
        byte[] file = Craft(), before = [.. file];
        Assert.Equal(VersionNeedOutcome.Absent, ElfVersionNeed.Weaken(file, "GLIBCXX_9", [Marker]).Outcome);
        Assert.Equal(before, file);
    }

    [Fact]
    public void Weaken_calls_every_truncation_malformed()
    {
        byte[] whole = Craft();
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            VersionNeedResult result = ElfVersionNeed.Weaken(cut, Version, [Marker]);
            Assert.True(result.Outcome == VersionNeedOutcome.Malformed, $"{length} bytes: {result}");
            Assert.NotEmpty(result.Detail);
        }
    }

    [Fact]
    public void Weaken_survives_random_damage()
    {
        var random = new Random(1);
        byte[] whole = Craft();
        var outcomes = new HashSet<VersionNeedOutcome>();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] file = [.. whole];
            for (int k = 0; k < 1 + (i % 8); k++)
                file[random.Next(file.Length)] = (byte)random.Next(256);
            byte[] before = [.. file];
            VersionNeedResult result = ElfVersionNeed.Weaken(file, Version, [Marker]);
            outcomes.Add(result.Outcome);
            if (result.Outcome != VersionNeedOutcome.Weakened)
                Assert.Equal(before, file);
        }

        Assert.Contains(VersionNeedOutcome.Malformed, outcomes);
        Assert.Contains(VersionNeedOutcome.Weakened, outcomes);
    }

    /// <summary>Header at 0, strings at 64, dynamic symbols at 128 (none, marker, other), version map at 200, one relocation at 216,
    /// version needs at 256 (one file with two versions), six section headers at 320.</summary>
    private static byte[] Craft(int relocated = 2)
    {
        byte[] f = new byte[320 + (6 * 64)];
        void U16(int at, int v) => BinaryPrimitives.WriteUInt16LittleEndian(f.AsSpan(at), (ushort)v);
        void U32(int at, uint v) => BinaryPrimitives.WriteUInt32LittleEndian(f.AsSpan(at), v);
        void U64(int at, ulong v) => BinaryPrimitives.WriteUInt64LittleEndian(f.AsSpan(at), v);
        "\u007fELF"u8.CopyTo(f);
        f[4] = 2;
        f[5] = 1;
        U64(0x28, 320);
        U16(0x3A, 64);
        U16(0x3C, 6);
        Encoding.ASCII.GetBytes($"\0{Marker}\0other\0GLIBCXX_3.4\0{Version}\0").CopyTo(f, 64);
        uint marker = 1, other = marker + (uint)Marker.Length + 1, old = other + 6, wanted = old + 12;
        U32(128 + 24, marker);
        U32(128 + 48, other);
        U16(200 + 2, 3);
        U16(200 + 4, 2);
        U64(216 + 8, ((ulong)relocated << 32) | 6);
        U16(256, 1);
        U16(256 + 2, 2);
        U32(256 + 8, 16);
        U16(272 + 6, 2);
        U32(272 + 8, old);
        U32(272 + 12, 16);
        U16(288 + 6, 3);
        U32(288 + 8, wanted);
        void Section(int i, uint type, ulong start, ulong size, uint link)
        {
            U32(320 + (i * 64) + 4, type);
            U64(320 + (i * 64) + 24, start);
            U64(320 + (i * 64) + 32, size);
            U32(320 + (i * 64) + 40, link);
        }

        Section(1, 3, 64, 64, 0);
        Section(2, 11, 128, 72, 1);
        Section(3, 0x6fffffff, 200, 6, 2);
        Section(4, 4, 216, 24, 2);
        Section(5, 0x6ffffffe, 256, 48, 1);
        return f;
    }
}
