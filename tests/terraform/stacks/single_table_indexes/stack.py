def exercise(stack):
    dynamodb = stack.client("dynamodb")
    seed = dynamodb.get_item(TableName="single-table", Key={"PK": {"S": "config"}, "SK": {"S": "v1"}})["Item"]
    assert seed["Limits"] == {"M": {"max": {"N": "12.5"}}}
    for number, title in ((3, "cup"), (1, "jug"), (2, "pot")):
        dynamodb.put_item(
            TableName="single-table",
            Item={
                "PK": {"S": "order#1"}, "SK": {"S": f"line#{number}"}, "GSI1PK": {"S": "line"},
                "Amount": {"N": str(number * 10)}, "Title": {"S": title}, "Secret": {"S": "x"},
            },
        )
    by_amount = dynamodb.query(
        TableName="single-table", IndexName="by-amount", KeyConditionExpression="GSI1PK = :k AND Amount >= :a",
        ExpressionAttributeValues={":k": {"S": "line"}, ":a": {"N": "20"}}, ScanIndexForward=False,
    )["Items"]
    assert [i["Title"]["S"] for i in by_amount] == ["cup", "pot"]
    assert set(by_amount[0]) == {"PK", "SK", "GSI1PK", "Amount", "Title"}
    local = dynamodb.query(
        TableName="single-table", IndexName="local-amount", KeyConditionExpression="PK = :k",
        ExpressionAttributeValues={":k": {"S": "order#1"}},
    )["Items"]
    assert [set(i) for i in local] == [{"PK", "SK", "Amount"}] * 3


def update(stack):
    # An index goes, a tag comes, TTL moves nowhere.
    text = (stack.folder / "main.tf").read_text()
    begin = text.index('  global_secondary_index {\n    name               = "by-amount"')
    end = text.index("  local_secondary_index")
    (stack.folder / "main.tf").write_text(text[:begin] + text[end:])
    stack.edit("main.tf", "point_in_time_recovery {\n    enabled = true", "point_in_time_recovery {\n    enabled = false")
    stack.edit("main.tf", 'Team = "orders"', 'Team = "sales"')
    return {"aws_dynamodb_table.single"}


def after_update(stack):
    dynamodb = stack.client("dynamodb")
    table = dynamodb.describe_table(TableName="single-table")["Table"]
    assert [i["IndexName"] for i in table["GlobalSecondaryIndexes"]] == ["by-kind"]
    by_kind = dynamodb.query(
        TableName="single-table", IndexName="by-kind", KeyConditionExpression="GSI1PK = :k",
        ExpressionAttributeValues={":k": {"S": "line"}},
    )
    assert by_kind["Count"] == 3
    assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "Team", "Value": "sales"}]
