using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("XanesMl.Training.Tests")]
