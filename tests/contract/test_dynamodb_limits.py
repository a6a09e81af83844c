"""What is read of large tables: pages of a megabyte, batches of sixteen, in memory that doesn't grow with the table; and
numbers and keys against Python's own arithmetic and order."""

import decimal
import random
import re

import pytest
from botocore.exceptions import ClientError
from harness.own_server import endpoint, server  # noqa: F401
from harness.server import is_sanitized

ITEM_BYTES = 300_000
COUNT = 200


@pytest.fixture(scope="module")
def db(client):
    return client("dynamodb")


def create(db, name, sort_type):
    db.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": sort_type}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def key(sk):
    return {"pk": {"S": "p"}, "sk": {"N": str(sk)}}


@pytest.fixture(scope="module")
def large(db):
    """60 MB in one item collection."""
    name = create(db, "large", "N")
    for at in range(0, COUNT, 10):
        puts = [{"PutRequest": {"Item": {**key(n), "b": {"S": "x" * ITEM_BYTES}}}} for n in range(at, at + 10)]
        assert db.batch_write_item(RequestItems={name: puts})["UnprocessedItems"] == {}
    return name


def memory_mb(server, peak=False):  # noqa: F811
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(re.search(r"VmHWM:\s+(\d+)" if peak else r"VmRSS:\s+(\d+)", status.read()).group(1)) // 1024


def forget_peak(server):  # noqa: F811
    with open(f"/proc/{server.process.pid}/clear_refs", "w") as file:
        file.write("5")


@pytest.mark.skipif(is_sanitized(), reason="a sanitizer's own memory isn't the server's")
def test_reading_all_of_a_large_table_takes_no_memory_for_it(db, large, server):  # noqa: F811
    read_all = {
        "query": lambda start: db.query(TableName=large, KeyConditionExpression="pk = :p",
                                        ExpressionAttributeValues={":p": {"S": "p"}}, **start),
        "scan": lambda start: db.scan(TableName=large, **start),
        "filter": lambda start: db.scan(TableName=large, FilterExpression="attribute_exists(nope)", **start),
        "count": lambda start: db.scan(TableName=large, Select="COUNT", **start),
    }
    for name, call in read_all.items():
        call({})  # what a first page costs once: caches, buffers
        before = memory_mb(server)
        forget_peak(server)
        scanned, calls, start = 0, 0, {}
        while True:
            answer = call(start)
            scanned, calls = scanned + answer["ScannedCount"], calls + 1
            if "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        assert scanned == COUNT and calls >= COUNT * ITEM_BYTES // 2**20 // 2, name
        # The store keeps 40 MiB of the blocks that it read last, whatever the table's size.
        assert memory_mb(server, peak=True) - before < 45, f"{name} of 60 MB"


def test_a_batch_of_reads_stops_at_16_megabytes(db, large):
    keys = [key(n) for n in range(100)]
    answer = db.batch_get_item(RequestItems={large: {"Keys": keys, "ConsistentRead": True}})
    got, left = answer["Responses"][large], answer["UnprocessedKeys"][large]
    assert 50 <= len(got) <= 56 and len(got) + len(left["Keys"]) == 100
    assert left["ConsistentRead"] is True
    rest = db.batch_get_item(RequestItems={large: left})
    assert len(rest["Responses"][large]) == len(left["Keys"]) and rest["UnprocessedKeys"] == {}
    assert sorted(int(item["sk"]["N"]) for item in got + rest["Responses"][large]) == list(range(100))


def some_number(chance):
    digits = chance.randint(1, 38)
    text = str(chance.randint(10 ** (digits - 1), 10**digits - 1))
    exponent = chance.choice([0, chance.randint(-20, 20), chance.randint(-130, 125)]) - digits + 1
    number = decimal.Decimal(f"{chance.choice(['', '-'])}{text}E{exponent}")
    return number if -130 <= number.adjusted() <= 125 and number.as_tuple().exponent >= -130 else decimal.Decimal(text)


def test_arithmetic_is_exact_or_refused(db, unique):
    name, chance = create(db, unique("numbers"), "N"), random.Random(3)
    with decimal.localcontext() as context:
        context.prec = 400
        for turn in range(150):
            a, b = some_number(chance), some_number(chance)
            if turn % 2:  # of about the same size, so that most sums fit
                b = (a * chance.randint(-9, 9)).normalize()
                b = b if len(b.as_tuple().digits) <= 38 and b.adjusted() <= 125 else a
            item = {**key(turn), "a": {"N": str(a)}, "b": {"N": str(b)}}
            db.put_item(TableName=name, Item=item)
            for sign, expected in (("+", a + b), ("-", a - b)):
                expected = expected.normalize() if expected else decimal.Decimal(0)
                fits = not expected or (len(expected.as_tuple().digits) <= 38 and -130 <= expected.adjusted() <= 125)
                try:
                    answer = db.update_item(TableName=name, Key=key(turn), UpdateExpression=f"SET c = a {sign} b", ReturnValues="UPDATED_NEW")
                    got = answer["Attributes"]["c"]["N"]
                    assert fits and got == format(expected, "f"), (a, sign, b)
                except ClientError as error:
                    assert not fits and error.response["Error"]["Message"].startswith("Number overflow"), (a, sign, b, expected)


@pytest.mark.parametrize("kind", ["N", "S", "B"])
def test_keys_sort_as_their_values_do(db, unique, kind):
    name, chance = create(db, unique("sorted"), kind), random.Random(5)
    if kind == "N":
        values = {some_number(chance) for _ in range(150)} | {decimal.Decimal(n) for n in ("0", "-1", "1", "10", "9", "-10", "1e-130", "-1e-130", "1e125", "-1e125")}
        values, wire = sorted(values), str
    elif kind == "S":
        letters = "\x00\x01\x7f aAzZ09äé\u0800\uffff\U0001f600"
        texts = {"".join(chance.choices(letters, k=chance.randint(1, 4))) for _ in range(150)}
        values, wire = sorted(texts, key=lambda text: text.encode()), str
    else:
        values = sorted({bytes(chance.choices([0, 1, 127, 128, 254, 255], k=chance.randint(1, 4))) for _ in range(150)})
        wire = bytes
    shuffled = [{"pk": {"S": "p"}, "sk": {kind: wire(value)}} for value in chance.sample(values, len(values))]
    for at in range(0, len(shuffled), 25):
        db.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": item}} for item in shuffled[at:at + 25]]})
    arguments = {"TableName": name, "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "p"}}}
    got = [item["sk"][kind] for item in db.query(**arguments)["Items"]]
    assert (list(map(decimal.Decimal, got)) if kind == "N" else got) == values
    middle = values[len(values) // 2]
    arguments["ExpressionAttributeValues"][":m"] = {kind: wire(middle)}
    arguments["KeyConditionExpression"] = "pk = :p AND sk >= :m"
    assert db.query(**arguments, Select="COUNT")["Count"] == len(values) - len(values) // 2


def test_a_token_is_good_for_ten_minutes(db, unique, emulator_clock):
    name, token = create(db, unique("tokens"), "N"), unique("token")

    def put(sk):
        db.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": key(sk)}}], ClientRequestToken=token)

    put(1)
    emulator_clock.advance(590)
    put(1)
    with pytest.raises(db.exceptions.IdempotentParameterMismatchException):
        put(2)
    emulator_clock.advance(20)
    put(2)
    assert db.scan(TableName=name, Select="COUNT")["Count"] == 2


def test_attribute_names_are_at_most_65535_bytes(raw, db, unique):
    name = create(db, unique("names"), "N")

    def put(attribute, nested):
        item = {**key(1), **({"m": {"M": {attribute: {"N": "1"}}}} if nested else {attribute: {"N": "1"}})}
        return raw.dynamodb("PutItem", {"TableName": name, "Item": item})

    for nested in (False, True):
        assert put("a" * 65_535, nested).status == 200
        answer = put("a" * 65_536, nested)
        assert answer.status == 400 and answer.json()["message"].endswith("Attribute name is too large, must be less than 65536 bytes")


def test_long_attribute_names_are_refused_wherever_they_come_from(raw, db, unique):
    name = create(db, unique("names"), "N")
    long, values = "a" * 65_536, {":v": {"S": "x"}}
    update = {"TableName": name, "Key": key(1)}
    names = {"ExpressionAttributeNames": {"#a": long}}
    for operation, body in (
        ("UpdateItem", {**update, "UpdateExpression": "SET #a = :v", "ExpressionAttributeValues": values, **names}),
        ("GetItem", {**update, "ProjectionExpression": "#a", **names}),
        ("DeleteItem", {**update, "ConditionExpression": "attribute_exists(#a)", **names}),
        ("UpdateItem", {**update, "AttributeUpdates": {long: {"Value": {"S": "x"}}}}),
        ("UpdateItem", {**update, "Expected": {long: {"Exists": False}}}),
        ("GetItem", {**update, "AttributesToGet": [long]}),
        ("Scan", {"TableName": name, "ScanFilter": {long: {"ComparisonOperator": "NULL"}}}),
    ):
        answer = raw.dynamodb(operation, body)
        assert answer.status == 400 and "ValidationException" in answer.json()["__type"], (operation, answer)
        assert "less than or equal to 65535" in answer.json()["message"], operation
    shorter = {"TableName": name, "Key": key(1), "AttributeUpdates": {long[1:]: {"Value": {"S": "x"}}}}
    assert raw.dynamodb("UpdateItem", shorter).status == 200
