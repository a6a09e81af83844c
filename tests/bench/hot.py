"""Where the server spends one line's time: `bench.py --profile LINE`."""

import shutil
import socket
import subprocess

import items
from harness import aws
from stand import create_tables
from wire import ACCOUNT

SHOWN = 60  # lines of the report


def profile(stand, lines, pattern):
    """A report as text, of the one line that can be loaded (the first of them that `pattern` names)."""
    loaded = [line for line in lines if line.profiled]
    if not loaded:
        raise SystemExit(f"{pattern}: only lines that send DynamoDB's requests are profiled")
    line = loaded[0]
    server_of_line, name = line.profiled()
    text = by_perf(stand, server_of_line, name, line.connections) if shutil.which("perf") else None
    return f"{line.title}\n{text or by_callgrind(stand, name)}"


def by_perf(stand, ours, name, connections):
    """Functions by their own share of the processor's time; None where the kernel doesn't let perf look."""
    ours.sample(name, connections)  # warm
    data = stand.folder / "perf.data"
    recorder = subprocess.Popen(
        ["perf", "record", "-q", "-F", "999", "-g", "-p", str(ours.server.process.pid), "-o", str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ours.sample(name, connections)
    recorder.terminate()
    recorder.wait(60)
    report = subprocess.run(["perf", "report", "--stdio", "--no-children", "-g", "none", "-i", str(data)], capture_output=True, text=True)
    shown = [text for text in report.stdout.splitlines() if text.strip() and not text.startswith("#")]
    return "by perf, share of samples\n" + "\n".join(shown[:SHOWN]) if shown else None


def by_callgrind(stand, name):
    """Functions by their own instructions, of one connection's requests."""
    from instructions import REPEATS, WARM, CountedServer, send
    if not shutil.which("valgrind"):
        raise SystemExit("neither perf (with the right to use it) nor valgrind is here")
    folder = stand.folder / "counted"
    folder.mkdir()
    server = CountedServer(stand.binary, folder)
    try:
        create_tables(aws.make_client(f"http://127.0.0.1:{server.port}", "dynamodb", ACCOUNT))
        requests = items.Requests(server.port)
        requests.fill()
        wire = requests.of(name)
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            server.control("-i", "on")
            send(connection, wire[:WARM])
            total, dump = server.count(connection, wire[WARM:WARM + REPEATS])
    finally:
        server.stop()
    report = subprocess.run(["callgrind_annotate", "--auto=no", str(dump)], capture_output=True, text=True, check=True)
    functions = report.stdout.partition("file:function\n")[2]
    return f"by callgrind, {total / REPEATS:,.0f} instructions a request; its functions\n" + "\n".join(functions.splitlines()[:SHOWN])
