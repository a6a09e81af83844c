"""Starts: from exec to the first answered ListTables; what an idle server and its Python parent hold."""

import base64
import functools
import os
import subprocess
import time

from harness.server import clean_environment, free_port
from rounds import Aim, Line, Sample
from wire import Caller, dynamodb

TABLES = 1_000
BYTES = 1_000_000_000
ITEM_BYTES = 100_000
BATCH = 25


def first_answer_ms(binary, folder):
    port = free_port()
    request = dynamodb(port, "ListTables", {})
    started = time.perf_counter()
    process = subprocess.Popen(
        [binary, "serve", "--port", str(port), "--data-dir", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment(),
    )
    try:
        while time.perf_counter() - started < 30:
            try:
                with Caller(port) as caller:
                    caller.ask(request)
                return (time.perf_counter() - started) * 1000
            except ConnectionRefusedError:
                time.sleep(0.0002)
        raise SystemExit("the server didn't answer ListTables within 30 s")
    finally:
        process.terminate()
        process.wait(60)


class Starts:
    def __init__(self, stand):
        self._stand = stand

    def empty(self, number):
        return Sample(first_answer_ms(self._stand.binary, self._stand.folder / f"start-{number}"))

    @functools.cached_property
    def _large(self):
        """The folder of a store of TABLES tables and BYTES in items, that no server has open."""
        with self._stand.new_server("large") as server, Caller(server.port) as caller:
            for n in range(TABLES):
                caller.ask(dynamodb(server.port, "CreateTable", {
                    "TableName": f"table-{n}", "BillingMode": "PAY_PER_REQUEST",
                    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]}))
            for n in range(0, BYTES // ITEM_BYTES, BATCH):
                puts = [{"PutRequest": {"Item": {"pk": {"S": f"item-{n + i}"}, "body": {"S": filler(ITEM_BYTES)}}}} for i in range(BATCH)]
                caller.ask(dynamodb(server.port, "BatchWriteItem", {"RequestItems": {f"table-{n % TABLES}": puts}}))
            return server.data_dir

    def large(self, _):
        return Sample(first_answer_ms(self._stand.binary, self._large))

    @functools.cache
    def idle(self, number):
        return [Sample(mib) for mib in self._stand.idle_resident(f"idle-{number}")]


def filler(length):
    """Text that doesn't compress."""
    return base64.b64encode(os.urandom(length * 3 // 4)).decode()


def lines(stand, quick):
    starts = Starts(stand)
    out = [Line("start, empty store", None, "ms", {"ours": starts.empty}, aims=(Aim("most", 20),))]
    if not quick:
        out.append(Line(f"start, {TABLES:,} tables and 1 GB", None, "ms", {"ours": starts.large}, aims=(Aim("most", 60),)))
    return out + [
        Line("idle resident, server", None, "MiB", {"ours": lambda number: starts.idle(number)[0]}, aims=(Aim("most", 20),)),
        Line("idle resident, Python parent", None, "MiB", {"ours": lambda number: starts.idle(number)[1]}, aims=(Aim("most", 20),)),
    ]
