global using XanesMl.Verbs;
global using Xunit;
