def exercise(stack):
    stack.put("ledger", *[{"account": "a", "at": n, "kind": b"\x01\x02", "amount": n * 1.5} for n in (10, 9, 100, -3)])
    dynamodb = stack.client("dynamodb")
    page = dynamodb.query(
        TableName="ledger", IndexName="by-kind", KeyConditionExpression="kind = :k",
        ExpressionAttributeValues={":k": {"B": b"\x01\x02"}},
    )
    assert [i["at"]["N"] for i in page["Items"]] == ["-3", "9", "10", "100"]
    assert set(page["Items"][0]) == {"account", "at", "kind"}
    table = dynamodb.describe_table(TableName="ledger")["Table"]
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert table["SSEDescription"]["Status"] == "ENABLED"


def update(stack):
    stack.edit("main.tf", "read_capacity  = 5\n", "read_capacity  = 8\n")
    stack.edit("main.tf", "write_capacity  = 2", "write_capacity  = 6")
    return {"aws_dynamodb_table.ledger"}


def after_update(stack):
    table = stack.client("dynamodb").describe_table(TableName="ledger")["Table"]
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 8
    assert table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"] == 6
