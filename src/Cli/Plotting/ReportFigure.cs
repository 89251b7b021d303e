namespace XanesMl.Cli.Plotting;

/// <summary>A figure with the numbers behind it.</summary>
/// <param name="Figure">The drawing.</param>
/// <param name="Csv">Text of plots/NAME.csv: every number that is drawn, also of points that a drawing leaves out for its size.</param>
internal sealed record ReportFigure(Figure Figure, string Csv);
