"""Measures millrace on this machine in rounds, beside a bare HTTP server, RocksDB by itself and any peers, and prints one table."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import rounds  # noqa: E402
import table  # noqa: E402
from backlog import RECORDS  # noqa: E402
from items import item_key  # noqa: E402, F401 (what follows is used by programs that measure something else)
from lines import all_lines  # noqa: E402
from neighbours import Peer  # noqa: E402
from stand import Stand, create_role, create_tables, resident_mb, zipped  # noqa: E402, F401
from wire import ACCOUNT, dynamodb, load, signed  # noqa: E402, F401

ROOT = pathlib.Path(__file__).resolve().parents[2]


def machine():
    models = [line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{os.cpu_count()} cores {models[0] if models else platform.machine()}, Linux {platform.release()}"


def commit():
    done = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "no commit"


def measure(arguments, folder):
    """The results' file as a dictionary."""
    bare = pathlib.Path(arguments.bare or pathlib.Path(arguments.load).with_name("bench_bare"))
    with Stand(arguments.binary, (arguments.load, str(bare)), folder, arguments.seconds) as stand:
        peers = [Peer(stand, given) for given in arguments.peer]
        lines, notes = all_lines(stand, peers, arguments.records, arguments.quick)
        lines = rounds.chosen(lines, arguments.only)
        if not lines:
            raise SystemExit(f"no line's name has {arguments.only}")
        if arguments.profile:
            import hot
            return hot.profile(stand, lines, arguments.profile)
        told = (lambda text: print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)) if sys.stderr.isatty() else (lambda _: None)
        results, failures = rounds.run(lines, arguments.rounds, told)
        told("")
    notes += [f"NOT MEASURED: {title}: {why}" for title, why in failures.items()]
    return {
        "machine": machine(), "commit": commit(), "date": datetime.date.today().isoformat(), "rounds": arguments.rounds,
        "seconds": arguments.seconds, "peers": [peer.name for peer in peers], "notes": notes, "failures": failures,
        "lines": [rounds.summary(line, results) for line in lines],
    }


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--load", required=True, help="the built load generator")
    parser.add_argument("--bare", help="the built bare server; otherwise bench_bare beside the load generator")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1, help="of each load in a round")
    parser.add_argument("--only", metavar="REGEX", help="lines whose 'name, connections' has it, and those they are compared with")
    parser.add_argument("--quick", action="store_true", help="without what takes long to make: a store of 1 GB, a day of metrics")
    parser.add_argument("--records", type=int, default=RECORDS, help="of the backlog that mappings work off")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=URL", help="a DynamoDB-compatible endpoint beside ours")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="writes the results, for plot.py and table.py")
    parser.add_argument("--profile", metavar="LINE", help="shows where the server spends one line's time (perf, otherwise callgrind)")
    return parser


def main():
    arguments = options().parse_args()
    if arguments.profile:
        arguments.only = arguments.profile
    with tempfile.TemporaryDirectory(prefix="millrace-bench-") as folder:
        results = measure(arguments, folder)
    if arguments.profile:
        return print(results)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    print(table.text(results))
    if results["failures"] or any(side in ("bare", "ours") for line in results["lines"] for side in line["errors"]):
        raise SystemExit("not all of it was measured, or requests failed")


if __name__ == "__main__":
    main()
