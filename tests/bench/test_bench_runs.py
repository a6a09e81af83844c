"""The bench isn't a test; that it runs is."""

import json
import pathlib
import subprocess
import sys
import xml.dom.minidom

import pytest

from harness.server import Server, binary

HERE = pathlib.Path(__file__).parent
KINDS = {  # a line of each file that has any
    "PutItem with stream record", "Query of 10", "TransactWriteItems of 4", "BatchWriteItem of 25", "loop of pwrite and fdatasync",
    "PutItem with 3 mappings consuming", "cold start with boto3 and a client", "function URL to its answer", "HTTP API to its function's answer",
    "acknowledged write to the handler's first line", "records delivered to a trivial Python handler", "S3 GET of 8 MiB", "S3 PUT of 8 MiB",
    "start, empty store", "idle resident, Python parent", "KMS Encrypt of 1 KiB", "acknowledged PutEvents to the handler's first line",
    "RocksDB by itself, one thread: readrandom",
}
WITHOUT_OURS = ("loop of pwrite", "RocksDB by itself")


def run(program, *arguments, **settings):
    # A program of its own: this folder holds modules that are called as pytest calls it.
    done = subprocess.run([sys.executable, HERE / program, *map(str, arguments)], capture_output=True, text=True, timeout=560, **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The file of a short run of every kind of line, with a second server of ours as the peer."""
    folder = tmp_path_factory.mktemp("bench")
    with Server(folder / "peer.log") as peer:
        table = run("bench.py", "--binary", binary(), "--load", binary().parent / "tests/bench/bench_load", "--rounds", 1, "--seconds", 0.1,
                    "--quick", "--records", 2000, "--peer", f"other={peer.endpoint}", "--json", folder / "results.json")
    (folder / "table").write_text(table)
    return folder / "results.json"


@pytest.mark.slow
def test_every_kind_of_line_is_measured(results):
    lines = json.loads(results.read_text())["lines"]
    assert KINDS <= {line["line"] for line in lines}
    assert {line["line"]: line["errors"] for line in lines if line["errors"]} == {}
    nothing = [line["line"] for line in lines if not line["bare" if line["line"].startswith(WITHOUT_OURS) else "ours"]]
    assert nothing == []
    of_bare = {(line["line"], line["connections"]): line["share"] for line in lines}
    assert all(of_bare["GetItem", connections] > 0 for connections in (1, 16, 64))
    assert [line["line"] for line in lines if "Item" in line["line"] and line["connections"] and "sync" not in line["line"]
            and "mappings" not in line["line"] and not line["peers"].get("other")] == []


@pytest.mark.slow
def test_the_table_and_the_plot_show_them(results, tmp_path):
    table = (results.parent / "table").read_text()
    head = table.splitlines()[0]
    assert head.split() == "line connections bare ours unit of bare other p50 ms p99 ms aim met".split()
    assert "0.45 of bare; p99 under 3 p50" in table and "By hand:" in table
    run("plot.py", results, tmp_path / "out.svg")
    drawn = xml.dom.minidom.parse(str(tmp_path / "out.svg"))
    texts = [text.firstChild.data for text in drawn.getElementsByTagName("text")]
    assert {"Query of 10", "other", "cold start"} <= set(texts)
    assert "prefers-color-scheme: dark" in drawn.getElementsByTagName("style")[0].firstChild.data
    assert run("table.py", results).count("\n| ") > len(KINDS)


def test_the_kept_figures_are_one_runs():
    """What the README shows is made from figures.json; without that file it shows nothing."""
    readme = (HERE / "README.md").read_text()
    kept = HERE / "figures.json"
    if not kept.exists():
        assert "<!-- figures -->\n<!-- /figures -->" in readme
        return
    code = ("import json, sys; sys.path.insert(0, '.'); import figures;"
            "print(json.dumps(figures.files_of(open('figures.json').read(), open('README.md').read())))")
    made = json.loads(subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, check=True).stdout)
    assert {name: (HERE / name).read_text() == content for name, content in made.items()} == dict.fromkeys(made, True)
