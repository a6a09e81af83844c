"""Tables: their definition, description, changes and settings."""

import json
import time

import pytest
from botocore.exceptions import ClientError

KEY = [{"AttributeName": "pk", "KeyType": "HASH"}]
PK = {"AttributeName": "pk", "AttributeType": "S"}


@pytest.fixture
def dynamodb(client):
    return client("dynamodb")


@pytest.fixture
def call(raw):
    """call("CreateTable", {...}) -> the answer's document, past boto3's own checks."""
    return lambda operation, body: raw.dynamodb(operation, json.dumps(body)).json()


def refusal(function, **arguments):
    with pytest.raises(ClientError) as error:
        function(**arguments)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


def minimal(name, **more):
    return {"TableName": name, "AttributeDefinitions": [PK], "KeySchema": KEY, "BillingMode": "PAY_PER_REQUEST", **more}


def until(probe, seconds=20):
    """The probe's first truthy value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = probe()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("didn't come true")


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
         P + "Invalid table-class parameter provided. Please try again with a valid table-class value: "
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
        ({"SSESpecification": {"Enabled": False}}, "Table is already encrypted by default"),
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
    dynamodb.update_table(TableName=name, ProvisionedThroughput={"ReadCapacityUnits": 9, "WriteCapacityUnits": 1})
    assert "LastIncreaseDateTime" in dynamodb.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]
    dynamodb.update_table(TableName=name, BillingMode="PAY_PER_REQUEST")
    assert dynamodb.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]["ReadCapacityUnits"] == 0


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


# -- resource policies, contributor insights, Kinesis destinations


def test_a_resource_policy_has_revisions(call, dynamodb, make_table):
    name = make_table()
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    none = call("GetResourcePolicy", {"ResourceArn": arn})
    assert none["__type"].endswith("#PolicyNotFoundException")
    assert none["message"] == f"Resource-based policy not found for the provided ResourceArn: {arn}"
    assert call("DeleteResourcePolicy", {"ResourceArn": arn}) == {}
    first = call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy})["RevisionId"]
    assert call("GetResourcePolicy", {"ResourceArn": arn}) == {"Policy": policy, "RevisionId": first}
    refused = call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy, "ExpectedRevisionId": "NO_POLICY"})
    assert f"a policy exists with revision id {first}." in refused["message"]
    second = call("PutResourcePolicy", {"ResourceArn": arn, "Policy": policy, "ExpectedRevisionId": first})["RevisionId"]
    assert int(second) > int(first)
    assert call("DeleteResourcePolicy", {"ResourceArn": arn})["RevisionId"] == second
    missing = call("GetResourcePolicy", {"ResourceArn": arn + "x"})
    assert missing["message"] == f"Requested resource not found: Table: {name}x not found"


def test_contributor_insights_are_switched(dynamodb, make_table):
    name = make_table()
    assert dynamodb.describe_contributor_insights(TableName=name)["ContributorInsightsStatus"] == "DISABLED"
    dynamodb.update_contributor_insights(TableName=name, ContributorInsightsAction="ENABLE")
    described = dynamodb.describe_contributor_insights(TableName=name)
    assert described["ContributorInsightsStatus"] == "ENABLED" and len(described["ContributorInsightsRuleList"]) == 2
    listed = dynamodb.list_contributor_insights(TableName=name)["ContributorInsightsSummaries"]
    assert [(s["TableName"], s["ContributorInsightsStatus"]) for s in listed] == [(name, "ENABLED")]


def test_kinesis_destinations_keep_their_state(dynamodb, make_table):
    name = make_table()
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/changes"
    enabled = dynamodb.enable_kinesis_streaming_destination(TableName=name, StreamArn=arn)
    assert enabled["DestinationStatus"] == "ENABLING"
    described = dynamodb.describe_kinesis_streaming_destination(TableName=name)["KinesisDataStreamDestinations"]
    assert described == [{"StreamArn": arn, "DestinationStatus": "ACTIVE"}]
    dynamodb.disable_kinesis_streaming_destination(TableName=name, StreamArn=arn)
    code, text = refusal(dynamodb.disable_kinesis_streaming_destination, TableName=name, StreamArn=arn)
    assert text.endswith("KinesisStreamingDestination must be ACTIVE to perform DISABLE operation.")


# -- backups and restores


def fill(dynamodb, name, *keys, **attributes):
    for key in keys:
        dynamodb.put_item(TableName=name, Item={"pk": {"S": key}, **attributes})


def keys_of(dynamodb, name, **more):
    return sorted(item["pk"]["S"] for item in dynamodb.scan(TableName=name, **more)["Items"])


INDEXED = {
    "AttributeDefinitions": [PK, {"AttributeName": "g", "AttributeType": "S"}],
    "GlobalSecondaryIndexes": [{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                "Projection": {"ProjectionType": "ALL"}}],
}


def test_a_backup_is_restored_into_a_new_table(dynamodb, make_table, unique):
    name, target = make_table(**INDEXED, Tags=[{"Key": "a", "Value": "b"}]), unique("restored")
    fill(dynamodb, name, "a", "b", g={"S": "x"})
    details = dynamodb.create_backup(TableName=name, BackupName="first")["BackupDetails"]
    assert details["BackupType"] == "USER"
    arn = details["BackupArn"]
    fill(dynamodb, name, "c")
    described = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert described["SourceTableDetails"]["ItemCount"] == 2
    assert described["SourceTableFeatureDetails"]["GlobalSecondaryIndexes"][0]["IndexName"] == "by-g"
    listed = dynamodb.list_backups(TableName=name)["BackupSummaries"]
    assert [b["BackupArn"] for b in listed] == [arn]
    restored = dynamodb.restore_table_from_backup(TargetTableName=target, BackupArn=arn)["TableDescription"]
    assert restored["TableStatus"] == "CREATING" and restored["RestoreSummary"]["SourceBackupArn"] == arn
    dynamodb.get_waiter("table_exists").wait(TableName=target)
    table = dynamodb.describe_table(TableName=target)["Table"]
    assert table["ItemCount"] == 2 and table["GlobalSecondaryIndexes"][0]["ItemCount"] == 2
    assert table["RestoreSummary"]["RestoreInProgress"] is False
    assert keys_of(dynamodb, target) == keys_of(dynamodb, target, IndexName="by-g") == ["a", "b"]
    assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == []
    assert refusal(dynamodb.restore_table_from_backup, TargetTableName=target, BackupArn=arn) == (
        "TableAlreadyExistsException", f"Table already exists: {target}")
    dynamodb.delete_backup(BackupArn=arn)
    assert refusal(dynamodb.describe_backup, BackupArn=arn)[0] == "BackupNotFoundException"
    assert keys_of(dynamodb, target) == ["a", "b"]


def test_a_table_goes_back_to_a_point_in_time(dynamodb, make_table, unique):
    name, target = make_table(**INDEXED), unique("restored")
    fill(dynamodb, name, "before")
    code, text = refusal(dynamodb.restore_table_to_point_in_time, SourceTableName=name, TargetTableName=target, UseLatestRestorableTime=True)
    assert code == "PointInTimeRecoveryUnavailableException"
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    fill(dynamodb, name, "kept", "changed", "deleted", g={"S": "old"})
    time.sleep(1.1)  # RestoreDateTime has whole seconds in boto3
    then = int(time.time())
    time.sleep(1.1)
    fill(dynamodb, name, "changed", "added", g={"S": "new"})
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "deleted"}})
    dynamodb.restore_table_to_point_in_time(SourceTableName=name, TargetTableName=target, RestoreDateTime=then)
    dynamodb.get_waiter("table_exists").wait(TableName=target)
    assert keys_of(dynamodb, target) == ["before", "changed", "deleted", "kept"]
    assert keys_of(dynamodb, target, IndexName="by-g") == ["changed", "deleted", "kept"]
    changed = dynamodb.get_item(TableName=target, Key={"pk": {"S": "changed"}})["Item"]
    assert changed["g"] == {"S": "old"}
    code, text = refusal(dynamodb.restore_table_to_point_in_time, SourceTableName=name, TargetTableName=unique("restored"),
                         RestoreDateTime=then - 3600)
    assert code == "InvalidRestoreTimeException"


def test_a_recoverable_table_leaves_a_system_backup(dynamodb, make_table, unique):
    name, target = make_table(), unique("restored")
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    fill(dynamodb, name, "a")
    dynamodb.delete_table(TableName=name)
    backup, = dynamodb.list_backups(TableName=name, BackupType="SYSTEM")["BackupSummaries"]
    assert backup["BackupName"] == name + "$DeletedTableBackup" and backup["BackupExpiryDateTime"] > backup["BackupCreationDateTime"]
    dynamodb.restore_table_from_backup(TargetTableName=target, BackupArn=backup["BackupArn"])
    dynamodb.get_waiter("table_exists").wait(TableName=target)
    assert keys_of(dynamodb, target) == ["a"]


# -- exports and imports


def test_an_export_is_imported_into_a_new_table(client, dynamodb, call, make_table, unique):
    name, target, bucket = make_table(), unique("imported"), unique("bucket")
    s3 = client("s3")
    s3.create_bucket(Bucket=bucket)
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    assert refusal(dynamodb.export_table_to_point_in_time, TableArn=arn, S3Bucket=bucket) == (
        "PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{name}'")
    dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    fill(dynamodb, name, "a", "b", "c", n={"N": "1"}, l={"L": [{"BOOL": True}, {"B": b"\x00"}]})
    export = dynamodb.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket, S3Prefix="out")["ExportDescription"]
    assert export["ExportStatus"] == "IN_PROGRESS"

    def exported():
        described = dynamodb.describe_export(ExportArn=export["ExportArn"])["ExportDescription"]
        return described if described["ExportStatus"] != "IN_PROGRESS" else None

    done = until(exported)
    assert done["ExportStatus"] == "COMPLETED" and done["ItemCount"] == 3, done
    summary = json.loads(s3.get_object(Bucket=bucket, Key=done["ExportManifest"])["Body"].read())
    line = json.loads(s3.get_object(Bucket=bucket, Key=summary["manifestFilesS3Key"])["Body"].read().splitlines()[0])
    assert line["itemCount"] == 3 and line["dataFileS3Key"].startswith("out/AWSDynamoDB/")
    assert [e["ExportArn"] for e in dynamodb.list_exports(TableArn=arn)["ExportSummaries"]] == [export["ExportArn"]]
    started = dynamodb.import_table(
        S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": line["dataFileS3Key"]}, InputFormat="DYNAMODB_JSON",
        InputCompressionType="GZIP", TableCreationParameters=minimal(target))["ImportTableDescription"]

    def imported():
        described = dynamodb.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"]
        return described if described["ImportStatus"] != "IN_PROGRESS" else None

    done = until(imported)
    assert done["ImportStatus"] == "COMPLETED" and done["ImportedItemCount"] == 3, done
    assert keys_of(dynamodb, target) == ["a", "b", "c"]
    key = {"pk": {"S": "a"}}
    assert dynamodb.get_item(TableName=target, Key=key) ["Item"] == dynamodb.get_item(TableName=name, Key=key)["Item"]


def test_csv_is_imported_with_typed_keys(client, dynamodb, unique):
    target, bucket = unique("imported"), unique("bucket")
    client("s3").create_bucket(Bucket=bucket)
    client("s3").put_object(Bucket=bucket, Key="in/a.csv", Body=b'pk,n,text\na,1,"x, ""y"""\nb,no,z\nc,3,\n')
    started = dynamodb.import_table(
        S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": "in/"}, InputFormat="CSV",
        TableCreationParameters={
            "TableName": target, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [PK, {"AttributeName": "n", "AttributeType": "N"}],
            "KeySchema": KEY + [{"AttributeName": "n", "KeyType": "RANGE"}]})["ImportTableDescription"]
    done = until(lambda: (lambda d: d if d["ImportStatus"] != "IN_PROGRESS" else None)(
        dynamodb.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"]))
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (2, 1)
    items = sorted(dynamodb.scan(TableName=target)["Items"], key=lambda item: item["pk"]["S"])
    assert items == [{"pk": {"S": "a"}, "n": {"N": "1"}, "text": {"S": 'x, "y"'}}, {"pk": {"S": "c"}, "n": {"N": "3"}}]


def test_a_missing_bucket_fails_the_import(dynamodb, unique):
    started = dynamodb.import_table(S3BucketSource={"S3Bucket": unique("none")}, InputFormat="CSV",
                                    TableCreationParameters=minimal(unique("imported")))["ImportTableDescription"]
    done = until(lambda: (lambda d: d if d["ImportStatus"] != "IN_PROGRESS" else None)(
        dynamodb.describe_import(ImportArn=started["ImportArn"])["ImportTableDescription"]))
    assert done["ImportStatus"] == "FAILED" and "The specified bucket does not exist" in done["FailureMessage"]


# -- replicas


def test_a_replica_has_all_items_and_all_writes(client, dynamodb, make_table, call):
    name = make_table()
    other = client("dynamodb", region="eu-west-1")
    fill(dynamodb, name, *(f"old-{i}" for i in range(150)))
    updated = dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])["TableDescription"]
    assert updated["TableStatus"] == "UPDATING"

    def replicas():
        return [(r["RegionName"], r["ReplicaStatus"]) for r in dynamodb.describe_table(TableName=name)["Table"].get("Replicas", [])]

    until(lambda: replicas() == [("eu-west-1", "ACTIVE")])
    fill(dynamodb, name, "here")
    fill(other, name, "there")
    dynamodb.delete_item(TableName=name, Key={"pk": {"S": "old-0"}})
    other.delete_item(TableName=name, Key={"pk": {"S": "old-1"}})
    assert keys_of(dynamodb, name) == keys_of(other, name)
    assert len(keys_of(other, name)) == 150
    assert "eu-west-1" in other.describe_table(TableName=name)["Table"]["TableArn"]
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": "eu-west-1"}}])
    assert replicas() == []
    assert refusal(other.describe_table, TableName=name)[0] == "ResourceNotFoundException"
    fill(dynamodb, name, "alone")


def test_a_global_table_of_2017_ties_tables_together(client, make_table):
    regions = ("us-east-1", "us-west-2")
    here, there = (client("dynamodb", region=region) for region in regions)
    on = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    name = make_table(StreamSpecification=on)
    there.create_table(**minimal(name, StreamSpecification=on))
    group = [{"RegionName": region} for region in regions]
    created = here.create_global_table(GlobalTableName=name, ReplicationGroup=group)["GlobalTableDescription"]
    assert created["GlobalTableStatus"] == "ACTIVE"
    fill(here, name, "a")
    assert keys_of(there, name) == ["a"]
    assert here.describe_table(TableName=name)["Table"]["GlobalTableVersion"] == "2017.11.29"
    listed = here.list_global_tables()["GlobalTables"]
    assert {"GlobalTableName": name, "ReplicationGroup": group} in listed
    here.update_global_table(GlobalTableName=name, ReplicaUpdates=[{"Delete": {"RegionName": "us-west-2"}}])
    fill(here, name, "b")
    assert keys_of(there, name) == ["a"]
    assert refusal(here.describe_global_table, GlobalTableName=name + "x")[0] == "GlobalTableNotFoundException"
