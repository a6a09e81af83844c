"""CloudWatch Logs under load: events ingested a second, a filter and a query over all of them, and the memory that it takes.

    /usr/bin/python3 tests/bench/logs.py --binary build/millrace --events 10000000

Bounded by --events and --seconds, whichever comes first. Prints a table; the last column is what the server holds beyond
what it held when idle."""

import argparse
import http.client
import json
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from bench import resident_mb  # noqa: E402
from harness.server import Server  # noqa: E402

GROUP = "/bench/logs"
BATCH = 9_000  # events of a PutLogEvents: with 26 bytes each on top they stay below its megabyte
# A key that is an account's number is its root; its signature isn't checked.
SIGNATURE = "AWS4-HMAC-SHA256 Credential=123456789012/20240101/us-east-1/logs/aws4_request, SignedHeaders=host, Signature=0"


class Client:
    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def call(self, operation, body):
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-Amz-Target": f"Logs_20140328.{operation}", "Content-Type": "application/x-amz-json-1.1", "Authorization": SIGNATURE}
        self._connection.request("POST", "/", text, headers)
        answer = self._connection.getresponse()
        out = json.loads(answer.read() or b"{}")
        if answer.status != 200:
            raise SystemExit(f"{operation}: {answer.status} {out}")
        return out


class Memory:
    """Watches the server's resident memory; the most that it held since the last look."""

    def __init__(self, pid):
        self._pid, self._most, self._ended = pid, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._ended.wait(0.05):
            self._most = max(self._most, resident_mb(self._pid))

    def most_mb(self):
        most, self._most = max(self._most, resident_mb(self._pid)), 0.0
        return most

    def stop(self):
        self._ended.set()
        self._thread.join()


def batch(stream, first, begin_ms):
    """One request's body: lines as an access log's, one a millisecond."""
    events = ",".join(
        '{"timestamp":%d,"message":"10.0.%d.%d GET /items/%d %d %d"}' % (begin_ms + n, n >> 8 & 255, n & 255, n, 500 if n % 1000 == 0 else 200, n % 977)
        for n in range(first, first + BATCH)
    )
    return f'{{"logGroupName":"{GROUP}","logStreamName":"{stream}","logEvents":[{events}]}}'.encode()


def ingest(port, total, seconds, begin_ms, writers, rate):
    """Writes from `writers` connections until there are `total` events or the time is over; returns events and seconds,
    counting only the time in which requests were under way. `rate` events a second at most; 0: as fast as it goes."""
    lock, state = threading.Lock(), {"next": 0, "busy": 0.0}
    began = time.monotonic()
    deadline = began + seconds

    def write(number):
        client = Client(port)
        client.call("CreateLogStream", {"logGroupName": GROUP, "logStreamName": f"writer-{number}"})
        while time.monotonic() < deadline:
            with lock:
                first = state["next"]
                if first >= total:
                    return
                state["next"] = first + BATCH
            body = batch(f"writer-{number}", first, begin_ms)
            if rate:
                time.sleep(max(0.0, began + first / rate - time.monotonic()))
            started = time.perf_counter()
            client.call("PutLogEvents", body)
            with lock:
                state["busy"] += time.perf_counter() - started

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return min(state["next"], total + BATCH), state["busy"] / writers


def filter_all(client):
    """All pages of FilterLogEvents for what one event in a thousand matches; returns how many were found."""
    found, token = 0, {}
    while True:
        page = client.call("FilterLogEvents", {"logGroupName": GROUP, "filterPattern": "[ip, method, path, status = 5*, size]", **token})
        found += len(page["events"])
        if "nextToken" not in page:
            return found
        token = {"nextToken": page["nextToken"]}


def query_all(client, begin_ms, total):
    query = {"logGroupName": GROUP, "startTime": begin_ms // 1000, "endTime": (begin_ms + total) // 1000 + 1,
             "queryString": 'parse @message "* * * * *" as ip, method, path, status, size | stats count(*) as n, avg(size), pct(size, 99) by status'}
    query_id = client.call("StartQuery", query)["queryId"]
    while True:
        answer = client.call("GetQueryResults", {"queryId": query_id})
        if answer["status"] not in ("Scheduled", "Running"):
            return answer["status"], sum(int(row[1]["value"]) for row in answer["results"])
        time.sleep(0.05)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=120, help="the longest that ingestion goes on")
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--rate", type=int, default=0, help="events a second at most; 0: as fast as it goes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with Server(pathlib.Path(folder) / "server.log", data_dir=pathlib.Path(folder) / "data", binary_path=options.binary) as server:
            client = Client(server.port)
            client.call("CreateLogGroup", {"logGroupName": GROUP})
            time.sleep(1)
            idle = resident_mb(server.process.pid)
            memory = Memory(server.process.pid)
            print(f"{'':42}{'events':>12}{'seconds':>10}{'events/s':>12}{'MiB more':>10}")

            def row(name, events, seconds):
                print(f"{name:42}{events:>12,}{seconds:>10.1f}{events / max(seconds, 1e-9):>12,.0f}{memory.most_mb() - idle:>10.0f}")

            print(f"{'idle server':42}{'':>34}{idle:>10.0f}")
            begin_ms = int(time.time() * 1000) - 12 * 3_600_000
            total, seconds = ingest(server.port, options.events, options.seconds, begin_ms, options.writers, options.rate)
            row("PutLogEvents (requests under way)", total, seconds)
            client = Client(server.port)  # the first one's connection was idle for too long
            started = time.perf_counter()
            found = filter_all(client)
            row(f"FilterLogEvents, columns ({found:,} found)", total, time.perf_counter() - started)
            started = time.perf_counter()
            status, counted = query_all(client, begin_ms, total)
            row(f"Insights: parse and stats ({status}, {counted:,})", total, time.perf_counter() - started)
            memory.stop()


if __name__ == "__main__":
    main()
