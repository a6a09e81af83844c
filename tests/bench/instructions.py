"""Counts the processor's instructions of fixed requests by callgrind, and compares them with instructions.json.

A count doesn't depend on what else the machine does, so that a test may hold it: see test_instructions.py. `--write` keeps
the new counts (say why in the commit); `--profile NAME` leaves the functions of one request beside the folder it prints.
"""

import argparse
import json
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from bench import ACCOUNT, create_tables, dynamodb, item_key, signed  # noqa: E402
from harness import aws  # noqa: E402
from harness.server import binary, clean_environment, free_port  # noqa: E402

COUNTS = pathlib.Path(__file__).with_name("instructions.json")
SLICES = 3  # a count is the least of so many means: in one or another the server's own periodic work fell
REPEATS = 60  # requests in all of them
WARM = 20
START_SECONDS = 120  # under valgrind, and beside other work


def fixed_requests(port):
    """name -> requests, each of its own key where that matters. Items are about 500 bytes."""
    fill = {"name": {"S": "n" * 60}, "mail": {"S": "m" * 80}, "about": {"S": "a" * 250}, "visits": {"N": "17"}}
    numbers = range(WARM + REPEATS)

    def put(n, table, stamp):
        return {"TableName": table, "Item": {**item_key(n), **fill, "stamp": {"N": str(stamp)}}}

    update = {
        "TableName": "bench",
        "UpdateExpression": "SET visits = visits + :one, mail = :mail",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":mail": {"S": "q" * 80}},
    }
    query = {"TableName": "bench", "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "user-1"}}}
    condition = {"ConditionExpression": "attribute_not_exists(pk) OR visits < :n", "ExpressionAttributeValues": {":n": {"N": "99"}}}

    def transact(n):
        return {"TransactItems": [{"Put": put(4 * n + i, "bench", 7_000 + n)} for i in range(4)]}

    def batch(n):
        return {"RequestItems": {"bench": [{"PutRequest": {"Item": put(25 * n + i, "", 9_000 + n)["Item"]}} for i in range(25)]}}

    return {
        "constant": [f"GET /_millrace/constant HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()] * len(numbers),
        "PutItem with record": [dynamodb(port, "PutItem", put(n, "bench", n)) for n in numbers],
        "PutItem": [dynamodb(port, "PutItem", put(n, "plain", n)) for n in numbers],
        "PutItem with condition": [dynamodb(port, "PutItem", {**put(n, "plain", 500 + n), **condition}) for n in numbers],
        "GetItem": [dynamodb(port, "GetItem", {"TableName": "bench", "Key": item_key(n)}) for n in numbers],
        "UpdateItem with record": [dynamodb(port, "UpdateItem", {**update, "Key": item_key(n)}) for n in numbers],
        "DeleteItem": [dynamodb(port, "DeleteItem", {"TableName": "plain", "Key": item_key(n)}) for n in numbers],
        "Query of 10": [dynamodb(port, "Query", query)] * len(numbers),
        "Scan of 50": [dynamodb(port, "Scan", {"TableName": "bench", "Limit": 50})] * len(numbers),
        "TransactWriteItems of 4": [dynamodb(port, "TransactWriteItems", transact(n)) for n in numbers],
        "BatchWriteItem of 25": [dynamodb(port, "BatchWriteItem", batch(n)) for n in numbers],
        "ListTables": [dynamodb(port, "ListTables", {})] * len(numbers),
        "S3 PutObject": [signed(port, "s3", "PUT", f"/bench-bucket/k{n}", {}, b"x" * 1000) for n in numbers],
    }


class CountedServer:
    """`millrace serve` under callgrind, which counts from start() to the returned count()."""

    def __init__(self, program, folder):
        self.port = free_port()
        self.folder = pathlib.Path(folder)
        self.process = subprocess.Popen(
            ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/counts",
             str(program), "serve", "--port", str(self.port), "--data-dir", f"{folder}/data"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment(),
        )
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the server didn't start under valgrind")

    def control(self, *arguments):
        subprocess.run(["callgrind_control", *arguments, str(self.process.pid)], check=True, capture_output=True, timeout=60)

    def dumps(self):
        return sorted(self.folder.glob("counts*"), key=lambda path: path.stat().st_mtime_ns)

    def count(self, connection, requests):
        """Instructions of all threads for one request, and the dump that was counted: the cheapest slice of the requests."""
        size = len(requests) // SLICES
        return min(self.count_slice(connection, requests[start : start + size]) for start in range(0, len(requests), size))

    def count_slice(self, connection, requests):
        before = set(self.dumps())
        self.control("-z")
        send(connection, requests)
        self.control("-d")
        dump = next(path for path in self.dumps() if path not in before and re.search(r"\.\d+$", path.name))
        total = int(re.search(r"^(?:totals|summary): (\d+)", dump.read_text(), re.MULTILINE).group(1))
        return round(total / len(requests)), dump

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def send(connection, requests):
    for request in requests:
        connection.sendall(request)
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        head, _, body = head.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{request[:200]!r} was answered by {head!r} {body!r}")
        length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
        while len(body) < length:
            body += connection.recv(65536)


def measure(program, profile=None, only=None):
    """name -> instructions of one request."""
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        server = CountedServer(program, folder)
        try:
            create_tables(aws.make_client(f"http://127.0.0.1:{server.port}", "dynamodb", ACCOUNT))
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                send(connection, [signed(server.port, "s3", "PUT", "/bench-bucket", {}, b"")])
                server.control("-i", "on")
                for name, requests in fixed_requests(server.port).items():
                    send(connection, requests[:WARM])
                    if only and name not in only and name != profile:
                        send(connection, requests[WARM:])
                        continue
                    counts[name], dump = server.count(connection, requests[WARM:])
                    if name == profile:
                        pathlib.Path("/tmp/millrace-profile").write_bytes(dump.read_bytes())
        finally:
            server.stop()
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(binary()))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--profile")
    parser.add_argument("--only", action="append")
    parser.add_argument("--json", action="store_true", help="the counts alone, for programs")
    arguments = parser.parse_args()
    counts = measure(arguments.binary, arguments.profile, arguments.only)
    if arguments.json:
        return print(json.dumps(counts))
    kept = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
    for name, count in counts.items():
        was = kept.get(name)
        print(f"{name:26}{count:>10,}{f'{count / was - 1:+9.1%}' if was else ''}")
    if arguments.profile:
        print("callgrind_annotate /tmp/millrace-profile")
    if arguments.write:
        COUNTS.write_text(json.dumps(counts, indent=2) + "\n")


if __name__ == "__main__":
    main()
