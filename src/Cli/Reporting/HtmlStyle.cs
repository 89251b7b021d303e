namespace XanesMl.Cli.Reporting;

/// <summary>The style sheet of every page that this program writes.</summary>
/// <remarks>Light and dark follow the reader's system. What is wider than the window scrolls within its own box, whose edges are shaded as long as there is more beyond them; panels of a figure restack, so that a phone shows
/// one beside none. Figures are drawn for paper and stay on white cards in the dark: their colours mean something.</remarks>
internal static class HtmlStyle
{
    /// <summary>CSS without any reference to another file.</summary>
    public const string Css = """
        :root { color-scheme: light dark; --ink: #1a1a1a; --soft-ink: #555; --paper: #ffffff; --rule: #d4d4d4; --soft: #f4f5f6; --accent: #00527f; --warn: #9a3d00; --warn-soft: #fff4ea; --more: rgba(0, 0, 0, .38); }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --soft-ink: #b4b4b4; --paper: #161718; --rule: #45484b; --soft: #222427; --accent: #7cc4f0; --warn: #ffb27a; --warn-soft: #33261c; --more: rgba(255, 255, 255, .5); } }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { font: 16px/1.55 system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; color: var(--ink); background: var(--paper); max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: break-word; }
        h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .4rem; }
        h2 { font-size: 1.3rem; margin: 2.6rem 0 .8rem; padding-top: .9rem; border-top: 1px solid var(--rule); }
        h3 { font-size: 1.05rem; margin: 1.6rem 0 .5rem; }
        p, ul, ol { margin: .6rem 0; max-width: 48rem; }
        li { margin: .25rem 0; }
        a { color: var(--accent); }
        .lead { color: var(--soft-ink); }
        .note { font-size: .9rem; color: var(--soft-ink); }
        .summary { background: var(--soft); border-left: 4px solid var(--accent); padding: .6rem 1.1rem; margin: 1.2rem 0; max-width: 52rem; }
        .summary p { margin: .5rem 0; }
        .warning { background: var(--warn-soft); border-left: 4px solid var(--warn); padding: .6rem 1.1rem; margin: 1rem 0; max-width: 52rem; }
        nav { margin: 1.2rem 0; }
        nav ol { columns: 2 17rem; padding-left: 1.6rem; max-width: 52rem; }
        nav li { margin: 0; padding: .15rem 0; break-inside: avoid; }
        .scroll { overflow-x: auto; margin: 1rem 0; background: linear-gradient(to right, var(--paper) 60%, transparent) left / 2.4rem 100% no-repeat local, linear-gradient(to left, var(--paper) 60%, transparent) right / 2.4rem 100% no-repeat local, linear-gradient(to right, var(--more), transparent) left / .9rem 100% no-repeat scroll, linear-gradient(to left, var(--more), transparent) right / .9rem 100% no-repeat scroll; }
        .sideways { display: none; font-size: .85rem; color: var(--soft-ink); margin: .6rem 0 .2rem; }
        @media (max-width: 32rem) { .sideways { display: block; } .sideways + .scroll, .sideways + .wide { margin-top: .2rem; } }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
        th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: top; }
        th { font-weight: 600; }
        th.words, td.words, th:first-child, td:first-child { text-align: left; }
        thead tr:first-child:not(:last-child) th { text-align: center; color: var(--soft-ink); }
        thead tr:last-child th { border-bottom: 2px solid var(--ink); }
        tr.marked td { background: var(--warn-soft); }
        tr.strong td { font-weight: 700; }
        td { white-space: nowrap; }
        td.words { min-width: 12rem; white-space: normal; }
        td.words.short { min-width: 0; white-space: nowrap; }
        figure { margin: 1.6rem 0; }
        .panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: .6rem; }
        .panels > div, .card { background: #ffffff; border: 1px solid var(--rule); border-radius: 4px; overflow: hidden; }
        .panels svg, .panels img, .card svg, .card img { width: 100%; height: auto; display: block; }
        .wide { overflow-x: auto; }
        figcaption { font-size: .9rem; color: var(--soft-ink); margin-top: .5rem; max-width: 60rem; }
        figcaption b { color: var(--ink); }
        pre { background: var(--soft); padding: .8rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; line-height: 1.4; max-width: 100%; }
        details { margin: .8rem 0; }
        summary { cursor: pointer; color: var(--accent); }
        @media (max-width: 32rem) { body { padding: 1rem .75rem 3rem; } h1 { font-size: 1.4rem; } th, td { padding: .25rem .45rem; } }
        @media print { nav { display: none; } figure { break-inside: avoid; } body { max-width: none; } }
        """;
}
