using XanesMl.Edge.Watching;
using Xunit;

namespace XanesMl.Edge.Tests.Watching;

/// <summary>The rules of the remarks of <see cref="WatchState"/>, with listings and times made up here: settle 3 s, retries after 1, 2, 4, ... at most 10 s.</summary>
public sealed class WatchStateTests
{
    private readonly WatchState _state = new(Seconds(3), Seconds(1), Seconds(10));

    [Fact]
    public void A_file_is_taken_once_when_it_has_been_the_same_for_the_settling_time()
    {
        Assert.Equal("", Taken(0, F("a", 5)));
        Assert.Equal(Seconds(3), _state.NextDue);
        Assert.Equal("", Taken(2.9, F("a", 5)));
        Assert.Equal("a", Taken(3, F("a", 5)));
        _state.Finish(F("a", 5));
        Assert.Equal("", Taken(9, F("a", 5)));
        Assert.True(_state.IsIdle);
        Assert.Null(_state.NextDue);
    }

    [Fact]
    public void A_file_that_is_being_written_waits_until_size_and_time_rest()
    {
        for (int i = 0; i < 10; i++)
            Assert.Equal("", Taken(i, F("a", 5 + i)));
        Assert.Equal("", Taken(10, F("a", 14, modified: 1)));
        Assert.Equal("", Taken(12.9, F("a", 14, modified: 1)));
        Assert.Equal("a", Taken(13, F("a", 14, modified: 1)));
    }

    [Fact]
    public void A_listing_that_comes_late_settles_nothing_that_it_did_not_see_before()
    {
        Taken(0, F("a", 5));
        Assert.Equal("", Taken(100, F("a", 6)));
        Assert.Equal("a", Taken(103, F("a", 6)));
    }

    [Fact]
    public void An_untaken_or_unfinished_file_is_offered_again_with_every_listing()
    {
        Taken(0, F("a", 5));
        Assert.Equal("a", Taken(3, F("a", 5)));
        Assert.Equal("a", Taken(3.1, F("a", 5)));
    }

    [Fact]
    public void A_changed_file_is_taken_again_and_a_touched_one_too()
    {
        Do(0, F("a", 5));
        Assert.Equal("a", Do(3, F("a", 5)));
        Assert.Equal("", Do(4, F("a", 7)));
        Assert.Equal("a", Do(7, F("a", 7)));
        Assert.Equal("", Do(8, F("a", 7, modified: 9)));
        Assert.Equal("a", Do(11, F("a", 7, modified: 9)));
    }

    [Fact]
    public void A_change_between_listing_and_end_of_work_is_not_lost()
    {
        Taken(0, F("a", 5));
        Assert.Equal("a", Taken(3, F("a", 5)));
        Taken(3.5, F("a", 6));
        _state.Finish(F("a", 5));
        Assert.Equal("a", Taken(6.5, F("a", 6)));
    }

    [Fact]
    public void A_vanished_file_is_forgotten_and_settles_anew_when_it_is_back()
    {
        Taken(0, F("a", 5));
        Assert.Equal("", Taken(3));
        Assert.True(_state.IsIdle);
        Assert.Equal("", Taken(4, F("a", 5)));
        Assert.Equal("a", Taken(7, F("a", 5)));
        Taken(8);
        _state.Finish(F("a", 5));
        Assert.False(_state.Postpone(F("a", 5), Seconds(8)));
        Assert.True(_state.IsIdle);
    }

    [Fact]
    public void An_empty_file_waits_for_content_and_counts_as_nothing_to_do()
    {
        Taken(0, F("a", 0));
        Assert.Equal("", Taken(50, F("a", 0)));
        Assert.Equal((true, 1, null), (_state.IsIdle, _state.EmptyFiles, _state.NextDue));
        Taken(51, F("a", 1));
        Assert.Equal("a", Taken(54, F("a", 1)));
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_tried_again_after_doubling_waits_and_reported_once()
    {
        var a = F("a", 5);
        Taken(0, a);
        double now = 3;
        var reports = new List<bool>();
        foreach (double wait in new double[] { 1, 2, 4, 8, 10, 10 })
        {
            Assert.Equal("a", Taken(now, a));
            reports.Add(_state.Postpone(a, Seconds(now)));
            Assert.Equal("", Taken(now + wait - 0.01, a));
            Assert.False(_state.IsIdle);
            now += wait;
        }

        Assert.Equal([false, true, false, false, false, false], reports);
        Taken(now, F("a", 6));
        Assert.Equal("a", Taken(now + 3, F("a", 6)));
        Assert.False(_state.Postpone(F("a", 6), Seconds(now + 3)));
        Assert.True(_state.Postpone(F("a", 6), Seconds(now + 4)));
    }

    [Fact]
    public void Files_whose_results_are_lost_are_taken_again_at_once_those_named_or_all()
    {
        FileSight[] files = [F("a", 5), F("b", 5), F("c", 5)];
        Do(0, files);
        Assert.Equal("a b c", Do(3, files));
        _state.Reopen(new HashSet<string> { "b", "absent" });
        Assert.Equal("b", string.Join(' ', _state.Waiting));
        Assert.Equal("b", Do(3.1, files));
        _state.Reopen(null);
        Assert.Equal("a b c", Do(3.2, files));
        Assert.Equal("", Do(3.3, files));
    }

    [Fact]
    public void A_file_that_changed_while_it_was_read_settles_anew()
    {
        Taken(0, F("a", 5));
        Assert.Equal("a", Taken(3, F("a", 5)));
        _state.Unsettle(F("a", 5), Seconds(3.5));
        Assert.Equal("", Taken(6.4, F("a", 5)));
        Assert.Equal("a", Taken(6.5, F("a", 5)));
    }

    [Fact]
    public void The_oldest_file_comes_first_then_the_name()
    {
        FileSight[] files = [F("c", 1, 30), F("b", 1, 10), F("d", 1, 20), F("a", 1, 30)];
        Taken(0, files);
        Assert.Equal("b d a c", Taken(3, files));
    }

    [Fact]
    public void Without_admission_new_files_are_left_and_known_ones_followed()
    {
        Taken(0, F("a", 5));
        _state.Observe([F("a", 6), F("b", 1)], Seconds(1), admitNew: false);
        _state.Observe([F("a", 6), F("b", 1)], Seconds(4), admitNew: false);
        Assert.Equal("a", Ready());
    }

    /// <summary>Any history of writes, deletions and listings: a file that rests is taken within one settling time, and nothing is taken that has not rested.</summary>
    [Fact]
    public void Random_histories_take_exactly_what_has_rested()
    {
        var random = new Random(7);
        var files = new Dictionary<string, (FileSight Sight, double Since, bool Done)>();
        int taken = 0;
        for (double now = 0; now < 2000; now += 0.1 + random.NextDouble())
        {
            string name = ((char)('a' + random.Next(6))).ToString();
            if (random.Next(4) == 0)
                files.Remove(name);
            else if (random.Next(2) == 0)
                files[name] = (F(name, random.Next(1, 5), random.Next()), now, false);
            string[] expected = [.. files.Where(f => !f.Value.Done && now >= f.Value.Since + 3).Select(f => f.Key).Order()];
            _state.Observe([.. files.Values.Select(f => f.Sight)], Seconds(now));
            var got = new List<string>();
            while (_state.TryTake(out var sight))
            {
                got.Add(sight.Path);
                if (random.Next(3) == 0)
                    continue;
                _state.Finish(sight);
                files[sight.Path] = files[sight.Path] with { Done = true };
            }

            Assert.Equal(expected, got.Order());
            taken += got.Count;
        }

        Assert.InRange(taken, 100, 10_000);
    }

    private static TimeSpan Seconds(double s) => TimeSpan.FromSeconds(s);

    private static FileSight F(string path, long length, long modified = 0) => new(path, length, modified);

    private string Taken(double now, params FileSight[] listing)
    {
        _state.Observe(listing, Seconds(now));
        return Ready();
    }

    private string Do(double now, params FileSight[] listing)
    {
        string taken = Taken(now, listing);
        foreach (var sight in listing.Where(s => taken.Split(' ').Contains(s.Path)))
            _state.Finish(sight);
        return taken;
    }

    private string Ready()
    {
        var taken = new List<string>();
        while (_state.TryTake(out var sight))
            taken.Add(sight.Path);
        return string.Join(' ', taken);
    }
}
