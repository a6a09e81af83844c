"""What is attached to tables: policies, contributor insights, Kinesis destinations; replicas."""

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


def fill(dynamodb, name, *keys, **attributes):
    for key in keys:
        dynamodb.put_item(TableName=name, Item={"pk": {"S": key}, **attributes})


def keys_of(dynamodb, name, **more):
    return sorted(item["pk"]["S"] for item in dynamodb.scan(TableName=name, **more)["Items"])


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
