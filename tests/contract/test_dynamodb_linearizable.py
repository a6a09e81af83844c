"""Many clients at once: what they see fits one order of the writes, which is also the order of time."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.conflicts import insist

CLIENTS = 8


@pytest.fixture(scope="module")
def db(client):
    return client("dynamodb")


@pytest.fixture(scope="module")
def table(db):
    name = "linearizable"
    db.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": t} for a, t in (("pk", "S"), ("sk", "N"), ("g", "S"))],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-g", "Projection": {"ProjectionType": "ALL"},
                                 "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def key(pk, sk=1):
    return {"pk": {"S": pk}, "sk": {"N": str(sk)}}


def together(work, count=CLIENTS):
    """Runs work(i) in `count` threads and gives what they return."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


def test_every_increment_returns_a_value_of_its_own(db, table, unique):
    k = key(unique("counter"))

    def increment(i):
        seen = []
        for turn in range(40):
            expression = "ADD n :one" if (i + turn) % 2 else "SET n = if_not_exists(n, :zero) + :one"
            values = {":one": {"N": "1"}, **({":zero": {"N": "0"}} if expression.startswith("SET") else {})}
            answer = db.update_item(TableName=table, Key=k, UpdateExpression=expression, ExpressionAttributeValues=values,
                                    ReturnValues="UPDATED_NEW")
            seen.append(int(answer["Attributes"]["n"]["N"]))
        assert seen == sorted(seen)
        return seen

    assert sorted(itertools.chain(*together(increment))) == list(range(1, CLIENTS * 40 + 1))


def test_conditional_writes_and_reads_fit_one_order(db, table, unique):
    """Clients replace a register's value by a new one if it is still what they read. The successful writes make one
    chain. No write and no consistent read may be out of place in it: who began after another had ended comes later."""
    k = key(unique("register"))
    db.put_item(TableName=table, Item={**k, "v": {"S": "start"}})
    writes, reads, lock = [], [], threading.Lock()

    def client(i):
        for turn in range(30):
            begun = time.monotonic()
            value = db.get_item(TableName=table, Key=k, ConsistentRead=True)["Item"]["v"]["S"]
            read = (begun, time.monotonic(), value)
            begun, mine = time.monotonic(), f"{i}-{turn}"
            try:
                db.update_item(TableName=table, Key=k, UpdateExpression="SET v = :new", ConditionExpression="v = :old",
                               ExpressionAttributeValues={":new": {"S": mine}, ":old": {"S": value}})
                write = (begun, time.monotonic(), value, mine)
            except db.exceptions.ConditionalCheckFailedException:
                write = None
            with lock:
                reads.append(read)
                if write:
                    writes.append(write)

    together(client)
    next_of = {old: (begun, ended, new) for begun, ended, old, new in writes}
    assert len(next_of) == len(writes), "two writes replaced the same value"
    chain, value = [], "start"
    while value in next_of:
        chain.append(next_of[value])
        value = next_of[value][2]
    assert len(chain) == len(writes) >= 30
    assert db.get_item(TableName=table, Key=k)["Item"]["v"]["S"] == value
    # Place n holds the n-th value of the chain; the write at place n must not begin after a later one has ended.
    place = {"start": 0, **{new: n for n, (_, _, new) in enumerate(chain, 1)}}
    for (_, ended, _), (begun, _, _) in zip(reversed(chain), list(reversed(chain))[1:]):
        assert begun <= ended
    for begun, ended, value in reads:
        before = max((n for n, write in enumerate(chain, 1) if write[1] < begun), default=0)
        after = max((n for n, write in enumerate(chain, 1) if write[0] <= ended), default=0)
        assert before <= place[value] <= after, "a read saw the past or the future"


def add_to(table, k, amount):
    return {"TableName": table, "Key": k, "UpdateExpression": "ADD n :n", "ExpressionAttributeValues": {":n": {"N": str(amount)}}}


def test_transactions_and_plain_writes_meet_without_losing_any(db, table, unique):
    """Transactions add to two items, plain updates to one of them: all additions are there in the end."""
    a, b = key(unique("a")), key(unique("b"))

    def client(i):
        for turn in range(25):
            if (i + turn) % 2:
                insist(db.transact_write_items, TransactItems=[{"Update": add_to(table, a, 1)}, {"Update": add_to(table, b, 1)}])
            else:
                insist(db.update_item, **add_to(table, a, 1))

    together(client)
    in_transactions = sum((i + turn) % 2 for i in range(CLIENTS) for turn in range(25))
    for k, expected in ((a, CLIENTS * 25), (b, in_transactions)):
        assert db.get_item(TableName=table, Key=k, ConsistentRead=True)["Item"]["n"] == {"N": str(expected)}


def pages(call, **arguments):
    start = {}
    while True:
        answer = call(**arguments, **start)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


@pytest.mark.parametrize("forward", [True, False])
def test_pages_under_writes_give_each_unchanged_item_once(db, table, unique, forward):
    """Items with even sort keys stay; those with odd ones come, change and go while pages are read in the table, in an
    index and in a scan of four segments."""
    pk = unique("pages")
    stay = [{**key(pk, n), "g": {"S": pk}, "v": {"S": "unchanged"}} for n in range(0, 200, 2)]
    for at in range(0, len(stay), 25):
        db.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in stay[at:at + 25]]})
    stop = threading.Event()

    def churn(i):
        for turn in itertools.count():
            if stop.is_set():
                return
            item = {**key(pk, (2 * (i + 3 * turn) + 1) % 200), "g": {"S": pk}, "v": {"S": "x" * (turn % 50)}}
            db.put_item(TableName=table, Item=item)
            if turn % 2:
                db.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})

    def unchanged(items):
        return [int(item["sk"]["N"]) for item in items if item["pk"]["S"] == pk and item["v"]["S"] == "unchanged"]

    expected = sorted((int(item["sk"]["N"]) for item in stay), reverse=not forward)
    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(churn, i) for i in range(3)]
        try:
            for limit in (1, 7, 40):
                read = {"TableName": table, "Limit": limit, "ScanIndexForward": forward, "ExpressionAttributeValues": {":k": {"S": pk}}}
                assert unchanged(pages(db.query, **read, KeyConditionExpression="pk = :k")) == expected
                assert unchanged(pages(db.query, **read, KeyConditionExpression="g = :k", IndexName="by-g")) == expected
            found = []
            for segment in range(4):
                found += unchanged(pages(db.scan, TableName=table, Limit=9, Segment=segment, TotalSegments=4))
            assert sorted(found) == sorted(expected)
        finally:
            stop.set()
        for writer in writers:
            writer.result()
