"""BatchGetItem, BatchWriteItem, TransactGetItems and TransactWriteItems."""

import pytest
from botocore.exceptions import ClientError

from harness.conflicts import insist


@pytest.fixture(scope="module")
def db(client):
    return client("dynamodb")


@pytest.fixture(scope="module")
def table(db):
    name = "batches"
    db.create_table(
        TableName=name, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST")
    return name


def key(pk):
    return {"pk": {"S": pk}}


def refused(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response


def message(call, **arguments):
    return refused(call, **arguments)["Error"]["Message"]


def test_batch_write_and_get(db, table, unique):
    keys = [key(unique("k")) for _ in range(3)]
    puts = [{"PutRequest": {"Item": {**k, "v": {"N": str(i)}}}} for i, k in enumerate(keys)]
    answer = db.batch_write_item(RequestItems={table: puts}, ReturnConsumedCapacity="TOTAL")
    assert answer["UnprocessedItems"] == {}
    assert answer["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 3.0}]
    db.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": keys[0]}}]})
    answer = db.batch_get_item(RequestItems={table: {"Keys": keys, "ProjectionExpression": "v"}})
    assert sorted(item["v"]["N"] for item in answer["Responses"][table]) == ["1", "2"]
    assert answer["UnprocessedKeys"] == {}


def test_batches_refuse(raw, db, table):
    duplicates = "Provided list of item keys contains duplicates"
    assert message(db.batch_get_item, RequestItems={table: {"Keys": [key("a"), key("a")]}}) == duplicates
    assert message(db.batch_write_item, RequestItems={table: [{"DeleteRequest": {"Key": key("a")}}] * 2}) == duplicates
    body = {"RequestItems": {table: [{"DeleteRequest": {"Key": key("a")}}] * 26}}
    assert "Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]" in (
        raw.dynamodb("BatchWriteItem", body).json()["message"])
    assert message(db.batch_get_item, RequestItems={"no-such": {"Keys": [key("a")]}}) == "Requested resource not found"
    keys = [key(str(i)) for i in range(60)]
    other = {"Keys": keys}
    assert message(db.batch_get_item, RequestItems={table: other, "other": other}) == "Too many items requested for the BatchGetItem call"


def test_transaction_writes_all_or_nothing(db, table, unique):
    a, b, c = key(unique("a")), key(unique("b")), key(unique("c"))
    db.put_item(TableName=table, Item={**a, "n": {"N": "5"}})
    values = {":n": {"N": "3"}}
    actions = [
        {"Update": {"TableName": table, "Key": a, "UpdateExpression": "SET n = n - :n", "ExpressionAttributeValues": values}},
        {"Put": {"TableName": table, "Item": {**b, "n": {"N": "3"}}}},
        {"ConditionCheck": {"TableName": table, "Key": c, "ConditionExpression": "attribute_not_exists(pk)"}},
    ]
    answer = db.transact_write_items(TransactItems=actions, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 6.0, "WriteCapacityUnits": 6.0}]
    db.put_item(TableName=table, Item=c)
    with pytest.raises(db.exceptions.TransactionCanceledException) as raised:
        db.transact_write_items(TransactItems=actions)
    assert raised.value.response["Error"]["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, None, ConditionalCheckFailed]")
    assert raised.value.response["CancellationReasons"] == [
        {"Code": "None"}, {"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}]
    got = db.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": k}} for k in (a, b, key("absent"))])
    assert got["Responses"] == [{"Item": {**a, "n": {"N": "2"}}}, {"Item": {**b, "n": {"N": "3"}}}, {}]


def test_all_failed_conditions_are_reported_with_their_items(db, table, unique):
    a, b = key(unique("a")), key(unique("b"))
    db.put_item(TableName=table, Item=a)
    actions = [
        {"Put": {"TableName": table, "Item": a, "ConditionExpression": "attribute_not_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}},
        {"Delete": {"TableName": table, "Key": b, "ConditionExpression": "attribute_exists(pk)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}},
    ]
    reasons = refused(db.transact_write_items, TransactItems=actions)["CancellationReasons"]
    assert reasons[0]["Item"] == a and "Item" not in reasons[1] and reasons[1]["Code"] == "ConditionalCheckFailed"


def test_schema_errors_are_reasons_and_expression_errors_are_not(db, table):
    response = refused(db.transact_write_items, TransactItems=[
        {"Put": {"TableName": table, "Item": key("a")}}, {"Put": {"TableName": table, "Item": {"pk": {"N": "1"}}}}])
    assert response["CancellationReasons"] == [{"Code": "None"}, {
        "Code": "ValidationError", "Message": "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N"}]
    response = refused(db.transact_write_items, TransactItems=[
        {"Delete": {"TableName": table, "Key": key("a"), "ConditionExpression": "a = :b"}}])
    assert response["Error"] == {"Code": "ValidationException", "Message": (
        "Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :b")}
    twice = {"Delete": {"TableName": table, "Key": key("a")}}
    assert message(db.transact_write_items, TransactItems=[twice, twice]) == (
        "Transaction request cannot include multiple operations on one item")
    assert message(db.transact_write_items, TransactItems=[{}]) == (
        "TransactItems can only contain one of Check, Put, Update or Delete")


def test_a_token_makes_repeating_harmless(db, table, unique):
    k, token = key(unique("k")), unique("token")
    add = lambda n: db.transact_write_items(ClientRequestToken=token, TransactItems=[  # noqa: E731
        {"Update": {"TableName": table, "Key": k, "UpdateExpression": "ADD n :n", "ExpressionAttributeValues": {":n": {"N": n}}}}])
    add("1")
    add("1")
    assert db.get_item(TableName=table, Key=k)["Item"]["n"] == {"N": "1"}
    with pytest.raises(db.exceptions.IdempotentParameterMismatchException):
        add("2")


def test_transfers_neither_make_nor_lose_money_and_readers_see_whole_ones(db, table, unique):
    """Eight clients move money between five accounts; every serialisable read of all five shows the same total."""
    import random
    from concurrent.futures import ThreadPoolExecutor

    accounts = [key(unique("account")) for _ in range(5)]
    for account in accounts:
        db.put_item(TableName=table, Item={**account, "money": {"N": "100"}})

    def change(account, sign, amount):
        update = {"TableName": table, "Key": account, "UpdateExpression": f"SET money = money {sign} :n",
                  "ExpressionAttributeValues": {":n": {"N": str(amount)}}}
        if sign == "-":
            update["ConditionExpression"] = "money >= :n"
        return {"Update": update}

    def transfer(seed):
        chance = random.Random(seed)
        source, target = chance.sample(accounts, 2)
        amount = chance.randint(1, 150)
        try:
            insist(db.transact_write_items, TransactItems=[change(source, "-", amount), change(target, "+", amount)])
        except db.exceptions.TransactionCanceledException as error:
            assert [reason["Code"] for reason in error.response["CancellationReasons"]] == ["ConditionalCheckFailed", "None"]
        got = insist(db.transact_get_items, TransactItems=[{"Get": {"TableName": table, "Key": a}} for a in accounts])
        balances = [int(answer["Item"]["money"]["N"]) for answer in got["Responses"]]
        assert sum(balances) == 500 and min(balances) >= 0

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(transfer, range(150)))


def test_only_one_of_many_conditional_writers_wins(db, table, unique):
    from concurrent.futures import ThreadPoolExecutor

    k = key(unique("k"))

    def claim(i):
        try:
            db.put_item(TableName=table, Item={**k, "owner": {"N": str(i)}}, ConditionExpression="attribute_not_exists(pk)")
            return i
        except db.exceptions.ConditionalCheckFailedException:
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [i for i in pool.map(claim, range(64)) if i is not None]
    assert len(winners) == 1
    assert db.get_item(TableName=table, Key=k)["Item"]["owner"] == {"N": str(winners[0])}
