"""What a run measures on: servers of ours, each started when a line first needs it, and bare ones; all ended together."""

import contextlib
import functools
import io
import json
import pathlib
import subprocess
import sys
import time
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import aws  # noqa: E402
from harness.server import Server  # noqa: E402
from rounds import Sample  # noqa: E402
from wire import ACCOUNT, load  # noqa: E402

TABLES = {"bench": True, "plain": False, "told": True}  # with a stream?
IDLE_SECONDS = 1  # after which what a start left to do in the background is done


def create_tables(dynamodb_client, tables=TABLES):
    for name, stream in tables.items():
        options = {}
        if stream:
            options["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        dynamodb_client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"},
            ],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            **options,
        )


def create_role(iam):
    def document(**statement):
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})

    trust = document(Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
    arn = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="bench", PolicyName="all", PolicyDocument=document(Action="*", Resource="*"))
    return arn


def zipped(source):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


def resident_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


class Stand:
    """`seconds` of each load; `programs`: paths of load.cc's and bare.cc's programs."""

    def __init__(self, binary, programs, folder, seconds):
        self.binary, self.folder, self.seconds = binary, pathlib.Path(folder), seconds
        self._load, self._bare = programs
        self._ends = contextlib.ExitStack()
        self._positions = {}
        self._servers = {}
        self.bare = functools.cache(self._bare_port)  # of this object, so that a second one has its own

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self._ends.__exit__(*error)

    def at_end(self, call):
        self._ends.callback(call)

    def server(self, name, *arguments):
        """The running server of that name, with a store of its own; the first to ask gives its arguments."""
        if name not in self._servers:
            self._servers[name] = self._ends.enter_context(self.new_server(name, *arguments))
        return self._servers[name]

    def new_server(self, name, *arguments):
        return Server(self.folder / f"{name}.log", data_dir=self.folder / name, binary_path=self.binary, arguments=arguments)

    def client(self, service, name):
        return aws.make_client(self.server(name).endpoint, service, ACCOUNT, read_timeout=600)

    def _bare_port(self, answer_bytes):
        process = subprocess.Popen([self._bare, str(answer_bytes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._ends.callback(process.wait)
        self._ends.callback(process.stdout.close)
        self._ends.callback(process.stdin.close)
        return int(process.stdout.readline())

    def load(self, at, connections, requests, of_each=1, seconds_min=0):
        """A load's sample; `of_each` of the line's units in a request. The next one on the same requests goes on where it ended:
        a put of what is stored already would write no stream record."""
        key = (at, id(requests))
        result = load(self._load, at, connections, max(self.seconds, seconds_min), requests, self._positions.get(key, 0))
        done = -(-result["requests"] // connections) * connections
        self._positions[key] = (self._positions.get(key, 0) + done) % len(requests)
        latencies = [result[name] / 1000 for name in ("p50_us", "p99_us")] if result["requests"] else [None, None]
        return Sample(result["per_second"] * of_each, *latencies, result["errors"])

    def idle_resident(self, name):
        """MiB of a new server and of its Python parent (the largest, if there is another that only started it)."""
        with self.new_server(name) as server:
            time.sleep(IDLE_SECONDS)
            return resident_mb(server.process.pid), max((resident_mb(pid) for pid in parents_below(server.process.pid)), default=0)


def parents_below(pid):
    """Ids of the processes below `pid` that are parents of Python handlers."""
    out = []
    try:
        for child in map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            out += parents_below(child)
            if b"--parent" in pathlib.Path(f"/proc/{child}/cmdline").read_bytes():
                out.append(child)
    except (FileNotFoundError, ProcessLookupError):
        pass  # it has just ended
    return out
