"""PutItem, GetItem, UpdateItem and DeleteItem: what they store and return, and what they refuse, in AWS's words."""

import pytest
from botocore.exceptions import ClientError

PREFIX = "1 validation error detected: "
INVALID = "One or more parameter values were invalid: "


@pytest.fixture(scope="module")
def db(client):
    return client("dynamodb")


@pytest.fixture(scope="module")
def table(db):
    """A table with a string partition key and a number sort key, shared by the module."""
    name = "items-composite"
    db.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture(scope="module")
def indexed(db):
    """A table with a global index on `g` and a local index on `l`."""
    name = "items-indexed"
    db.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in ("pk", "sk", "g", "l")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {"IndexName": "gsi", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "lsi",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "l", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def key(pk, sk=1):
    return {"pk": {"S": pk}, "sk": {"N": str(sk)}}


def refused(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response


def message(call, **arguments):
    response = refused(call, **arguments)
    assert response["Error"]["Code"] == "ValidationException", response
    return response["Error"]["Message"]


def test_every_type_comes_back_as_it_was_put(db, table, unique):
    item = {
        **key(unique("k")),
        "s": {"S": "ä\u0001\"\\"}, "empty": {"S": ""}, "n": {"N": "-1.5"}, "b": {"B": b"\x00\xff"}, "t": {"BOOL": True},
        "nul": {"NULL": True}, "l": {"L": [{"S": "x"}, {"L": []}]}, "m": {"M": {"k": {"M": {}}}}, "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1", "2"]}, "bs": {"BS": [b"a"]},
    }
    assert "Attributes" not in db.put_item(TableName=table, Item=item)
    got = db.get_item(TableName=table, Key={k: item[k] for k in ("pk", "sk")}, ConsistentRead=True)["Item"]
    assert got == item


def test_numbers_are_normalised_and_keys_are_equal_by_value(db, table, unique):
    pk = unique("k")
    db.put_item(TableName=table, Item={"pk": {"S": pk}, "sk": {"N": "1e3"}, "v": {"N": "007.10"}})
    assert db.get_item(TableName=table, Key=key(pk, "1000.0"))["Item"] == {"pk": {"S": pk}, "sk": {"N": "1000"}, "v": {"N": "7.1"}}


def test_a_missing_item_is_no_item(db, table, unique):
    answer = db.get_item(TableName=table, Key=key(unique("none")), ReturnConsumedCapacity="TOTAL")
    assert "Item" not in answer
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 0.5}


def test_put_and_delete_return_the_old_item(db, table, unique):
    k = key(unique("k"))
    assert "Attributes" not in db.put_item(TableName=table, Item={**k, "v": {"N": "1"}}, ReturnValues="ALL_OLD")
    assert db.put_item(TableName=table, Item={**k, "v": {"N": "2"}}, ReturnValues="ALL_OLD")["Attributes"] == {**k, "v": {"N": "1"}}
    assert db.delete_item(TableName=table, Key=k, ReturnValues="ALL_OLD")["Attributes"] == {**k, "v": {"N": "2"}}
    assert "Attributes" not in db.delete_item(TableName=table, Key=k, ReturnValues="ALL_OLD")


def test_conditions_are_checked_and_the_item_is_returned_when_asked(raw, db, table, unique):
    item = {**key(unique("k")), "v": {"N": "1"}}
    db.put_item(TableName=table, Item=item)
    body = {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
    answer = raw.dynamodb("PutItem", body).json()
    assert answer["message"] == "The conditional request failed" and "Item" not in answer
    answer = raw.dynamodb("PutItem", {**body, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}).json()
    assert answer["__type"] == "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
    assert answer["Item"] == item


def test_update_returns_what_was_asked(db, table, unique):
    k = key(unique("k"))
    update = lambda expression, values, returns: db.update_item(  # noqa: E731
        TableName=table, Key=k, UpdateExpression=expression, ReturnValues=returns,
        **({"ExpressionAttributeValues": values} if values else {}),
    )
    assert update("SET a = :a, m = :m", {":a": {"N": "1"}, ":m": {"M": {"x": {"S": "1"}, "y": {"S": "2"}}}}, "UPDATED_NEW")["Attributes"] == {
        "a": {"N": "1"}, "m": {"M": {"x": {"S": "1"}, "y": {"S": "2"}}}}
    assert update("SET a = a + :a, m.x = :b", {":a": {"N": "2"}, ":b": {"S": "9"}}, "UPDATED_NEW")["Attributes"] == {
        "a": {"N": "3"}, "m": {"M": {"x": {"S": "9"}}}}
    assert update("SET m.x = :b", {":b": {"S": "7"}}, "UPDATED_OLD")["Attributes"] == {"m": {"M": {"x": {"S": "9"}}}}
    assert update("ADD a :a", {":a": {"N": "-3"}}, "ALL_NEW")["Attributes"]["a"] == {"N": "0"}
    assert "Attributes" not in update("REMOVE a", None, "UPDATED_NEW")
    assert update("REMOVE m", None, "ALL_OLD")["Attributes"]["m"]["M"]["x"] == {"S": "7"}
    assert db.get_item(TableName=table, Key=k)["Item"] == k


def test_update_creates_an_item_but_remove_doesnt(db, table, unique):
    k = key(unique("k"))
    db.update_item(TableName=table, Key=k, UpdateExpression="REMOVE a")
    assert "Item" not in db.get_item(TableName=table, Key=k)
    db.update_item(TableName=table, Key=k)
    assert db.get_item(TableName=table, Key=k)["Item"] == k


@pytest.mark.parametrize(
    "expression, values, expected",
    [
        ("SET a = b", {}, "The provided expression refers to an attribute that does not exist in the item"),
        ("SET a.b = :v", {":v": {"N": "1"}}, "The document path provided in the update expression is invalid for update"),
        ("SET a = pk + :v", {":v": {"N": "1"}}, "An operand in the update expression has an incorrect data type"),
        ("SET pk = :v", {":v": {"S": "1"}}, INVALID + "Cannot update attribute pk. This attribute is part of the key"),
        ("SET pk.x = :v", {":v": {"S": "1"}},
         "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"),
        ("SET a = :v SET b = :v", {":v": {"S": "1"}},
         PREFIX + 'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;'),
        ("SET _1 = :v", {":v": {"S": "1"}}, PREFIX + 'Invalid UpdateExpression: Syntax error; token: "_", near: "SET _1"'),
        ("SET a = :w", {":v": {"S": "1"}},
         PREFIX + "Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :w"),
        ("REMOVE a", {":v": {"S": "1"}}, PREFIX + "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"),
        ("SET a = :v", {":v": {"NS": []}},
         PREFIX + INVALID + "An number set  may not be empty"),
        ("SET a = :v", {"v": {"S": ""}}, PREFIX + 'ExpressionAttributeValues contains invalid key: Syntax error; key: "v"'),
        ("", {}, PREFIX + "Invalid UpdateExpression: The expression can not be empty;"),
    ],
)
def test_update_refuses(raw, db, table, unique, expression, values, expected):
    k = key(unique("k"))
    db.put_item(TableName=table, Item=k)
    body = {"TableName": table, "Key": k, "UpdateExpression": expression}
    if values:
        body["ExpressionAttributeValues"] = values
    assert raw.dynamodb("UpdateItem", body).json()["message"] == expected


@pytest.mark.parametrize(
    "item, expected",
    [
        ({"sk": {"N": "1"}}, INVALID + "Missing the key pk in the item"),
        ({"pk": {"N": "1"}, "sk": {"N": "1"}}, INVALID + "Type mismatch for key pk expected: S actual: N"),
        ({"pk": {"S": ""}, "sk": {"N": "1"}},
         "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"),
        ({"pk": {"S": "x" * 2049}, "sk": {"N": "1"}}, INVALID + "Size of hashkey has exceeded the maximum size limit of2048 bytes"),
        ({"pk": {"S": "a"}, "sk": {"N": "x"}}, PREFIX + "The parameter cannot be converted to a numeric value: x"),
        ({"pk": {"S": "a"}, "sk": {"N": "1"}, "e": {}},
         PREFIX + "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"),
        ({"pk": {"S": "a"}, "sk": {"N": "1"}, "s": {"SS": ["a", "a"]}}, PREFIX + INVALID + 'Input collection ["a", "a"] contains duplicates.'),
        ({"pk": {"S": "a"}, "sk": {"N": "1"}, "big": {"S": "x" * 409600}}, "Item size has exceeded the maximum allowed size"),
    ],
)
def test_put_refuses(raw, table, item, expected):
    assert raw.dynamodb("PutItem", {"TableName": table, "Item": item}).json()["message"] == expected


def test_keys_must_match_the_schema(db, table):
    for wrong in ({"pk": {"S": "a"}}, {**key("a"), "x": {"S": "y"}}, {"pk": {"S": "a"}, "sk": {"S": "1"}}):
        for call in (db.get_item, db.delete_item, db.update_item):
            assert message(call, TableName=table, Key=wrong) == "The provided key element does not match the schema"


def test_constraints_come_before_everything(raw):
    answer = raw.dynamodb("PutItem", {"TableName": "ab", "ReturnValues": "x"}).json()
    assert answer["message"] == (
        "3 validation errors detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length greater "
        "than or equal to 3; Value null at 'item' failed to satisfy constraint: Member must not be null; Value 'x' at "
        "'returnValues' failed to satisfy constraint: Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, "
        "UPDATED_NEW]"
    )


def test_wrong_json_types_are_serialization_errors(raw):
    answer = raw.dynamodb("PutItem", {"Item": {"a": {"S": 5}}}).json()
    assert answer == {"__type": "com.amazon.coral.service#SerializationException",
                      "Message": "NUMBER_VALUE cannot be converted to String"}


def test_a_missing_table(db):
    response = refused(db.get_item, TableName="no-such-table", Key={"a": {"S": "a"}})
    assert response["Error"] == {"Code": "ResourceNotFoundException", "Message": "Requested resource not found"}


def test_the_table_may_be_named_by_its_arn(db, table, unique):
    arn = db.describe_table(TableName=table)["Table"]["TableArn"]
    k = key(unique("k"))
    db.put_item(TableName=arn, Item=k)
    assert db.get_item(TableName=arn, Key=k)["Item"] == k


def test_mixing_and_placeholders_without_expressions(raw, table):
    body = {"TableName": table, "Key": key("a"), "AttributesToGet": ["a"], "ProjectionExpression": "a"}
    assert raw.dynamodb("GetItem", body).json()["message"] == (
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
        "{AttributesToGet} Expression parameters: {ProjectionExpression}")
    body = {"TableName": table, "Key": key("a"), "ExpressionAttributeNames": {"#a": "a"}}
    assert raw.dynamodb("GetItem", body).json()["message"] == "ExpressionAttributeNames can only be specified when using expressions"


def test_projection_selects_and_compacts(db, table, unique):
    k = key(unique("k"))
    db.put_item(TableName=table, Item={**k, "l": {"L": [{"N": str(i)} for i in range(4)]}, "name": {"S": "n"}})
    got = db.get_item(TableName=table, Key=k, ProjectionExpression="l[3], l[1], #n, nowhere", ExpressionAttributeNames={"#n": "name"})
    assert got["Item"] == {"l": {"L": [{"N": "1"}, {"N": "3"}]}, "name": {"S": "n"}}


def test_index_keys_are_checked_on_write(raw, db, indexed):
    k = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    put = lambda extra: raw.dynamodb("PutItem", {"TableName": indexed, "Item": {**k, **extra}}).json()  # noqa: E731
    assert put({"g": {"N": "1"}})["message"] == INVALID + "Type mismatch for Index Key g Expected: S Actual: N IndexName: gsi"
    assert put({"g": {"S": ""}})["message"] == (
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The "
        "AttributeValue for a key attribute cannot contain an empty string value. IndexName: gsi, IndexKey: g")
    assert message(db.update_item, TableName=indexed, Key=k, UpdateExpression="SET g = :n", ExpressionAttributeValues={":n": {"N": "1"}}) == (
        INVALID + "Type mismatch for Index Key g Expected: S Actual: N IndexName: gsi")


def test_write_capacity_counts_the_indexes(db, indexed, unique):
    k = {"pk": {"S": unique("k")}, "sk": {"S": "b"}}
    put = lambda **extra: db.put_item(  # noqa: E731
        TableName=indexed, Item={**k, **extra}, ReturnConsumedCapacity="INDEXES", ReturnItemCollectionMetrics="SIZE")
    answer = put(g={"S": "1"}, l={"S": "1"})
    assert answer["ConsumedCapacity"] == {
        "TableName": indexed, "CapacityUnits": 3.0, "Table": {"CapacityUnits": 1.0},
        "GlobalSecondaryIndexes": {"gsi": {"CapacityUnits": 1.0}}, "LocalSecondaryIndexes": {"lsi": {"CapacityUnits": 1.0}}}
    assert answer["ItemCollectionMetrics"] == {"ItemCollectionKey": {"pk": k["pk"]}, "SizeEstimateRangeGB": [0.0, 1.0]}
    moved = put(g={"S": "2"}, l={"S": "1"})["ConsumedCapacity"]
    assert moved["GlobalSecondaryIndexes"] == {"gsi": {"CapacityUnits": 2.0}} and "LocalSecondaryIndexes" not in moved


def test_legacy_parameters(db, table, unique):
    k = key(unique("k"))
    db.put_item(TableName=table, Item={**k, "v": {"N": "1"}, "s": {"SS": ["a"]}}, Expected={"pk": {"Exists": False}})
    response = refused(db.put_item, TableName=table, Item=k, Expected={"v": {"Value": {"N": "2"}}})
    assert response["Error"]["Code"] == "ConditionalCheckFailedException"
    updates = {"v": {"Action": "ADD", "Value": {"N": "4"}}, "s": {"Action": "DELETE", "Value": {"SS": ["a"]}}, "w": {"Value": {"S": "x"}}}
    answer = db.update_item(TableName=table, Key=k, AttributeUpdates=updates, ReturnValues="ALL_NEW",
                            Expected={"v": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "0"}, {"N": "3"}]}})
    assert answer["Attributes"] == {**k, "v": {"N": "5"}, "w": {"S": "x"}}
    assert INVALID + "Value must be provided when Exists is null for Attribute: a" in message(
        db.put_item, TableName=table, Item=k, Expected={"a": {}})
    assert "Invalid number of argument(s) for the EQ ComparisonOperator" in message(
        db.put_item, TableName=table, Item=k, Expected={"a": {"ComparisonOperator": "EQ", "AttributeValueList": []}})


def test_concurrent_increments_lose_nothing(db, client, table, unique):
    from concurrent.futures import ThreadPoolExecutor

    k = key(unique("k"))

    def increment(_):
        db.update_item(TableName=table, Key=k, UpdateExpression="ADD n :one", ExpressionAttributeValues={":one": {"N": "1"}})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(increment, range(200)))
    assert db.get_item(TableName=table, Key=k)["Item"]["n"] == {"N": "200"}


def test_a_write_that_changes_nothing_makes_no_stream_record(db, client, make_table):
    name, k = make_table(stream="NEW_AND_OLD_IMAGES"), {"pk": {"S": "a"}}
    streams, arn = client("dynamodbstreams"), db.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    db.put_item(TableName=name, Item={**k, "n": {"N": "1"}})
    db.put_item(TableName=name, Item={**k, "n": {"N": "1.0"}})
    db.update_item(TableName=name, Key=k, UpdateExpression="SET n = n REMOVE nope")
    db.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": {**k, "n": {"N": "1"}}}},
                                           {"Delete": {"TableName": name, "Key": {"pk": {"S": "none"}}}}])
    db.execute_statement(Statement=f"UPDATE \"{name}\" SET n = 1 WHERE pk = 'a'")
    db.delete_item(TableName=name, Key={"pk": {"S": "none"}})
    db.delete_item(TableName=name, Key=k)
    records = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        records += streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert [record["eventName"] for record in records] == ["INSERT", "REMOVE"]


def test_selected_pages_continue_over_the_partitions_of_an_in_list(db, table, unique):
    keys = [key(unique("k"), sk) for _ in range(3) for sk in (1, 2)]
    for k in keys:
        db.put_item(TableName=table, Item=k)
    partitions = ", ".join(sorted({f"'{k['pk']['S']}'" for k in keys}))
    statement, seen, more = f'SELECT * FROM "{table}" WHERE pk IN [{partitions}] ORDER BY pk DESC', [], {}
    while True:
        answer = db.execute_statement(Statement=statement, Limit=1, **more)
        seen += answer["Items"]
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
    assert seen == sorted(keys, key=lambda k: (k["pk"]["S"], k["sk"]["N"]), reverse=True)
