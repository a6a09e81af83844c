"""What a large table costs beside a small one: GetItem, PutItem, one page of Query, DescribeTable and ListTables on a table of
--items and one of --small items in the same server, by turns. The bound is 1.2 times for the first three. Both tables
are filled by ImportTable, from CSV objects in the emulator's own S3; ten million items need about 8 GB of disk."""

import argparse
import pathlib
import random
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from bench import ACCOUNT, dynamodb, load  # noqa: E402
from harness import aws  # noqa: E402
from harness.server import Server  # noqa: E402

ROWS_PER_OBJECT = 500_000
ITEMS_PER_KEY = 10  # an item collection: what a Query's page reads
SAMPLES = 2000      # distinct keys that the load goes round
ROUNDS = 5
BOUND = 1.2


def key_of(number):
    return {"pk": {"S": f"user-{number // ITEMS_PER_KEY}"}, "sk": {"S": f"{number % ITEMS_PER_KEY}"}}


def fill(clients, name, items):
    """A table of that many items of about 250 bytes."""
    s3, tables = clients("s3"), clients("dynamodb")
    s3.create_bucket(Bucket=f"rows-{name}")
    filler = "x" * 200
    for begin in range(0, items, ROWS_PER_OBJECT):
        rows = "".join(f"user-{n // ITEMS_PER_KEY},{n % ITEMS_PER_KEY},{filler}\n" for n in range(begin, min(items, begin + ROWS_PER_OBJECT)))
        s3.put_object(Bucket=f"rows-{name}", Key=f"{begin:012}.csv", Body=("pk,sk,about\n" + rows).encode())
    names = [{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")]
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    arn = tables.import_table(
        S3BucketSource={"S3Bucket": f"rows-{name}"}, InputFormat="CSV",
        TableCreationParameters={"TableName": name, "AttributeDefinitions": names, "KeySchema": keys, "BillingMode": "PAY_PER_REQUEST"},
    )["ImportTableDescription"]["ImportArn"]
    while True:
        described = tables.describe_import(ImportArn=arn)["ImportTableDescription"]
        if described["ImportStatus"] != "IN_PROGRESS":
            break
        time.sleep(0.2)
    assert described["ImportStatus"] == "COMPLETED" and described["ImportedItemCount"] == items, described
    assert tables.describe_table(TableName=name)["Table"]["ItemCount"] == items


def workloads(port, table, items):
    """name -> requests, over keys from all of the table."""
    numbers = random.Random(1).sample(range(items), min(items, SAMPLES))
    condition = {"KeyConditionExpression": "pk = :pk"}
    return {
        "GetItem": [dynamodb(port, "GetItem", {"TableName": table, "Key": key_of(n)}) for n in numbers],
        "PutItem": [dynamodb(port, "PutItem", {"TableName": table, "Item": {**key_of(n), "about": {"S": str(n) * 20}}}) for n in numbers],
        "Query, one page": [
            dynamodb(port, "Query", {"TableName": table, **condition, "ExpressionAttributeValues": {":pk": key_of(n)["pk"]}}) for n in numbers
        ],
        "DescribeTable": [dynamodb(port, "DescribeTable", {"TableName": table})],
        "ListTables": [dynamodb(port, "ListTables", {})],
    }


def compare(program, port, small, large, seconds):
    """[(name, p50 of the small in us, p50 of the large)]: medians over rounds in which they take turns."""
    requests = {side: workloads(port, side, items) for side, items in (("small", small), ("large", large))}
    rows = []
    for name in requests["small"]:
        taken = {"small": [], "large": []}
        for _ in range(ROUNDS):
            for side in taken:
                result = load(program, port, 1, seconds, requests[side][name])
                assert not result["errors"], (name, result)
                taken[side].append(result["p50_us"])
        rows.append((name, statistics.median(taken["small"]), statistics.median(taken["large"])))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--load", required=True, help="the built load generator")
    parser.add_argument("--items", type=int, default=10_000_000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=1, help="for each turn")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="millrace-scale-") as folder:
        folder = pathlib.Path(folder)
        with Server(folder / "server.log", data_dir=folder / "data", binary_path=arguments.binary) as server:
            def clients(service):
                return aws.make_client(server.endpoint, service, ACCOUNT, read_timeout=600)

            for name, items in (("small", arguments.small), ("large", arguments.items)):
                started = time.monotonic()
                fill(clients, name, items)
                print(f"{name}: {items:,} items imported in {time.monotonic() - started:.1f} s", flush=True)
            print(f"\n{'p50 at one connection':24}{'small us':>10}{'large us':>10}{'ratio':>8}")
            rows = compare(arguments.load, server.port, arguments.small, arguments.items, arguments.seconds)
            for name, small, large in rows:
                print(f"{name:24}{small:10.0f}{large:10.0f}{large / small:8.2f}")
    if any(large / small > BOUND for _, small, large in rows):
        raise SystemExit(f"more than {BOUND} times the small table's cost")


if __name__ == "__main__":
    main()
