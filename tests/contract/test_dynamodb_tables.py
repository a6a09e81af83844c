"""Tables: their definition, description, changes and settings."""

import time

import pytest

from harness.tables import KEY, PK, minimal, refusal, until


# -- CreateTable, DescribeTable


def test_an_on_demand_table_is_described_as_terraform_reads_it(dynamodb, call, unique, account):
    name = unique("table")
    created = dynamodb.create_table(**minimal(name, Tags=[{"Key": "a", "Value": "1"}]))["TableDescription"]
    assert created["TableStatus"] == "CREATING"
    assert created["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/{name}"
    assert created["TableArn"] == arn
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["KeySchema"] == KEY and table["AttributeDefinitions"] == [PK]
    assert table["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    assert table["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] == table["CreationDateTime"]
    assert table["ItemCount"] == table["TableSizeBytes"] == 0
    assert call("DescribeTable", {"TableName": name})["Table"]["DeletionProtectionEnabled"] is False
    for absent in ("StreamSpecification", "SSEDescription", "TableClassSummary", "GlobalSecondaryIndexes", "Replicas"):
        assert absent not in table
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    assert dynamodb.describe_table(TableName=arn)["Table"]["TableId"] == table["TableId"]


def test_a_provisioned_table_with_indexes_and_a_stream(dynamodb, unique):
    name = unique("table")
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in (("sk", "N"), ("pk", "S"), ("g", "B"))],
        KeySchema=KEY + [{"AttributeName": "sk", "KeyType": "RANGE"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
        LocalSecondaryIndexes=[{"IndexName": "local", "KeySchema": KEY + [{"AttributeName": "g", "KeyType": "RANGE"}],
                                "Projection": {"ProjectionType": "KEYS_ONLY"}}],
        GlobalSecondaryIndexes=[{"IndexName": "global", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]},
                                 "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        SSESpecification={"Enabled": True},
        TableClass="STANDARD_INFREQUENT_ACCESS",
    )
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert [a["AttributeName"] for a in table["AttributeDefinitions"]] == ["g", "pk", "sk"]
    assert "BillingModeSummary" not in table
    local, = table["LocalSecondaryIndexes"]
    assert local["IndexArn"] == table["TableArn"] + "/index/local" and "IndexStatus" not in local
    index, = table["GlobalSecondaryIndexes"]
    assert index["IndexStatus"] == "ACTIVE" and "Backfilling" not in index
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]}
    assert index["ProvisionedThroughput"]["WriteCapacityUnits"] == 2
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    assert table["LatestStreamArn"] == table["TableArn"] + "/stream/" + table["LatestStreamLabel"]
    assert table["SSEDescription"]["Status"] == "ENABLED" and table["SSEDescription"]["SSEType"] == "KMS"
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"


P = "One or more parameter values were invalid: "
UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
GSI = {"IndexName": "index", "KeySchema": KEY, "Projection": {"ProjectionType": "ALL"}}
RANGE = [{"AttributeName": "sk", "KeyType": "RANGE"}]
SK = {"AttributeName": "sk", "AttributeType": "N"}


@pytest.mark.parametrize(
    "change, text",
    [
        ({"BillingMode": "PROVISIONED"},
         P + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"),
        ({"ProvisionedThroughput": UNITS},
         P + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"),
        ({"KeySchema": [{"AttributeName": "pk", "KeyType": "RANGE"}]},
         "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"),
        ({"KeySchema": KEY + KEY}, "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"),
        ({"KeySchema": KEY + [{"AttributeName": "pk", "KeyType": "RANGE"}]},
         "Invalid KeySchema: Some index key attribute have no definition"),
        ({"AttributeDefinitions": [PK, SK], "KeySchema": KEY + [{"AttributeName": "pk", "KeyType": "RANGE"}]},
         "Both the Hash Key and the Range Key element in the KeySchema have the same name"),
        ({"KeySchema": KEY + RANGE}, "Invalid KeySchema: Some index key attribute have no definition"),
        ({"AttributeDefinitions": [SK]},
         P + "Some index key attributes are not defined in AttributeDefinitions. Keys: [pk], AttributeDefinitions: [sk]"),
        ({"AttributeDefinitions": [PK, SK]},
         P + "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"),
        ({"AttributeDefinitions": [PK, SK], "GlobalSecondaryIndexes": [GSI]},
         P + "Some AttributeDefinitions are not used. AttributeDefinitions: [pk, sk], keys used: [pk]"),
        ({"GlobalSecondaryIndexes": []}, P + "List of GlobalSecondaryIndexes is empty"),
        ({"GlobalSecondaryIndexes": [GSI, GSI]}, P + "Duplicate index name: index"),
        ({"GlobalSecondaryIndexes": [dict(GSI, ProvisionedThroughput=UNITS)]},
         P + "ProvisionedThroughput should not be specified for index: index when BillingMode is PAY_PER_REQUEST"),
        ({"GlobalSecondaryIndexes": [dict(GSI, IndexName=f"index{i}") for i in range(21)]},
         P + "GlobalSecondaryIndex count exceeds the per-table limit of 20"),
        ({"GlobalSecondaryIndexes": [dict(GSI, Projection={})]}, P + "Unknown ProjectionType: null"),
        ({"GlobalSecondaryIndexes": [dict(GSI, Projection={"ProjectionType": "INCLUDE"})]},
         P + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"),
        ({"GlobalSecondaryIndexes": [dict(GSI, Projection={"ProjectionType": "ALL", "NonKeyAttributes": ["a"]})]},
         P + "ProjectionType is ALL, but NonKeyAttributes is specified"),
        ({"LocalSecondaryIndexes": [GSI]},
         P + "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"),
        ({"TableClass": "GLACIER"},
         "Invalid table-class parameter provided. Please try again with a valid table-class value: "
             "[STANDARD, STANDARD_INFREQUENT_ACCESS]."),
        ({"StreamSpecification": {"StreamEnabled": True}},
         P + "Table is being created with a stream enabled, UpdateViewType is required"),
        ({"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
         P + "Table is being created with a stream disabled, UpdateViewType should not be specified"),
        ({"TableName": "ab"}, "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: "
                              "Member must have length greater than or equal to 3"),
        ({"KeySchema": KEY + [{"AttributeName": "sk", "KeyType": "SORT"}]},
         "1 validation error detected: Value 'SORT' at 'keySchema.2.member.keyType' failed to satisfy constraint: "
         "Member must satisfy enum value set: [HASH, RANGE]"),
    ],
)
def test_a_wrong_definition_is_refused_in_aws_words(call, unique, change, text):
    answer = call("CreateTable", minimal(unique("table"), **change))
    assert answer["__type"] == "com.amazon.coral.validate#ValidationException"
    assert answer["message"] == text


def test_a_taken_name_is_refused(dynamodb, make_table):
    name = make_table()
    assert refusal(dynamodb.create_table, **minimal(name)) == ("ResourceInUseException", f"Table already exists: {name}")


def test_a_missing_table_is_not_found(dynamodb, unique):
    name = unique("none")
    text = f"Requested resource not found: Table: {name} not found"
    for function, more in (
        (dynamodb.describe_table, {}),
        (dynamodb.delete_table, {}),
        (dynamodb.update_table, {"BillingMode": "PAY_PER_REQUEST"}),
        (dynamodb.describe_time_to_live, {}),
    ):
        assert refusal(function, TableName=name, **more) == ("ResourceNotFoundException", text)
    assert refusal(dynamodb.describe_continuous_backups, TableName=name) == ("TableNotFoundException", f"Table not found: {name}")


def test_tables_are_listed_in_order_page_by_page(client, unique):
    import uuid
    dynamodb = client("dynamodb", account=str(uuid.uuid4().int)[:12])
    names = sorted(unique("table") for _ in range(5))
    for name in names:
        dynamodb.create_table(**minimal(name))
    first = dynamodb.list_tables(Limit=3)
    assert first["TableNames"] == names[:3] and first["LastEvaluatedTableName"] == names[2]
    rest = dynamodb.list_tables(Limit=3, ExclusiveStartTableName=names[2])
    assert rest["TableNames"] == names[3:] and "LastEvaluatedTableName" not in rest
    assert dynamodb.list_tables(ExclusiveStartTableName="table")["TableNames"] == names
    for name in names:
        dynamodb.delete_table(TableName=name)
    assert dynamodb.list_tables()["TableNames"] == []


# -- DeleteTable


def test_a_deleted_table_is_gone(dynamodb, make_table):
    name = make_table()
    gone = dynamodb.delete_table(TableName=name)["TableDescription"]
    assert gone["TableStatus"] == "DELETING" and "KeySchema" not in gone and "AttributeDefinitions" not in gone
    dynamodb.get_waiter("table_not_exists").wait(TableName=name)
    before = gone["TableId"]
    dynamodb.create_table(**minimal(name))
    assert dynamodb.describe_table(TableName=name)["Table"]["TableId"] != before


def test_a_protected_table_stays(dynamodb, call, unique):
    name = unique("table")
    call("CreateTable", minimal(name, DeletionProtectionEnabled=True))
    assert refusal(dynamodb.delete_table, TableName=name) == (
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
    call("UpdateTable", {"TableName": name, "DeletionProtectionEnabled": False})
    dynamodb.delete_table(TableName=name)


# -- UpdateTable


@pytest.mark.parametrize(
    "change, text",
    [
        ({"TableClass": "STANDARD", "SSESpecification": {"Enabled": True}},
         P + "Server-Side Encryption modification must be the only operation in the request"),
        ({"ProvisionedThroughput": UNITS},
         P + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"),
        ({"BillingMode": "PROVISIONED"}, P + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"),
        ({"StreamSpecification": {"StreamEnabled": True}},
         P + "If stream is being enabled then UpdateViewType is required"),
        ({"SSESpecification": {"Enabled": False}}, P + "Table is already encrypted by default"),
        ({"GlobalSecondaryIndexUpdates": [{}]},
         P + "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete "
             "must not be null"),
        ({"GlobalSecondaryIndexUpdates": [{"Create": GSI}]}, P + "AttributeDefinitions is not specified for index: index"),
        ({"GlobalSecondaryIndexUpdates": [{"Create": GSI}], "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "N"}]},
         P + "Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. "
             "Existing schema: Schema:[SchemaElement: key{pk:S:HASH}] New schema: Schema:[SchemaElement: key{pk:N:HASH}]"),
    ],
)
def test_a_wrong_change_is_refused_in_aws_words(call, make_table, change, text):
    answer = call("UpdateTable", {"TableName": make_table(), **change})
    assert answer["message"] == text


def test_an_empty_change_names_what_could_be_changed(call, make_table):
    assert call("UpdateTable", {"TableName": make_table()})["message"].startswith("At least one of ProvisionedThroughput, BillingMode")


def test_billing_goes_to_provisioned_and_back(dynamodb, make_table):
    name = make_table()
    changed = dynamodb.update_table(TableName=name, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)["TableDescription"]
    assert changed["TableStatus"] == "UPDATING" and changed["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["TableStatus"] == "ACTIVE" and table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 1
    code, text = refusal(dynamodb.update_table, TableName=name, ProvisionedThroughput=UNITS)
    assert text.startswith("The provisioned throughput for the table will not change. The requested value equals the current value.")
    raised = dynamodb.update_table(TableName=name, ProvisionedThroughput={"ReadCapacityUnits": 9, "WriteCapacityUnits": 1})
    shown = raised["TableDescription"]["ProvisionedThroughput"]
    assert "LastIncreaseDateTime" in shown and shown["ReadCapacityUnits"] == 1
    assert "LastIncreaseDateTime" in dynamodb.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]
    dynamodb.update_table(TableName=name, BillingMode="PAY_PER_REQUEST")
    assert dynamodb.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


def test_what_a_deleted_table_is_not_shown_with(dynamodb, make_table):
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    index = {"IndexName": "index", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    name = make_table(KeySchema=keys, AttributeDefinitions=[PK, {"AttributeName": "sk", "AttributeType": "S"}],
                      LocalSecondaryIndexes=[index], GlobalSecondaryIndexes=[{**index, "IndexName": "global"}])
    shown = dynamodb.delete_table(TableName=name)["TableDescription"]
    assert shown["TableStatus"] == "DELETING" and shown["TableName"] == name
    absent = {"CreationDateTime", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "KeySchema", "AttributeDefinitions"}
    assert absent & shown.keys() == set()


def test_a_stream_is_enabled_and_disabled_and_gets_a_new_label(dynamodb, make_table):
    name = make_table()
    on = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    first = dynamodb.update_table(TableName=name, StreamSpecification=on)["TableDescription"]["LatestStreamArn"]
    assert refusal(dynamodb.update_table, TableName=name, StreamSpecification=on)[1] == \
        f"Table already has an enabled stream: TableName: {name}"
    dynamodb.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert "StreamSpecification" not in table and table["LatestStreamArn"] == first
    assert refusal(dynamodb.update_table, TableName=name, StreamSpecification={"StreamEnabled": False})[1] == \
        f"Table has no stream to disable: TableName: {name}"
    second = dynamodb.update_table(TableName=name, StreamSpecification=on)["TableDescription"]["LatestStreamArn"]
    assert second != first


def test_an_index_is_added_filled_and_removed(dynamodb, make_table):
    name = make_table()
    for i in range(450):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": str(i)}, **({"g": {"S": "even"}} if i % 2 == 0 else {})})
    attributes = [PK, {"AttributeName": "g", "AttributeType": "S"}]
    index = {"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}
    changed = dynamodb.update_table(TableName=name, AttributeDefinitions=attributes,
                                    GlobalSecondaryIndexUpdates=[{"Create": index}])["TableDescription"]
    assert changed["TableStatus"] == "UPDATING"
    assert changed["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "later"}, "g": {"S": "even"}})

    def index_of():
        return dynamodb.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"][0]

    until(lambda: index_of()["IndexStatus"] == "ACTIVE")
    assert index_of()["ItemCount"] == 226
    found = dynamodb.query(TableName=name, IndexName="by-g", KeyConditionExpression="g = :g",
                           ExpressionAttributeValues={":g": {"S": "even"}}, Select="COUNT")
    assert found["Count"] == 226
    code, text = refusal(dynamodb.update_table, TableName=name, AttributeDefinitions=attributes,
                         GlobalSecondaryIndexUpdates=[{"Create": index}])
    assert text == "Attempting to create an index which already exists"
    gone = dynamodb.update_table(TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}])
    assert gone["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "DELETING"
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert "GlobalSecondaryIndexes" not in table and table["AttributeDefinitions"] == [PK]
    code, text = refusal(dynamodb.update_table, TableName=name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}])
    assert (code, text) == ("ResourceNotFoundException", f"Requested resource not found: Index by-g for table {name}")


def test_the_figures_follow_the_items(dynamodb, make_table):
    name = make_table()
    for i in range(3):
        dynamodb.put_item(TableName=name, Item={"pk": {"S": str(i)}, "v": {"S": "x" * 10}})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "1"}})
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["ItemCount"] == 2 and table["TableSizeBytes"] == 2 * (3 + 11 + 100)


# -- time to live


def test_time_to_live_is_set_and_refused_in_aws_words(dynamodb, make_table):
    name = make_table()
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}
    on = {"Enabled": True, "AttributeName": "ttl"}
    assert dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=on)["TimeToLiveSpecification"] == on
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"] == {
        "AttributeName": "ttl", "TimeToLiveStatus": "ENABLED"}
    assert refusal(dynamodb.update_time_to_live, TableName=name, TimeToLiveSpecification=on)[1] == "TimeToLive is already enabled"
    other = {"Enabled": True, "AttributeName": "other"}
    assert refusal(dynamodb.update_time_to_live, TableName=name, TimeToLiveSpecification=other)[1] == \
        "TimeToLive is active on a different AttributeName: current AttributeName is ttl"
    off = {"Enabled": False, "AttributeName": "ttl"}
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=off)
    assert refusal(dynamodb.update_time_to_live, TableName=name, TimeToLiveSpecification=off)[1] == "TimeToLive is already disabled"


def test_expired_items_go_with_a_record_of_the_service(client, dynamodb, make_table):
    name = make_table(stream="NEW_AND_OLD_IMAGES")
    now = int(time.time())
    old, due, text, later = (str(now - 6 * 365 * 86400), str(now - 60), "soon", str(now + 86400))
    items = {"too-old": {"N": old}, "due": {"N": due}, "text": {"S": text}, "later": {"N": later}}
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "due-before"}, "ttl": {"N": due}})
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    for key, ttl in items.items():
        dynamodb.put_item(TableName=name, Item={"pk": {"S": key}, "ttl": ttl})
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "none"}})

    def left():
        return sorted(item["pk"]["S"] for item in dynamodb.scan(TableName=name)["Items"])

    until(lambda: left() == ["later", "none", "text", "too-old"])
    removed = [r for r in records(client("dynamodbstreams"), dynamodb, name) if r["eventName"] == "REMOVE"]
    assert sorted(r["dynamodb"]["Keys"]["pk"]["S"] for r in removed) == ["due", "due-before"]
    assert all(r["userIdentity"] == {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"} for r in removed)


def records(streams, dynamodb, table):
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    return streams.get_records(ShardIterator=iterator)["Records"]


# -- continuous backups, tags, limits


def test_continuous_backups_are_switched(dynamodb, make_table):
    name = make_table()
    described = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    assert described == {"ContinuousBackupsStatus": "ENABLED",
                         "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"}}
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    recovery = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED" and "EarliestRestorableDateTime" in recovery


def test_tags_are_added_replaced_and_removed(dynamodb, make_table, call):
    arn = dynamodb.describe_table(TableName=make_table())["Table"]["TableArn"]
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "3"}])
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["b", "c"])
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "3"}]
    assert call("TagResource", {"ResourceArn": arn, "Tags": []})["message"] == "Atleast one Tag needs to be provided as Input."
    assert call("TagResource", {"ResourceArn": arn, "Tags": [{"Key": "aws:x", "Value": ""}]})["message"] == \
        "Tag Key cannot be prefixed with aws:, Key: aws:x"
    many = [{"Key": str(i), "Value": ""} for i in range(50)]
    assert call("TagResource", {"ResourceArn": arn, "Tags": many})["message"] == \
        "Number of Tags exceed the current limit for the provided ResourceArn"
    assert call("ListTagsOfResource", {"ResourceArn": arn + "x"})["message"] == \
        f"Requested resource not found: ResourceArn: {arn}x not found"


def test_limits(dynamodb):
    assert dynamodb.describe_limits()["TableMaxReadCapacityUnits"] == 40000


@pytest.mark.parametrize("operation, member", [("CreateTable", "GlobalTableSourceArn"), ("CreateTable", "GlobalTableSettingsReplicationMode"),
                                               ("UpdateTable", "GlobalTableSettingsReplicationMode")])
def test_a_member_that_is_not_built_names_itself(raw, make_table, unique, operation, member):
    value = "arn:aws:dynamodb:us-east-1:123456789012:table/Other" if member.endswith("Arn") else "ENABLED"
    table = minimal(unique("table")) if operation == "CreateTable" else {"TableName": make_table()}
    answer = raw.dynamodb(operation, {**table, member: value})
    assert answer.status == 501 and member in answer.text, answer
