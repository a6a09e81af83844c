def exercise(stack):
    dynamodb, european = stack.client("dynamodb"), stack.client("dynamodb", region="eu-west-1")
    table = dynamodb.describe_table(TableName="settings")["Table"]
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert table["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    recovery = dynamodb.describe_continuous_backups(TableName="settings")["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert dynamodb.scan(TableName="imported")["Count"] == 2
    assert dynamodb.get_item(TableName="restored", Key={"pk": {"S": "first"}, "sk": {"N": "1"}})["Item"]["kind"] == {"S": "seed"}
    stack.put("everywhere", {"pk": "here"})
    assert [i["pk"]["S"] for i in european.scan(TableName="everywhere")["Items"]] == ["here"]
    arn = european.describe_table(TableName="everywhere")["Table"]["TableArn"]
    assert european.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "Team", "Value": "a"}]
    exports = stack.client("s3").list_objects_v2(Bucket=f"table-files-{stack.account}", Prefix="exports/AWSDynamoDB/")
    assert any(o["Key"].endswith("manifest-summary.json") for o in exports["Contents"])


def update(stack):
    edit = lambda old, new: stack.edit("main.tf", old, new)  # noqa: E731
    # The provider sends protection, class, stream and on-demand limits of one table in one request, and AWS takes none of
    # the first two with another.
    edit("deletion_protection_enabled = true", "deletion_protection_enabled = false")
    edit('name         = "imported"', 'name         = "imported"\n  table_class  = "STANDARD_INFREQUENT_ACCESS"')
    edit('stream_view_type = "OLD_IMAGE"', 'stream_view_type = "NEW_IMAGE"')
    edit("recovery_period_in_days = 7", "recovery_period_in_days = 14")
    edit('  ttl {\n    enabled        = true', '  ttl {\n    enabled        = false')
    edit('  server_side_encryption {\n    enabled = true', '  server_side_encryption {\n    enabled = false')
    edit('billing_mode     = "PROVISIONED"\n  read_capacity    = 3\n  write_capacity   = 4', 'billing_mode     = "PAY_PER_REQUEST"')
    edit("    read_capacity   = 1\n    write_capacity  = 2\n", "")
    edit('value        = "one"', 'value        = "two"')
    edit('region_name            = "eu-west-1"', 'region_name            = "us-west-2"')
    edit('item       = jsonencode({ pk = { S = "first" }, sk = { N = "1" }, kind = { S = "seed" } })',
         'item       = jsonencode({ pk = { S = "first" }, sk = { N = "1" }, kind = { S = "tree" } })')
    edit('Action    = ["dynamodb:GetItem"]', 'Action    = ["dynamodb:GetItem", "dynamodb:Query"]')
    return {"aws_dynamodb_table.settings", "aws_dynamodb_table.switched", "aws_dynamodb_table.imported", "aws_dynamodb_table.everywhere", "aws_dynamodb_tag.extra",
            "aws_dynamodb_table_item.first", "aws_dynamodb_resource_policy.settings"}


def after_update(stack):
    dynamodb = stack.client("dynamodb")
    table = dynamodb.describe_table(TableName="settings")["Table"]
    assert "SSEDescription" not in table
    assert dynamodb.describe_time_to_live(TableName="settings")["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}
    assert dynamodb.describe_table(TableName="imported")["Table"]["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    switched = dynamodb.describe_table(TableName="switched")["Table"]
    assert switched["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST" and switched["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert dynamodb.list_tags_of_resource(ResourceArn=switched["TableArn"])["Tags"] == [{"Key": "extra", "Value": "two"}]
    replica, = dynamodb.describe_table(TableName="everywhere")["Table"]["Replicas"]
    assert replica["RegionName"] == "us-west-2"
    assert [i["pk"]["S"] for i in stack.client("dynamodb", region="us-west-2").scan(TableName="everywhere")["Items"]] == ["here"]
