"""PartiQL: ExecuteStatement, BatchExecuteStatement, ExecuteTransaction."""

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def db(client):
    return client("dynamodb")


@pytest.fixture(scope="module")
def table(db):
    """Items (a, 1..5) and (b, 1..5) with `v` their square, in a table with a global index on `v`."""
    name = "partiql"
    db.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": t} for a, t in (("pk", "S"), ("sk", "N"), ("v", "N"))],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-v", "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}],
        BillingMode="PAY_PER_REQUEST",
    )
    for pk in "ab":
        for sk in range(1, 6):
            db.put_item(TableName=name, Item={"pk": {"S": pk}, "sk": {"N": str(sk)}, "v": {"N": str(sk * sk)},
                                              "m": {"M": {"x": {"S": f"{pk}{sk}"}}}, "l": {"L": [{"N": str(sk)}]}})
    return name


def run(db, statement, *parameters, **more):
    if parameters:
        more["Parameters"] = list(parameters)
    return db.execute_statement(Statement=statement, **more)


def sort_keys(answer):
    return [int(item["sk"]["N"]) for item in answer["Items"]]


@pytest.mark.parametrize(
    "where, expected",
    [
        ("pk = 'a'", [1, 2, 3, 4, 5]),
        ("pk = 'a' AND sk > 3", [4, 5]),
        ("pk = 'a' AND sk BETWEEN 2 AND 3", [2, 3]),
        ("pk = 'a' AND (v = 4 OR v = 9)", [2, 3]),
        ("pk = 'a' AND v IN [1, 25]", [1, 5]),
        ("pk = 'a' AND NOT v < 16", [4, 5]),
        ("pk = 'a' AND begins_with(m.x, 'a3')", [3]),
        ("pk = 'a' AND contains(l, 2)", [2]),
        ("pk = 'a' AND nowhere IS MISSING AND sk < 3", [1, 2]),
        ("pk = 'a' AND v IS NOT MISSING AND v <> 1 AND sk <= 2", [2]),
        ("pk = 'a' AND attribute_type(m, 'M') AND size(l) = 1 AND sk = 5", [5]),
        ("pk = 'a' AND sk >= 4 ORDER BY sk DESC", [5, 4]),
    ],
)
def test_select(db, table, where, expected):
    assert sort_keys(run(db, f'SELECT * FROM "{table}" WHERE {where}')) == expected


def test_select_paths_parameters_and_indexes(db, table):
    answer = run(db, f'SELECT sk, m.x FROM "{table}" WHERE pk = ? AND sk = ?', {"S": "b"}, {"N": "2"})
    assert answer["Items"] == [{"sk": {"N": "2"}, "x": {"S": "b2"}}]
    assert len(run(db, f'SELECT * FROM "{table}"."by-v" WHERE v = 16')["Items"]) == 2
    assert len(run(db, f'SELECT * FROM "{table}" WHERE v = 16')["Items"]) == 2


def test_select_in_pages(db, table):
    statement, seen, more = f"SELECT * FROM \"{table}\" WHERE pk = 'a'", [], {}
    while True:
        answer = run(db, statement, Limit=2, **more)
        seen += sort_keys(answer)
        if "NextToken" not in answer:
            break
        more = {"NextToken": answer["NextToken"]}
    assert seen == [1, 2, 3, 4, 5]


def test_insert_update_delete(db, table, unique):
    pk = unique("k")
    where = f"WHERE pk = '{pk}' AND sk = 1"
    assert run(db, f"INSERT INTO \"{table}\" VALUE {{'pk': ?, 'sk': 1, 's': <<'x', 'y'>>, 'l': [1, 'two', NULL, TRUE], 'q': 'it''s'}}",
               {"S": pk})["Items"] == []
    with pytest.raises(db.exceptions.DuplicateItemException):
        run(db, f"INSERT INTO \"{table}\" VALUE {{'pk': '{pk}', 'sk': 1}}")
    answer = run(db, f"UPDATE \"{table}\" SET n = 5 SET l = list_append(l, [3]) SET s = set_add(s, <<'z'>>) REMOVE q {where} RETURNING ALL NEW *")
    assert answer["Items"] == [{"pk": {"S": pk}, "sk": {"N": "1"}, "n": {"N": "5"}, "s": {"SS": ["x", "y", "z"]},
                                "l": {"L": [{"N": "1"}, {"S": "two"}, {"NULL": True}, {"BOOL": True}, {"N": "3"}]}}]
    assert run(db, f'UPDATE "{table}" SET n = n + 1, s = set_delete(s, <<\'x\'>>) {where} RETURNING MODIFIED OLD *')["Items"] == [
        {"n": {"N": "5"}, "s": {"SS": ["x", "y", "z"]}}]
    with pytest.raises(db.exceptions.ConditionalCheckFailedException):
        run(db, f'UPDATE "{table}" SET n = 1 {where} AND n = 99')
    with pytest.raises(db.exceptions.ConditionalCheckFailedException):
        run(db, f"UPDATE \"{table}\" SET n = 1 WHERE pk = '{pk}' AND sk = 2")
    assert run(db, f'DELETE FROM "{table}" {where} RETURNING ALL OLD *')["Items"][0]["n"] == {"N": "6"}
    assert run(db, f'DELETE FROM "{table}" {where}')["Items"] == []


@pytest.mark.parametrize(
    "statement, parameters, expected",
    [
        ("SELECT * FROM \"{t}\" WHERE pk = ?", [], "Number of parameters in request and statement don't match."),
        ("SELEC * FROM \"{t}\"", [], "Statement wasn't well formed, can't be processed: "),
        ("SELECT * FROM \"{t}\".\"nope\" WHERE pk = 'a'", [], "The table does not have the specified index"),
        ("UPDATE \"{t}\" SET a = 1 WHERE pk = 'a'", [], "Where clause does not contain a mandatory equality on all key attributes"),
        ("SELECT * FROM \"{t}\" WHERE pk = 'a' ORDER BY zz", [], "must be part of the primary key"),
    ],
)
def test_refused(db, table, statement, parameters, expected):
    with pytest.raises(ClientError) as raised:
        run(db, statement.format(t=table), *parameters)
    assert raised.value.response["Error"]["Code"] == "ValidationException"
    assert expected in raised.value.response["Error"]["Message"]


def test_missing_table(db):
    with pytest.raises(db.exceptions.ResourceNotFoundException):
        run(db, 'SELECT * FROM "no-such-table"')


def test_batches(db, table, unique):
    pk = unique("k")
    inserts = [{"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': '{pk}', 'sk': {i}}}"} for i in (1, 2, 1)]
    answers = db.batch_execute_statement(Statements=inserts)["Responses"]
    assert answers[:2] == [{"TableName": table}] * 2 and answers[2]["Error"]["Code"] == "DuplicateItem"
    reads = [{"Statement": f'SELECT * FROM "{table}" WHERE {where}'} for where in (f"pk = '{pk}' AND sk = 1", f"pk = '{pk}'", f"pk = '{pk}' AND sk = 9")]
    answers = db.batch_execute_statement(Statements=reads)["Responses"]
    assert answers[0] == {"TableName": table, "Item": {"pk": {"S": pk}, "sk": {"N": "1"}}}
    assert answers[1]["Error"] == {
        "Code": "ValidationError", "Message": "Select statements within BatchExecuteStatement must specify the primary key in the where clause."}
    assert answers[2] == {"TableName": table}


def test_transactions(db, table, unique):
    pk = unique("k")
    insert = {"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': '{pk}', 'sk': 1}}"}
    exists = {"Statement": f"EXISTS(SELECT * FROM \"{table}\" WHERE pk = 'a' AND sk = 1 AND v = ?)", "Parameters": [{"N": "1"}]}
    assert db.execute_transaction(TransactStatements=[insert, exists])["Responses"] == []
    with pytest.raises(db.exceptions.TransactionCanceledException) as raised:
        db.execute_transaction(TransactStatements=[insert, {**exists, "Parameters": [{"N": "2"}]}])
    assert [reason["Code"] for reason in raised.value.response["CancellationReasons"]] == ["DuplicateItem", "ConditionalCheckFailed"]
    read = {"Statement": f"SELECT * FROM \"{table}\" WHERE pk = '{pk}' AND sk = 1"}
    assert db.execute_transaction(TransactStatements=[read])["Responses"] == [{"Item": {"pk": {"S": pk}, "sk": {"N": "1"}}}]


def test_an_update_can_t_set_to_a_size(db, table, unique):
    key = unique("sized")
    db.execute_statement(Statement=f"INSERT INTO \"{table}\" VALUE {{'pk': '{key}', 'sk': 1, 'l': [1]}}")
    with pytest.raises(ClientError) as refused:
        db.execute_statement(Statement=f"UPDATE \"{table}\" SET a = size(l) WHERE pk = '{key}' AND sk = 1")
    assert refused.value.response["Error"]["Code"] == "ValidationException"
