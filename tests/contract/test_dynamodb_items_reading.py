"""Query and Scan: ranges, order, pages, filters, indexes, and what they refuse."""

import pytest
from botocore.exceptions import ClientError

INVALID = "One or more parameter values were invalid: "


@pytest.fixture(scope="module")
def db(client):
    return client("dynamodb")


@pytest.fixture(scope="module")
def table(db):
    """40 items in 4 partitions, with a global index on `g` (keys only) and a local index on `l` (keys only)."""
    name = "reading"
    db.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": t} for a, t in (("pk", "S"), ("sk", "N"), ("g", "S"), ("l", "S"))],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {"IndexName": "gsi", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
             "Projection": {"ProjectionType": "KEYS_ONLY"}}],
        LocalSecondaryIndexes=[
            {"IndexName": "lsi", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "l", "KeyType": "RANGE"}],
             "Projection": {"ProjectionType": "KEYS_ONLY"}}],
        BillingMode="PAY_PER_REQUEST",
    )
    for p in range(4):
        for s in range(-5, 5):
            item = {"pk": {"S": f"p{p}"}, "sk": {"N": str(s)}, "v": {"N": str(s * s)}, "l": {"S": f"l{9 - (s + 5)}"}}
            if s % 2 == 0:
                item["g"] = {"S": "even"}
            db.put_item(TableName=name, Item=item)
    return name


def query(db, table, condition, values, **more):
    return db.query(TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values, **more)


def sort_keys(answer):
    return [int(item["sk"]["N"]) for item in answer["Items"]]


P1 = {":p": {"S": "p1"}}


@pytest.mark.parametrize(
    "condition, values, expected",
    [
        ("pk = :p", {}, list(range(-5, 5))),
        ("pk = :p AND sk = :a", {":a": {"N": "2.0"}}, [2]),
        ("pk = :p AND sk < :a", {":a": {"N": "-3"}}, [-5, -4]),
        ("pk = :p AND sk <= :a", {":a": {"N": "-3"}}, [-5, -4, -3]),
        ("pk = :p AND sk > :a", {":a": {"N": "2"}}, [3, 4]),
        (":a <= sk AND pk = :p", {":a": {"N": "2"}}, [2, 3, 4]),
        ("pk = :p AND sk BETWEEN :a AND :b", {":a": {"N": "-1"}, ":b": {"N": "1"}}, [-1, 0, 1]),
        ("pk = :p AND sk > :a", {":a": {"N": "99"}}, []),
    ],
)
def test_ranges(db, table, condition, values, expected):
    answer = query(db, table, condition, {**P1, **values})
    assert sort_keys(answer) == expected and answer["Count"] == answer["ScannedCount"] == len(expected)
    assert sort_keys(query(db, table, condition, {**P1, **values}, ScanIndexForward=False)) == expected[::-1]


def test_pages_meet_without_gap_or_overlap_in_both_directions(db, table):
    for forward in (True, False):
        seen, start = [], {}
        while True:
            answer = query(db, table, "pk = :p", P1, Limit=3, ScanIndexForward=forward, **start)
            seen += sort_keys(answer)
            if "LastEvaluatedKey" not in answer:
                break
            assert answer["LastEvaluatedKey"] == {"pk": {"S": "p1"}, "sk": {"N": str(seen[-1])}}
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        assert seen == sorted(range(-5, 5), reverse=not forward)


def test_limit_counts_before_the_filter_and_stops_even_at_the_last_item(db, table):
    answer = query(db, table, "pk = :p", {**P1, ":v": {"N": "16"}}, FilterExpression="v >= :v", Limit=10)
    assert (answer["Count"], answer["ScannedCount"]) == (3, 10) and answer["LastEvaluatedKey"]["sk"] == {"N": "4"}
    rest = query(db, table, "pk = :p", P1, ExclusiveStartKey=answer["LastEvaluatedKey"])
    assert rest["Items"] == [] and "LastEvaluatedKey" not in rest


def test_select(db, table):
    assert "Items" not in query(db, table, "pk = :p", P1, Select="COUNT")
    answer = query(db, table, "pk = :p", P1, ProjectionExpression="v", Limit=1)
    assert answer["Items"] == [{"v": {"N": "25"}}]


def test_global_index(db, table):
    answer = query(db, table, "g = :g AND sk >= :z", {":g": {"S": "even"}, ":z": {"N": "0"}}, IndexName="gsi", ReturnConsumedCapacity="INDEXES")
    assert answer["Count"] == 12 and set(answer["Items"][0]) == {"pk", "sk", "g"}
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.0},
                                          "GlobalSecondaryIndexes": {"gsi": {"CapacityUnits": 0.5}}}
    page = query(db, table, "g = :g", {":g": {"S": "even"}}, IndexName="gsi", Limit=5)
    assert set(page["LastEvaluatedKey"]) == {"pk", "sk", "g"}
    rest = query(db, table, "g = :g", {":g": {"S": "even"}}, IndexName="gsi", ExclusiveStartKey=page["LastEvaluatedKey"])
    assert rest["Count"] == 15


def test_local_index_fetches_what_it_lacks(db, table):
    answer = query(db, table, "pk = :p AND begins_with(l, :l)", {**P1, ":l": {"S": "l"}}, IndexName="lsi", Select="ALL_ATTRIBUTES", ConsistentRead=True)
    assert sort_keys(answer) == list(range(4, -6, -1)) and "v" in answer["Items"][0]
    assert "v" not in query(db, table, "pk = :p", P1, IndexName="lsi")["Items"][0]


def test_scan_finds_everything_once_in_pages_and_in_segments(db, table):
    def scan_all(**options):
        out, start = [], {}
        while True:
            answer = db.scan(TableName=table, Limit=7, **options, **start)
            out += [(item["pk"]["S"], int(item["sk"]["N"])) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return out
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    everything = sorted((f"p{p}", s) for p in range(4) for s in range(-5, 5))
    assert sorted(scan_all()) == everything
    assert sorted(sum((scan_all(Segment=i, TotalSegments=3) for i in range(3)), [])) == everything
    assert db.scan(TableName=table, IndexName="gsi", Select="COUNT")["Count"] == 20


def test_a_page_ends_at_a_megabyte(db, make_table):
    name = make_table()
    for i in range(4):
        db.put_item(TableName=name, Item={"pk": {"S": str(i)}, "x": {"S": "x" * 390_000}})
    answer = db.scan(TableName=name)
    assert answer["Count"] == 3 and "LastEvaluatedKey" in answer
    assert db.scan(TableName=name, ExclusiveStartKey=answer["LastEvaluatedKey"])["Count"] == 1


def refused(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    return raised.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    "condition, values, expected",
    [
        ("sk = :n", {":n": {"N": "1"}}, "Query condition missed key schema element: pk"),
        ("pk > :p", {":p": {"S": "a"}}, "Query key condition not supported"),
        ("pk = :p OR sk = :p", {":p": {"S": "a"}}, "Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: OR"),
        ("pk = :p AND sk = :p", {":p": {"S": "a"}}, INVALID + "Condition parameter type does not match schema type"),
        ("pk = :p AND pk = :p", {":p": {"S": "a"}}, "Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"),
        ("pk = :q", {":p": {"S": "a"}},
         "Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; attribute value: :q"),
        ("pk = :p", {":p": {"S": "a"}, ":q": {"S": "a"}}, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:q}"),
        ("pk = :p", {":p": {"S": ""}},
         "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"),
    ],
)
def test_query_refuses(db, table, condition, values, expected):
    assert refused(query, db=db, table=table, condition=condition, values=values) == expected


def test_query_refuses_more(db, table):
    ask = lambda **more: refused(query, db=db, table=table, condition="pk = :p", values={**P1, **more.pop("values", {})}, **more)  # noqa: E731
    assert ask(IndexName="nope") == "The table does not have the specified index: nope"
    assert ask(FilterExpression="sk > :z", values={":z": {"N": "1"}}) == (
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk")
    assert ask(ExclusiveStartKey={"pk": {"S": "p1"}}) == "The provided starting key is invalid"
    assert ask(ExclusiveStartKey={"pk": {"S": "p2"}, "sk": {"N": "1"}}) == (
        "The provided starting key is outside query boundaries based on provided conditions")
    assert refused(query, db=db, table=table, condition="g = :p", values=P1, IndexName="gsi", ConsistentRead=True) == (
        "Consistent reads are not supported on global secondary indexes")
    assert refused(query, db=db, table=table, condition="g = :p", values=P1, IndexName="gsi", Select="ALL_ATTRIBUTES") == (
        INVALID + "Select type ALL_ATTRIBUTES is not supported for global secondary index gsi because its projection type is not ALL")
    assert refused(db.query, TableName=table) == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")


def test_scan_refuses(db, table):
    assert refused(db.scan, TableName=table, Segment=0).startswith("The TotalSegments parameter is required")
    assert refused(db.scan, TableName=table, Segment=7, TotalSegments=5) == (
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 7 is not less than TotalSegments: 5")


def test_legacy_conditions_and_filters(db, table):
    conditions = {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "p1"}]},
                  "sk": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "0"}]}}
    filters = {"v": {"ComparisonOperator": "LT", "AttributeValueList": [{"N": "5"}]}}
    assert sort_keys(db.query(TableName=table, KeyConditions=conditions, QueryFilter=filters)) == [0, 1, 2]
    assert db.query(TableName=table, KeyConditions=conditions, AttributesToGet=["v"], Limit=1)["Items"] == [{"v": {"N": "0"}}]
    two = {"v": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "0"}]}, "g": {"ComparisonOperator": "NULL"}}
    assert db.scan(TableName=table, ScanFilter=two)["Count"] == 0
    assert db.scan(TableName=table, ScanFilter=two, ConditionalOperator="OR")["Count"] == 24
