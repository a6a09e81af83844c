"""Do writes keep their speed while somebody looks? 5,000 a second without the page, then with it open in headless Chromium.

    /usr/bin/python3 tests/bench/page.py --binary build/millrace [--per-second 5000] [--seconds 10]

Prints what was reached each time, how long a write took, and the second as a share of the first: at least 90 %.
"""

import argparse
import pathlib
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import wire  # noqa: E402
from bench import create_tables, dynamodb, item_key  # noqa: E402
from harness import aws  # noqa: E402
from harness.server import Server, binary  # noqa: E402

ACCOUNT = wire.ACCOUNT = "000000000000"  # the one that the page shows first
CONNECTIONS = 8
TICK_S = 0.002
WAITING_MAX = 16  # unanswered on a connection: beyond that both sides could wait for each other


def writes(server, per_second, seconds):
    """(reached a second, [milliseconds]): so many are sent each tick, as far as the server keeps up."""
    # Two contents for each of 500 items, in turn: a put of what is there already makes no stream record.
    contents = [dynamodb(server.port, "PutItem", {"TableName": "bench", "Item": {**item_key(n % 500), "stamp": {"N": str(n // 500)}}})
                for n in range(1000)]
    requests = [contents[n % 1000] for n in range(int(per_second * seconds))]
    selector, open_ones, taken = selectors.DefaultSelector(), [], []
    for _ in range(CONNECTIONS):
        one = socket.create_connection(("127.0.0.1", server.port))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(one, selectors.EVENT_READ, sent := [])
        open_ones.append((one, sent))
    began, next_one = time.perf_counter(), 0
    while len(taken) < len(requests) and time.perf_counter() - began < 2 * seconds + 5:
        due = min(len(requests), int((time.perf_counter() - began) * per_second))
        while next_one < due:
            connection, sent = min(open_ones, key=lambda one: len(one[1]))
            if len(sent) >= WAITING_MAX:
                break
            connection.sendall(requests[next_one])
            sent.append(time.perf_counter())
            next_one += 1
        for key, _ in selector.select(TICK_S):
            answered = key.fileobj.recv(1 << 20).count(b"HTTP/1.1 200")
            now = time.perf_counter()
            taken += [(now - at) * 1000 for at in key.data[:answered]]
            del key.data[:answered]
    took = time.perf_counter() - began
    for one, _ in open_ones:
        one.close()
    if not taken:
        raise SystemExit("no write was answered with 200")
    return len(taken) / took, sorted(taken)


def asked_by_page(server):
    with urllib.request.urlopen(server.endpoint + "/metrics") as answer:
        counts = re.findall(r'operation="(?:List|Describe)\w+",outcome="success"} (\d+)', answer.read().decode())
    return sum(map(int, counts))


def told(name, reached, taken):
    print(f"{name:16}{reached:>9,.0f} writes/s   p50 {taken[len(taken) // 2]:.2f} ms   p99 {taken[len(taken) * 99 // 100]:.2f} ms", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(binary()))
    parser.add_argument("--per-second", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="millrace-page-") as folder:
        with Server(pathlib.Path(folder) / "log", binary_path=arguments.binary) as server:
            create_tables(aws.make_client(server.endpoint, "dynamodb", ACCOUNT))
            writes(server, arguments.per_second, 2)
            alone, taken = writes(server, arguments.per_second, arguments.seconds)
            told("nobody looks", alone, taken)
            page = subprocess.Popen([shutil.which("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
                                     f"--user-data-dir={folder}/browser", f"{server.endpoint}/_millrace/"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                end = time.monotonic() + 60
                while asked_by_page(server) < 3 and time.monotonic() < end:
                    time.sleep(0.2)
                time.sleep(2)
                before = asked_by_page(server)
                watched, taken = writes(server, arguments.per_second, arguments.seconds)
                asked = asked_by_page(server) - before
            finally:
                page.terminate()
                page.wait(20)
            told("the page is open", watched, taken)
            print(f"the page asked {asked} times meanwhile; writes keep {watched / alone:.0%}")
            if asked == 0:
                raise SystemExit("the page didn't look at all: that measures nothing")


if __name__ == "__main__":
    main()
