"""Draws a run's results: `plot.py RESULTS.json OUT.svg`. Above, requests a second of DynamoDB's lines beside the bare server and the
peers; below, how near every aim is. Follows the reader's light or dark."""

import html
import json
import math
import pathlib
import sys

from table import number

WIDTH, MARGIN, NAMES = 1000, 24, 340  # NAMES: where the drawing begins, right of the names
BEHIND_BARS, BEHIND_AIMS = 150, 280  # for what is written there
BAR, GAP = 13, 14  # height of a bar, space between groups
ROW = 21
CONNECTIONS = 16
FARTHEST = 2.5  # how many doublings from its aim the axis shows

STYLE = """
:root { --ground: #ffffff; --ink: #1f2328; --faint: #59636e; --rule: #d1d9e0; --bare: #a3adb8; --ours: #0b6bcb; --missed: #c2410c;
        --peer0: #7c5cc4; --peer1: #2f8f6b; --peer2: #b7791f; --peer3: #b4468a; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --ink: #e6edf3; --faint: #9198a1; --rule: #3d444d; --bare: #656c76; --ours: #4aa3ff; --missed: #f0883e;
          --peer0: #a78bfa; --peer1: #4fb98f; --peer2: #e0a84a; --peer3: #e07bb5; }
}
.ground { fill: var(--ground); } .rule { stroke: var(--rule); } .aim { stroke: var(--ink); stroke-dasharray: 3 3; }
text { fill: var(--ink); font: 13px system-ui, sans-serif; } .faint { fill: var(--faint); font-size: 12px; } .title { font-weight: 600; font-size: 15px; }
.bare { fill: var(--bare); } .ours { fill: var(--ours); } .missed { fill: var(--missed); }
.peer0 { fill: var(--peer0); } .peer1 { fill: var(--peer1); } .peer2 { fill: var(--peer2); } .peer3 { fill: var(--peer3); }
"""


class Drawing:
    def __init__(self):
        self.parts, self.y = [], MARGIN

    def text(self, x, y, text, style="", anchor="start"):
        self.parts.append(f'<text x="{x:.0f}" y="{y:.0f}" class="{style}" text-anchor="{anchor}">{html.escape(text)}</text>')

    def box(self, x, y, width, height, style, title=""):
        inside = f"<title>{html.escape(title)}</title>" if title else ""
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 1):.1f}" height="{height}" rx="2" class="{style}">{inside}</rect>')

    def vertical(self, x, begin, end, style):
        self.parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{begin}" y2="{end}" class="{style}"/>')

    def svg(self, label):
        height = self.y + MARGIN
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
            f'aria-label="{html.escape(label)}">',
            f"<style>{STYLE}</style>", f'<rect class="ground" width="{WIDTH}" height="{height}"/>', *self.parts, "</svg>", ""])


def sides_of(line, peers):
    """(name, style, value) of what was measured, in the order of the legend."""
    named = [("bare", "bare", line["bare"]), ("millrace", "ours", line["ours"])]
    named += [(peer, f"peer{n % 4}", line["peers"].get(peer)) for n, peer in enumerate(peers)]
    return [side for side in named if side[2] is not None]


def draw_rates(drawing, lines, peers):
    drawing.text(MARGIN, drawing.y, f"Requests a second, {CONNECTIONS} connections", "title")
    x = MARGIN
    drawing.y += 22
    for name, style in [("a bare HTTP server", "bare"), ("millrace", "ours"), *((peer, f"peer{n % 4}") for n, peer in enumerate(peers))]:
        drawing.box(x, drawing.y - 10, 11, 11, style)
        drawing.text(x + 16, drawing.y, name, "faint")
        x += 16 + 8 * len(name) + 16
    drawing.y += GAP
    most = max(value for line in lines for _, _, value in sides_of(line, peers)) or 1
    for line in lines:
        drawing.text(NAMES - 12, drawing.y + BAR - 2, line["line"], anchor="end")
        for name, style, value in sides_of(line, peers):
            length = value / most * (WIDTH - NAMES - BEHIND_BARS)
            drawing.box(NAMES, drawing.y, length, BAR - 2, style, f"{name}: {value:,.0f}/s")
            share = f" ({line['share']:.0%} of bare)" if style == "ours" and line["share"] else ""
            drawing.text(NAMES + length + 6, drawing.y + BAR - 3, f"{value:,.0f}{share}", "faint")
            drawing.y += BAR
        drawing.y += GAP


def doublings(aim):
    """How often as good as its aim, in doublings: 0 reaches it, -1 is half of it."""
    more = aim["kind"] in ("share", "least")
    ratio = aim["reached"] / aim["bound"] if more else aim["bound"] / max(aim["reached"], 1e-9)
    return max(-FARTHEST, min(FARTHEST, math.log2(max(ratio, 1e-9))))


def draw_aims(drawing, aims):
    drawing.y += GAP
    drawing.text(MARGIN, drawing.y, "Every aim: left of the line is short of it", "title")
    middle, half = (NAMES + WIDTH - BEHIND_AIMS) / 2 + 10, (WIDTH - BEHIND_AIMS - NAMES) / 2 - 10
    drawing.y += 24
    top = drawing.y
    for exponent, name in ((-2, "a quarter"), (-1, "half"), (0, "the aim"), (1, "twice"), (2, "4 times")):
        drawing.text(middle + exponent / FARTHEST * half, drawing.y, name, "faint", "middle")
    drawing.y += 10
    for line, aim in aims:
        drawing.y += ROW
        name = line["line"] if line["connections"] is None else f"{line['line']}, {line['connections']}"
        drawing.text(NAMES, drawing.y, name, anchor="end")
        x = middle + doublings(aim) / FARTHEST * half
        drawing.box(min(x, middle), drawing.y - 7, abs(x - middle), 5, "ours" if aim["met"] else "missed")
        drawing.parts.append(f'<circle cx="{x:.1f}" cy="{drawing.y - 4.5}" r="5" class="{"ours" if aim["met"] else "missed"}"/>')
        drawing.text(WIDTH - BEHIND_AIMS + 16, drawing.y, f"{number(aim['reached'])}: {aim['text']}", "faint")
    drawing.vertical(middle, top + 6, drawing.y + 6, "aim")


def svg(results):
    drawing = Drawing()
    rates = [line for line in results["lines"] if line["connections"] == CONNECTIONS and line["bare"] and line["base"] == "bare" and line["unit"] == "/s"]
    aims = [(line, aim) for line in results["lines"] for aim in line["aims"] if aim["reached"] is not None]
    if rates:
        draw_rates(drawing, rates, results["peers"])
    if aims:
        draw_aims(drawing, aims)
    drawing.y += ROW + 10
    drawing.text(MARGIN, drawing.y, f"{results['machine']}. Medians of {results['rounds']} rounds; {results['commit']}, {results['date']}.", "faint")
    return drawing.svg("millrace's speed beside a bare HTTP server, and its aims")


def main():
    source, out = map(pathlib.Path, sys.argv[1:])
    out.write_text(svg(json.loads(source.read_text())))


if __name__ == "__main__":
    main()
