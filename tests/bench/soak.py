"""Writes at full speed into a table whose stream feeds five mappings: a healthy one, one that fails on some records and
bisects, one that is throttled, one that is slow, one that filters. At the end every record must be accounted for, in
order per item, and memory must not have grown. `--seconds 600` is the long run; the exit code says how it went."""

import argparse
import collections
import json
import pathlib
import socketserver
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import bench  # noqa: E402
from harness import aws, waiting  # noqa: E402
from harness.server import Server  # noqa: E402

KEYS = 500  # items; each write adds one to an item's counter, so its records are numbered without gaps
CONNECTIONS = 8

# Reports each call to the collector: what it got, and whether it succeeds.
HANDLER = """
import json, os, socket, time

mode = os.environ["MODE"]
collector = socket.create_connection(("127.0.0.1", int(os.environ["PORT"])))


def is_poison(key, number):
    return key.endswith("7") and number % 200 == 7


def handler(event, context):
    seen = [(r["dynamodb"]["Keys"]["pk"]["S"], int(r["dynamodb"]["NewImage"]["n"]["N"])) for r in event["Records"]]
    if mode == "failing" and any(is_poison(*one) for one in seen):
        raise Exception("poison")
    if mode == "slow":
        time.sleep(0.1)
    collector.sendall(json.dumps([mode, seen]).encode() + b"\\n")
    collector.recv(1)  # noted: the item's next call, in another environment, can't overtake this one
"""


def is_poison(key, number):
    return key.endswith("7") and number % 200 == 7


MAPPINGS = {
    "healthy": {"BatchSize": 1000, "ParallelizationFactor": 2},
    "failing": {"BatchSize": 100, "ParallelizationFactor": 10, "BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 1},
    "throttled": {"BatchSize": 1000, "ParallelizationFactor": 4},
    "slow": {"BatchSize": 5000},
    "filtered": {"BatchSize": 1000, "FilterCriteria": {"Filters": [
        {"Pattern": json.dumps({"dynamodb": {"Keys": {"pk": {"S": [{"suffix": "3"}]}}}})}]}},
}


class Accounts:
    """What each function was given successfully: the newest number of every item, and what was wrong on the way."""

    def __init__(self):
        self.newest = {mode: collections.Counter() for mode in MAPPINGS}
        self.records = collections.Counter()
        self.repeated = collections.Counter()
        self.wrong = []
        self._lock = threading.Lock()

    def add(self, mode, seen):
        with self._lock:
            newest = self.newest[mode]
            self.records[mode] += len(seen)
            for key, number in seen:
                expected = newest[key] + 1
                if mode == "failing":
                    while is_poison(key, expected):  # goes to the destination
                        expected += 1
                if number < expected:
                    self.repeated[mode] += 1
                elif number > expected:
                    self.wrong.append(f"{mode}: {key} jumped from {newest[key]} to {number}")
                newest[key] = max(newest[key], number)

    def compare(self, final):
        for mode, newest in self.newest.items():
            for key, number in final.items():
                wanted = number
                if mode == "filtered" and not key.endswith("3"):
                    wanted = 0
                while mode == "failing" and is_poison(key, wanted):
                    wanted -= 1
                if newest[key] != wanted:
                    self.wrong.append(f"{mode}: {key} ends at {newest[key]} instead of {wanted}")
        if sum(self.repeated.values()):
            self.wrong.append(f"delivered again although they had succeeded: {dict(self.repeated)}")


def collect(accounts):
    class Connection(socketserver.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                accounts.add(*json.loads(line))
                self.wfile.write(b"+")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection, bind_and_activate=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


class Memory(threading.Thread):
    """The server's resident megabytes, once a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.samples, self.ended = pid, [], threading.Event()

    def run(self):
        while not self.ended.wait(1):
            self.samples.append(bench.resident_mb(self.pid))

    def grew(self):
        """From the second quarter to the last one; caches fill in the first."""
        quarter = max(1, len(self.samples) // 4)
        before, after = statistics.median(self.samples[quarter:2 * quarter]), statistics.median(self.samples[-quarter:])
        return before, after, after > before * 1.25 + 32


def set_up(client, collector_port):
    client("dynamodb").create_table(
        TableName="soak", BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    stream = client("dynamodb").describe_table(TableName="soak")["Table"]["LatestStreamArn"]
    role = bench.create_role(client("iam"))
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName="given-up")["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for mode, settings in MAPPINGS.items():
        client("lambda").create_function(
            FunctionName=mode, Runtime="python3.12", Handler="index.handler", Role=role, Timeout=60,
            Code={"ZipFile": bench.zipped(HANDLER)}, Environment={"Variables": {"MODE": mode, "PORT": str(collector_port)}})
        if mode == "failing":
            settings = {**settings, "DestinationConfig": {"OnFailure": {"Destination": queue_arn}}}
        if mode == "throttled":
            client("lambda").put_function_concurrency(FunctionName=mode, ReservedConcurrentExecutions=1)
        client("lambda").create_event_source_mapping(
            EventSourceArn=stream, FunctionName=mode, StartingPosition="TRIM_HORIZON", **settings)
    return queue


def write(program, port, seconds):
    update = {"TableName": "soak", "UpdateExpression": "ADD n :one SET fill = :fill",
              "ExpressionAttributeValues": {":one": {"N": "1"}, ":fill": {"S": "x" * 200}}}
    requests = [bench.dynamodb(port, "UpdateItem", {**update, "Key": {"pk": {"S": f"item-{n}"}}}) for n in range(KEYS)]
    return bench.load(program, port, CONNECTIONS, seconds, requests)


def given_up(client, queue):
    """The failure records' batch sizes."""
    sizes = []
    while messages := client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        sizes += [json.loads(m["Body"])["DDBStreamBatchInfo"]["batchSize"] for m in messages]
    return sizes


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--load", required=True, help="the built load generator")
    parser.add_argument("--seconds", type=float, default=60, help="of writing")
    parser.add_argument("--drain", type=int, default=1200, help="seconds that the mappings may need afterwards")
    arguments = parser.parse_args()
    accounts = Accounts()
    port = collect(accounts)
    with tempfile.TemporaryDirectory(prefix="millrace-soak-") as folder:
        folder = pathlib.Path(folder)
        with Server(folder / "server.log", data_dir=folder / "data", binary_path=arguments.binary) as server:
            clients = {}
            client = lambda service: clients.setdefault(service, aws.make_client(server.endpoint, service, bench.ACCOUNT))  # noqa: E731
            queue = set_up(client, port)
            memory = Memory(server.process.pid)
            memory.start()
            written = write(arguments.load, server.port, arguments.seconds)
            print(f"written: {written['requests']:,} in {written['seconds']:.0f} s ({written['per_second']:,.0f}/s, "
                  f"p99 {written['p99_us'] / 1000:.1f} ms), errors {written['errors']}; delivered meanwhile: "
                  f"{dict(accounts.records)}", flush=True)
            started = time.perf_counter()
            waiting.drain(server.endpoint, arguments.drain)
            print(f"drained after {time.perf_counter() - started:.0f} s; delivered: {dict(accounts.records)}", flush=True)
            memory.ended.set()
            pages = client("dynamodb").get_paginator("scan").paginate(TableName="soak")
            final = {item["pk"]["S"]: int(item["n"]["N"]) for page in pages for item in page["Items"]}
            accounts.compare(final)
            poison = sum(is_poison(key, number) for key, last in final.items() for number in range(1, last + 1))
            sizes = given_up(client, queue)
            before, after, grew = memory.grew()
            print(f"given up: {len(sizes)} records of {poison} that fail; memory {before:.0f} MB, at the end {after:.0f} MB")
            if sizes != [1] * poison:
                accounts.wrong.append(f"failure records {collections.Counter(sizes)} instead of {poison} single ones")
            if written["errors"] or grew:
                accounts.wrong.append("writes failed" if written["errors"] else "memory grew")
    for line in accounts.wrong[:20]:
        print("WRONG:", line)
    print("every record accounted for" if not accounts.wrong else f"{len(accounts.wrong)} things are wrong")
    return 1 if accounts.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
