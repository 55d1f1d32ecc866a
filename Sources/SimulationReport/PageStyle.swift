/// The page's looks: light and dark as the reader's system has it.
enum PageStyle {
    static let css = """
        :root {
          color-scheme: light dark;
          --paper: #fbfbfa; --card: #ffffff; --ink: #1d2126; --soft: #69717c; --faint: #a3aab4;
          --line: #e4e6e9; --grid: #eceef0; --lane: #eef0f2; --calm: #eef6f0;
          --run: #2f6fde; --area: #2f6fde26; --desired: #69717c; --minimum: #d08a1d;
          --bad: #d13c3c; --short: #d13c3c26; --good: #2b8a4b; --roll: #7a52c7;
          --down: #c9433f; --agent: #8e7ad6; --paused: #d9a13b; --cut: #3d9aa8; --slow: #9fb4c4;
          --blip: #7d8794; --lost: #1d2126; --on-band: #ffffff;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #14171b; --card: #1b1f25; --ink: #e6e8eb; --soft: #98a1ac; --faint: #67707b;
            --line: #2b3038; --grid: #242930; --lane: #22272e; --calm: #17241d;
            --run: #6ea1ff; --area: #6ea1ff2e; --desired: #98a1ac; --minimum: #e3ab4c;
            --bad: #f0716c; --short: #f0716c33; --good: #5cc07d; --roll: #ae8ef2;
            --down: #d9605b; --agent: #8f7fd0; --paused: #c4923a; --cut: #3c8f9c; --slow: #5f7485;
            --blip: #8b95a1; --lost: #f2f4f6; --on-band: #14171b;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
        main { max-width: 1184px; margin: 0 auto; padding: 36px 32px 56px; }
        h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; font-weight: 650; }
        h2 { font-size: 15px; margin: 36px 0 10px; font-weight: 650; }
        p { margin: 0; } .lead { color: var(--soft); max-width: 900px; }
        .cards { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px;
          margin: 24px 0 0; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: 14px 16px 12px; min-width: 0; }
        .card b { display: block; font-size: 26px; line-height: 1.25; font-weight: 600;
          font-variant-numeric: tabular-nums; }
        .card span { color: var(--soft); font-size: 13px; display: block; }
        .card .label { font-size: 12.5px; margin-bottom: 2px; }
        .card.bad b { color: var(--bad); } .card.good b { color: var(--good); }
        .first { margin: 12px 0 0; border-left: 3px solid var(--faint); padding: 2px 0 2px 14px;
          overflow-wrap: anywhere; }
        .first.bad { border-color: var(--bad); } .first.good { border-color: var(--good); }
        .first b { font-weight: 600; }
        figure { margin: 12px 0 0; background: var(--card); border: 1px solid var(--line);
          border-radius: 10px; padding: 18px 16px 12px; }
        figcaption { display: flex; flex-wrap: wrap; gap: 4px 18px; color: var(--soft);
          font-size: 12.5px; margin: 0 0 14px; }
        figcaption i { display: inline-block; width: 14px; height: 9px; border-radius: 2px;
          margin-right: 6px; vertical-align: 0; }
        figcaption i.thin { height: 3px; vertical-align: 3px; }
        svg { display: block; width: 100%; height: auto; }
        svg text { font-size: 11px; fill: var(--soft); }
        svg .name { font-size: 13px; font-weight: 650; fill: var(--ink); }
        svg .note { font-weight: 400; font-size: 11.5px; fill: var(--soft); }
        svg .tick { font-variant-numeric: tabular-nums; fill: var(--faint); }
        svg .lane-name { fill: var(--soft); }
        .grid { stroke: var(--grid); } .scale { stroke: var(--line); stroke-width: .7; }
        .calm { fill: var(--calm); } .lane { fill: var(--lane); }
        .area { fill: var(--area); } .short { fill: var(--short); }
        .running { fill: none; stroke: var(--run); stroke-width: 1.6; stroke-linejoin: round; }
        .desired { fill: none; stroke: var(--desired); stroke-width: 1; stroke-dasharray: 5 4; }
        .minimum { fill: none; stroke: var(--minimum); stroke-width: 1; stroke-dasharray: 1.5 3; }
        .rollout { fill: var(--roll); } .rollout-end { fill: var(--roll); }
        .loss { fill: var(--bad); }
        .band { fill-opacity: .92; } .band-label { font-size: 10px !important; }
        svg .band-label { fill: var(--on-band); pointer-events: none; }
        .down { fill: var(--down); background: var(--down); }
        .agent { fill: var(--agent); background: var(--agent); }
        .paused { fill: var(--paused); background: var(--paused); }
        .cut { fill: var(--cut); background: var(--cut); }
        .slow { fill: var(--slow); background: var(--slow); }
        .blip { fill: var(--blip); background: var(--blip); }
        .lost { fill: var(--lost); background: var(--lost); }
        .key-run { background: var(--run); } .key-desired { background: var(--desired); }
        .key-minimum { background: var(--minimum); } .key-short { background: var(--short); }
        .key-roll { background: var(--roll); } .key-loss { background: var(--bad); }
        table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 14px;
          background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
        th { text-align: left; font-weight: 500; color: var(--soft); font-size: 12.5px; }
        th, td { padding: 7px 14px; border-top: 1px solid var(--line); vertical-align: top; }
        tr:first-child th { border-top: 0; }
        .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        td { overflow-wrap: anywhere; }
        th:first-child, td:first-child { text-align: left; }
        code { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
        pre { margin: 0; background: var(--card); border: 1px solid var(--line);
          border-radius: 10px; padding: 12px 16px; white-space: pre-wrap; overflow-wrap: anywhere; }
        @media (max-width: 860px) { .cards { grid-template-columns: repeat(2, 1fr); } }
        @media print { main { padding: 0; } figure, .card, table { break-inside: avoid; } }
        """
}
