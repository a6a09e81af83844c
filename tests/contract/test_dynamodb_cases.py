"""Requests and their exact answers, as data: tests/data/dynamodb/*.jsonl, one case a line.

A case sends `in` to `op` and expects either the error (`error`, ValidationException unless named, with exactly the
message `says`) or exactly the answer `out`. `given` is sent before, `then` after; each is a list of [op, in] or
[op, in, out]. In every text `$hash`, `$range` and `$index` are the module's tables, `$k` is a key of the case's own and
`$arn` the beginning of a table's ARN. {"$text": [t, n]} is t written n times, {"$texts": [t, n, s]} n times with s
between and `$n` counted, {"$list": [v, n]} a list of n values with `$n` counted. A string instead of `in` is the body as it is.
`of` marks the case as one that shows a line of tests/data/fidelity.tsv.
"""

import json
import pathlib

import pytest

DATA = pathlib.Path(__file__).parents[1] / "data" / "dynamodb"


def load():
    for path in sorted(DATA.glob("*.jsonl")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.strip():
                yield pytest.param(json.loads(line), id=f"{path.stem}:{number}")


def key_schema(*names):
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"))]


def index(name, keys, kind="ALL", attributes=()):
    projection = {"ProjectionType": kind, **({"NonKeyAttributes": list(attributes)} if attributes else {})}
    return {"IndexName": name, "KeySchema": key_schema(*keys), "Projection": projection}


@pytest.fixture(scope="module")
def tables(client):
    db = client("dynamodb")

    def create(name, keys, types, **indexes):
        definitions = [{"AttributeName": a, "AttributeType": t} for a, t in types.items()]
        db.create_table(TableName=name, KeySchema=key_schema(*keys), AttributeDefinitions=definitions,
                        BillingMode="PAY_PER_REQUEST", **indexes)

    create("cases-hash", ["pk"], {"pk": "S"})
    create("cases-range", ["pk", "sk"], {"pk": "S", "sk": "N"})
    create(
        "cases-index", ["pk", "sk"], {"pk": "S", "sk": "S", "l": "N", "g": "S", "gs": "N"},
        LocalSecondaryIndexes=[index("lkeys", ["pk", "l"], "KEYS_ONLY")],
        GlobalSecondaryIndexes=[index("gall", ["g", "gs"]), index("gkeys", ["g"], "KEYS_ONLY"),
                                index("ginc", ["g"], "INCLUDE", ["a"])],
    )
    create("cases-both", ["pk", "sk"], {"pk": "S", "sk": "S", "l": "N"},
           LocalSecondaryIndexes=[index("l-by-l", ["pk", "l"])], GlobalSecondaryIndexes=[index("g-by-l", ["l"])])
    several = [{"AttributeName": a, "KeyType": "HASH"} for a in ("h1", "h2")]
    several += [{"AttributeName": a, "KeyType": "RANGE"} for a in ("a", "b", "c")]
    create("cases-multi", ["pk"], dict.fromkeys(["pk", "h1", "h2", "a", "b", "c"], "S"),
           GlobalSecondaryIndexes=[{**index("gmk", ["pk"]), "KeySchema": several}])
    arn = db.describe_table(TableName="cases-hash")["Table"]["TableArn"].rsplit("/", 1)[0]
    return {"$hash": "cases-hash", "$range": "cases-range", "$index": "cases-index", "$both": "cases-both",
            "$multi": "cases-multi", "$arn": arn}


def expand(value, names):
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(name, text)
        return value
    if isinstance(value, list):
        return [expand(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    if "$text" in value:
        text, count = value["$text"]
        return expand(text, names) * count
    if "$texts" in value:
        text, count, separator = value["$texts"]
        return separator.join(expand(text, {**names, "$n": str(i)}) for i in range(count))
    if "$list" in value:
        one, count = value["$list"]
        return [expand(one, {**names, "$n": str(i)}) for i in range(count)]
    return {expand(key, names): expand(one, names) for key, one in value.items()}


@pytest.mark.parametrize("case", load())
def test_case(raw, tables, unique, case):
    names = {**tables, "$k": unique("k")}

    def send(op, body):
        return raw.dynamodb(op, expand(body, names))

    for op, body, *out in case.get("given", []):
        answer = send(op, body)
        assert answer.status == 200, (op, answer)
        assert not out or answer.json() == expand(out[0], names)
    answer = send(case["op"], case["in"])
    if "out" in case:
        assert answer.status == 200, answer
        assert answer.json() == expand(case["out"], names)
    else:
        assert answer.status == 400, answer
        body = answer.json()
        code = body["__type"].split("#")[-1]
        assert (code, body.get("message", body.get("Message"))) == (
            case.get("error", "ValidationException"), expand(case.get("says"), names))
        for member, expected in case.get("with", {}).items():
            assert body[member] == expand(expected, names)
    for op, body, *out in case.get("then", []):
        answer = send(op, body)
        assert answer.status == 200, (op, answer)
        assert not out or answer.json() == expand(out[0], names)
