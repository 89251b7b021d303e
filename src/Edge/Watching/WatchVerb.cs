namespace XanesMl.Edge.Watching;
internal sealed class WatchVerb { public const int Interrupted = 130; }
