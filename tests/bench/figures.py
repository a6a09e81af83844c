"""Keeps a run: `figures.py RESULTS.json` writes figures.json, figures.svg, and the table between the README's two marks."""

import json
import pathlib
import re
import sys

import plot
import table

HERE = pathlib.Path(__file__).resolve().parent
BETWEEN = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- /figures -->)", re.DOTALL)


def files_of(text, readme):
    """name -> content of what is kept of a results' file."""
    results = json.loads(text)
    shown = f"\n![speed beside a bare server, and the aims](figures.svg)\n\n{table.markdown(results)}\n"
    return {"figures.json": text, "figures.svg": plot.svg(results), "README.md": BETWEEN.sub(lambda _: shown, readme)}


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    for name, content in files_of(pathlib.Path(sys.argv[1]).read_text(), (HERE / "README.md").read_text()).items():
        (HERE / name).write_text(content)


if __name__ == "__main__":
    main()
