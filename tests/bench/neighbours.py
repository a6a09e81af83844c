"""What stands beside us in a run: other DynamoDB endpoints, the disk by itself, RocksDB by itself."""

import functools
import os
import re
import shutil
import subprocess
import time
import urllib.parse

import items
from harness import aws
from rounds import Aim, Line, Sample
from stand import create_tables
from wire import ACCOUNT

SYNCED_BYTES = 1024  # about what a put with its record adds to the log
ROCKS_ENTRIES = 200_000


class Peer:
    """`--peer NAME=URL`: any DynamoDB-compatible endpoint, with two tables of ours until the run ends."""

    def __init__(self, stand, given):
        self.name, _, url = given.partition("=")
        parts = urllib.parse.urlsplit(url)
        if not self.name or self.name in ("bare", "ours") or parts.scheme != "http" or not parts.hostname:
            raise SystemExit(f"--peer {given}: NAME=http://HOST:PORT is wanted, and another name than bare or ours")
        self._stand, self._url, self._at = stand, url, f"{parts.hostname}:{parts.port or 80}"

    @functools.cached_property
    def _requests(self):
        client = aws.make_client(self._url, "dynamodb", ACCOUNT)
        tables = {"bench": True, "plain": False}
        taken = sorted(set(client.list_tables()["TableNames"]) & set(tables))
        if taken:
            raise SystemExit(f"the peer {self.name} has tables of the names {taken}: they aren't touched")
        for name in tables:
            self._stand.at_end(lambda name=name: client.delete_table(TableName=name))
        create_tables(client, tables)
        for name in tables:
            client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
        requests = items.Requests(self._at)
        requests.fill()
        return requests

    def sample(self, line, connections, of_each=1):
        return self._stand.load(self._at, connections, self._requests.of(line), of_each)


def synced_writes(folder, seconds):
    """How often a second the disk below takes a kilobyte at a file's end and says that it is there."""
    path = folder / "synced"
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    block, taken = os.urandom(SYNCED_BYTES), []
    started = last = time.perf_counter()
    while last - started < seconds:
        os.pwrite(file, block, len(taken) * SYNCED_BYTES)
        os.fdatasync(file)
        now = time.perf_counter()
        taken.append((now - last) * 1000)
        last = now
    os.close(file)
    path.unlink()
    times = Sample.of_times(taken)
    return Sample(len(taken) / (last - started), times.p50_ms, times.p99_ms)


def synced_lines(stand):
    """A server whose answers wait for the disk: alone beside the disk, with many connections beside HTTP."""
    ours = items.Ours(stand, "sync", "--durability", "sync")
    name = f"{items.RECORDED}, --durability sync"
    loop = Line("loop of pwrite and fdatasync", None, "/s", {"bare": lambda _: synced_writes(stand.folder, stand.seconds)})
    out = [loop]
    for connections, aims in ((1, (Aim("share", 0.9),)), (16, (items.SPREAD,)), (64, (Aim("share", 0.35),))):
        sides = {"ours": lambda _, connections=connections: ours.sample(items.RECORDED, connections)}
        if connections > 1:
            sides = {"bare": lambda _, connections=connections: ours.bare(items.RECORDED, connections), **sides}
        out.append(Line(name, connections, "/s", sides, "bare" if connections > 1 else loop.key, aims, lambda: (ours, items.RECORDED)))
    return out


def rocks(folder, benchmark, seconds):
    """db_bench's operations a second on one thread, with values of 500 bytes in a store that lasts for the run."""
    store = folder / "rocksdb"
    common = ["--threads=1", "--value_size=500", f"--num={ROCKS_ENTRIES}", "--compression_type=lz4", f"--db={store}"]
    if not store.exists():
        subprocess.run(["db_bench", "--benchmarks=fillseq", *common], check=True, capture_output=True, timeout=300)
    done = subprocess.run(["db_bench", f"--benchmarks={benchmark}", "--use_existing_db=1", f"--duration={max(1, round(seconds))}", *common],
                          check=True, capture_output=True, text=True, timeout=300)
    return Sample(float(re.search(rf"^{benchmark}\s*:.*?([\d.]+) ops/sec", done.stdout, re.MULTILINE).group(1)))


def rocks_lines(stand, notes):
    if not shutil.which("db_bench"):
        notes.append("RocksDB's own rates weren't measured: db_bench isn't there (Debian's rocksdb-tools).")
        return []
    return [Line(f"RocksDB by itself, one thread: {benchmark}", None, "/s",
                 {"bare": lambda _, benchmark=benchmark: rocks(stand.folder, benchmark, stand.seconds)})
            for benchmark in ("overwrite", "readrandom")]
