"""The results of a run as a table: on a terminal, or as Markdown (`table.py RESULTS.json`)."""

import json
import pathlib
import sys


def number(value, unit=""):
    if value is None:
        return ""
    if unit == "MB/s" or value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def heads(results):
    return ["line", "connections", "bare", "ours", "unit", "of bare", *results["peers"], "p50 ms", "p99 ms", "aim", "met"]


def verdict(aim):
    if aim["reached"] is None:
        return "not measured"
    return "yes" if aim["met"] else f"no: {number(aim['reached'])}"


def cells(line, peers):
    share = "" if line["share"] is None else f"{line['share']:.2f}"
    if share and line["base"] != "bare":
        share += " *"
    return [
        line["line"], str(line["connections"] or ""), number(line["bare"], line["unit"]), number(line["ours"], line["unit"]), line["unit"],
        share, *(number(line["peers"].get(peer), line["unit"]) for peer in peers), number(line["p50_ms"]), number(line["p99_ms"]),
        "; ".join(aim["text"] for aim in line["aims"]), "; ".join(verdict(aim) for aim in line["aims"]),
    ]


def footnotes(results):
    out = []
    others = {line["line"]: line["base"] for line in results["lines"] if line["share"] is not None and line["base"] != "bare"}
    if others:
        out.append("* of another line or loop: " + "; ".join(f"{name} of {base}" for name, base in others.items()))
    out += [f"{line['line']}: {count:,} requests of {side} failed"
            for line in results["lines"] for side, count in line["errors"].items()]
    return out + results["notes"]


def rows(results):
    return [heads(results), *(cells(line, results["peers"]) for line in results["lines"])]


def text(results):
    table = rows(results)
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    left = {0, 4, len(widths) - 2, len(widths) - 1}
    out = ["  ".join(cell.ljust(width) if column in left else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
           for row in table]
    return "\n".join(out + [""] + footnotes(results))


def markdown(results):
    head, *body = rows(results)
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *body]]
    about = (f"{results['machine']}; medians of {results['rounds']} rounds of {results['seconds']:g} s; "
             f"{results['commit']}, {results['date']}.")
    return "\n".join([about, "", *lines, "", *(f"{note}  " for note in footnotes(results))]).rstrip() + "\n"


if __name__ == "__main__":
    print(markdown(json.loads(pathlib.Path(sys.argv[1]).read_text())), end="")
