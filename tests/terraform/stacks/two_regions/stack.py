def exercise(stack):
    stack.put("profiles", {"pk": "american"})
    european = stack.client("dynamodb", region="eu-west-1")
    assert european.scan(TableName="profiles")["Count"] == 0
    table = european.describe_table(TableName="profiles")["Table"]
    assert table["TableArn"] == f"arn:aws:dynamodb:eu-west-1:{stack.account}:table/profiles"
    location = stack.client("s3").get_bucket_location(Bucket=f"profiles-eu-{stack.account}")
    assert location["LocationConstraint"] == "eu-west-1"
    assert stack.client("logs").describe_log_groups()["logGroups"] == []


def update(stack):
    stack.edit("main.tf", "retention_in_days = 3", "retention_in_days = 5")
    return {"aws_cloudwatch_log_group.eu"}


def after_update(stack):
    (group,) = stack.client("logs", region="eu-west-1").describe_log_groups()["logGroups"]
    assert group["retentionInDays"] == 5
