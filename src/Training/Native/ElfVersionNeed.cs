using System.Buffers.Binary;
using System.Text;

namespace XanesMl.Training.Native;

/// <summary>What became of a request to make a version need weak.</summary>
internal enum VersionNeedOutcome
{
    /// <summary>The need was found and is weak now.</summary>
    Weakened,

    /// <summary>The need was found and was weak already.</summary>
    AlreadyWeak,

    /// <summary>The file does not need that version.</summary>
    Absent,

    /// <summary>Something real depends on the version, so that the file must stay as it is.</summary>
    Refused,

    /// <summary>Not a 64-bit little-endian ELF file, or a damaged one.</summary>
    Malformed,
}

/// <summary>Outcome and, in words, the reason.</summary>
internal readonly record struct VersionNeedResult(VersionNeedOutcome Outcome, string Detail);

/// <summary>Marks one needed symbol version of an ELF shared object as weak, so that the dynamic loader does not refuse the file where the version is missing.</summary>
/// <remarks>Layouts: System V ABI, ELF-64 object file format; Linux Standard Base 5.0, "Symbol Versioning" (Elfxx_Verneed, Elfxx_Vernaux, VER_FLG_WEAK = 2).
/// The change is made only where it cannot matter: every symbol of that version must be on the caller's list of markers and no relocation may use it.</remarks>
internal static class ElfVersionNeed
{
    private const uint SectionRela = 4, SectionRel = 9, SectionDynamicSymbols = 11, SectionVersionNeed = 0x6ffffffe, SectionVersionSymbols = 0x6fffffff;
    private const ushort WeakFlag = 2;
    private const int MaxVersions = 4096;

    /// <summary>Marks the need weak in place.</summary>
    /// <param name="file">The whole shared object; changed by one bit, and only when the outcome is Weakened.</param>
    /// <param name="version">Version name, "GLIBCXX_3.4.32".</param>
    /// <param name="markers">Symbols that may carry the version because nothing looks them up.</param>
    public static VersionNeedResult Weaken(Span<byte> file, string version, IReadOnlyCollection<string> markers)
    {
        try
        {
            return WeakenChecked(file, version, markers);
        }
        catch (InvalidDataException e)
        {
            return new(VersionNeedOutcome.Malformed, e.Message);
        }
    }

    private static VersionNeedResult WeakenChecked(Span<byte> file, string version, IReadOnlyCollection<string> markers)
    {
        if (file.Length < 64 || !file[..4].SequenceEqual("\u007fELF"u8))
            throw new InvalidDataException($"{file.Length} bytes without an ELF header");
        if (file[4] != 2 || file[5] != 1)
            throw new InvalidDataException("not a 64-bit little-endian ELF file");

        List<Section> sections = Sections(file);
        int need = sections.FindIndex(s => s.Type == SectionVersionNeed);
        if (need < 0)
            return new(VersionNeedOutcome.Absent, "the file needs no symbol versions");
        if (FindNeed(file, sections, sections[need], version) is not { } found)
            return new(VersionNeedOutcome.Absent, $"the file does not need version {version}");
        if ((found.Flags & WeakFlag) != 0)
            return new(VersionNeedOutcome.AlreadyWeak, $"the need of {version} is weak already");
        if (RealUse(file, sections, found.Index, markers) is { } use)
            return new(VersionNeedOutcome.Refused, $"{use} depends on {version}");

        BinaryPrimitives.WriteUInt16LittleEndian(file[(int)found.FlagsOffset..], (ushort)(found.Flags | WeakFlag));
        return new(VersionNeedOutcome.Weakened, $"the need of {version} is weak now");
    }

    private static List<Section> Sections(ReadOnlySpan<byte> file)
    {
        ulong table = U64(file, 0x28);
        int size = U16(file, 0x3A), count = U16(file, 0x3C);
        if (count > 0 && size < 64)
            throw new InvalidDataException($"section headers of {size} bytes, 64 expected");
        var sections = new List<Section>(count);
        for (int i = 0; i < count; i++)
        {
            ulong at = checked(Offset(table) + ((ulong)i * (ulong)size));
            _ = At(file, at, 64);
            sections.Add(new(U32(file, at + 4), Offset(U64(file, at + 24)), Offset(U64(file, at + 32)), U32(file, at + 40)));
        }

        return sections;
    }

    private static Need? FindNeed(ReadOnlySpan<byte> file, List<Section> sections, Section need, string version)
    {
        ulong strings = Linked(sections, need).Start;
        int seen = 0;
        for (ulong record = need.Start; ;)
        {
            int count = U16(file, record + 2);
            ulong entry = record + U32(file, record + 8);
            for (int k = 0; k < count; k++)
            {
                if (++seen > MaxVersions)
                    throw new InvalidDataException($"more than {MaxVersions} needed versions");
                if (Text(file, strings + U32(file, entry + 8)) == version)
                    return new(entry + 4, U16(file, entry + 4), U16(file, entry + 6));
                uint step = U32(file, entry + 12);
                if (step == 0)
                    break;
                entry += step;
            }

            uint next = U32(file, record + 12);
            if (next == 0)
                return null;
            if (++seen > MaxVersions)
                throw new InvalidDataException($"more than {MaxVersions} needed versions");
            record += next;
        }
    }

    /// <summary>Names what the loader would look up in that version, or null.</summary>
    private static string? RealUse(ReadOnlySpan<byte> file, List<Section> sections, ushort index, IReadOnlyCollection<string> markers)
    {
        int symbols = sections.FindIndex(s => s.Type == SectionDynamicSymbols), versions = sections.FindIndex(s => s.Type == SectionVersionSymbols);
        if (symbols < 0 || versions < 0)
            throw new InvalidDataException("version needs without dynamic symbols");
        Section table = sections[symbols], map = sections[versions];
        ulong strings = Linked(sections, table).Start;
        var marked = new HashSet<ulong>();
        for (ulong i = 0; i < map.Size / 2; i++)
        {
            // Bit 15 hides a symbol; the version index is the rest.
            if ((U16(file, map.Start + (2 * i)) & 0x7fff) != index)
                continue;
            string name = Text(file, strings + U32(file, table.Start + (24 * i)));
            if (!markers.Contains(name))
                return "symbol " + name;
            marked.Add(i);
        }

        foreach (Section s in sections)
        {
            if (s.Type is not (SectionRela or SectionRel) || s.Link != (uint)symbols)
                continue;
            ulong size = s.Type == SectionRela ? 24u : 16u;
            for (ulong at = 0; at + size <= s.Size; at += size)
                if (marked.Contains(U64(file, s.Start + at + 8) >> 32))
                    return "a relocation";
        }

        return null;
    }

    private static Section Linked(List<Section> sections, Section s) =>
        s.Link < (uint)sections.Count ? sections[(int)s.Link] : throw new InvalidDataException($"section link {s.Link} beyond the {sections.Count} sections");

    /// <summary>Offsets above 2^40 cannot be in the file; refusing them here keeps the sums below from wrapping.</summary>
    private static ulong Offset(ulong value) => value < 1UL << 40 ? value : throw new InvalidDataException($"offset {value} beyond any file");

    private static ReadOnlySpan<byte> At(ReadOnlySpan<byte> file, ulong offset, int length) =>
        offset <= (ulong)file.Length && (ulong)length <= (ulong)file.Length - offset
            ? file.Slice((int)offset, length) : throw new InvalidDataException($"offset {offset} beyond the file of {file.Length} bytes");

    private static ushort U16(ReadOnlySpan<byte> file, ulong offset) => BinaryPrimitives.ReadUInt16LittleEndian(At(file, offset, 2));

    private static uint U32(ReadOnlySpan<byte> file, ulong offset) => BinaryPrimitives.ReadUInt32LittleEndian(At(file, offset, 4));

    private static ulong U64(ReadOnlySpan<byte> file, ulong offset) => BinaryPrimitives.ReadUInt64LittleEndian(At(file, offset, 8));

    private static string Text(ReadOnlySpan<byte> file, ulong offset)
    {
        ReadOnlySpan<byte> rest = file[(int)Math.Min(offset, (ulong)file.Length)..];
        int end = rest[..Math.Min(rest.Length, 4096)].IndexOf((byte)0);
        return end >= 0 ? Encoding.UTF8.GetString(rest[..end]) : throw new InvalidDataException($"text at {offset} without an end");
    }

    private readonly record struct Section(uint Type, ulong Start, ulong Size, uint Link);

    private readonly record struct Need(ulong FlagsOffset, ushort Flags, ushort Index);
}
