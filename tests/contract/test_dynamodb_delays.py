"""--aws-delays: states last as long as on AWS, by the emulator's clock."""

import json
import time
import urllib.request

import pytest
from botocore.exceptions import ClientError

from harness import aws
from harness.server import Server

PK = {"AttributeName": "pk", "AttributeType": "S"}
TABLE = {"AttributeDefinitions": [PK], "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
INDEX = {"IndexName": "by-pk", "KeySchema": TABLE["KeySchema"], "Projection": {"ProjectionType": "ALL"}}


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("slow") / "server.log", arguments=["--aws-delays"]) as running:
        yield running


def until(probe):
    end = time.monotonic() + 10
    while not probe():
        assert time.monotonic() < end, "didn't come true"
        time.sleep(0.02)


def test_states_follow_the_clock(slow):
    def clock(what):
        urllib.request.urlopen(urllib.request.Request(slow.endpoint + "/_millrace/clock/" + what, method="POST", data=b""), timeout=10)

    clock("freeze")
    dynamodb = aws.make_client(slow.endpoint, "dynamodb", aws.new_account())

    def table():
        try:
            return dynamodb.describe_table(TableName="slow")["Table"]
        except dynamodb.exceptions.ResourceNotFoundException:
            return {"TableStatus": "gone"}

    def refused(function, **arguments):
        with pytest.raises(ClientError) as error:
            function(TableName="slow", **arguments)
        return error.value.response["Error"]["Message"]

    dynamodb.create_table(TableName="slow", **TABLE)
    in_use = "Attempt to change a resource which is still in use: "
    assert table()["TableStatus"] == "CREATING" and "WarmThroughput" not in table()
    assert refused(dynamodb.create_table, **TABLE) == in_use + "Table is being created: slow"
    assert refused(dynamodb.delete_table) == in_use + "Table is being created: slow"
    clock("advance?by=5000")
    until(lambda: table()["TableStatus"] == "ACTIVE")
    dynamodb.update_table(TableName="slow", AttributeDefinitions=[PK], GlobalSecondaryIndexUpdates=[{"Create": INDEX}])
    index = table()["GlobalSecondaryIndexes"][0]
    assert (table()["TableStatus"], index["IndexStatus"], index["Backfilling"]) == ("UPDATING", "CREATING", False)
    clock("advance?by=60000")
    until(lambda: table()["TableStatus"] == "ACTIVE")
    index = table()["GlobalSecondaryIndexes"][0]
    assert (index["IndexStatus"], index["Backfilling"]) == ("CREATING", True)
    assert refused(dynamodb.delete_table) == in_use + "Cannot delete table while indexes are being created, updated, or deleted."
    clock("advance?by=300000")
    until(lambda: table()["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE")
    dynamodb.delete_table(TableName="slow")
    assert table()["TableStatus"] == "DELETING"
    assert refused(dynamodb.delete_table) == in_use + "Table is being deleted: slow"
    clock("advance?by=5000")
    until(lambda: table()["TableStatus"] == "gone")


def test_what_changed_a_moment_ago_is_refused(slow):
    def clock(what):
        urllib.request.urlopen(urllib.request.Request(slow.endpoint + "/_millrace/clock/" + what, method="POST", data=b""), timeout=10)

    clock("freeze")
    account = aws.new_account()
    dynamodb, raw = aws.make_client(slow.endpoint, "dynamodb", account), aws.Raw(slow.endpoint, account)
    arn = dynamodb.create_table(TableName="rapid", **TABLE)["TableDescription"]["TableArn"]

    def answer(operation, **request):
        response = raw.dynamodb(operation, json.dumps(request))
        document = response.json() if response.body else {}
        return (document.get("__type", "").split("#")[-1], document.get("message", ""))

    assert answer("CreateBackup", TableName="rapid", BackupName="early") == ("TableNotFoundException", "Table not found: rapid")
    clock("advance?by=5000")
    until(lambda: dynamodb.describe_table(TableName="rapid")["Table"]["TableStatus"] == "ACTIVE")

    tag = {"ResourceArn": arn, "Tags": [{"Key": "a", "Value": "1"}]}
    assert answer("TagResource", **tag) == ("", "")
    assert answer("TagResource", **tag) == ("LimitExceededException", "Subscriber limit exceeded: Table tags are being updated: rapid")
    clock("advance?by=2000")
    assert answer("TagResource", **tag) == ("", "")

    on = {"TableName": "rapid", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ttl"}}
    off = {"TableName": "rapid", "TimeToLiveSpecification": {"Enabled": False, "AttributeName": "ttl"}}
    assert answer("UpdateTimeToLive", **on) == ("", "")
    assert answer("UpdateTimeToLive", **on) == ("ValidationException", "TimeToLive is already enabled")
    too_soon = ("ValidationException", "Time to live has been modified multiple times within a fixed interval")
    assert answer("UpdateTimeToLive", **off) == too_soon
    clock("advance?by=1800000")
    assert answer("UpdateTimeToLive", **off) == too_soon
    clock("advance?by=120000")
    assert answer("UpdateTimeToLive", **off) == ("", "")

    statement = {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": arn}
    policy = {"ResourceArn": arn, "Policy": json.dumps({"Version": "2012-10-17", "Statement": statement})}
    assert answer("PutResourcePolicy", **policy) == ("", "")
    statement["Action"] = "dynamodb:Query"  # the same policy once more would be no change
    policy["Policy"] = json.dumps({"Version": "2012-10-17", "Statement": statement})
    code, text = answer("PutResourcePolicy", **policy)
    assert code == "ThrottlingException"
    assert text.startswith("Resource-based policy for table rapid modified within the previous 15000 milliseconds. Please try again after 2")
    protection = {"TableName": "rapid", "DeletionProtectionEnabled": True}
    assert answer("UpdateTable", **protection) == ("", "")
    code, text = answer("UpdateTable", **{**protection, "DeletionProtectionEnabled": False})
    assert code == "ThrottlingException"
    assert text.startswith("Deletion protection setting for table rapid modified within the previous 15000 milliseconds. Please try again after 2")
    clock("advance?by=15000")
    assert answer("UpdateTable", **{**protection, "DeletionProtectionEnabled": False}) == ("", "")


def test_a_deleted_queues_name_is_taken_for_a_minute(slow):
    def clock(what):
        urllib.request.urlopen(urllib.request.Request(slow.endpoint + "/_millrace/clock/" + what, method="POST", data=b""), timeout=10)

    sqs = aws.make_client(slow.endpoint, "sqs", aws.new_account())
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.delete_queue(QueueUrl=url)
    with pytest.raises(ClientError) as error:
        sqs.create_queue(QueueName="q")
    assert (error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]) == (
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.")
    sqs.create_queue(QueueName="other")
    clock("advance?by=60000")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.purge_queue(QueueUrl=url)
    with pytest.raises(ClientError) as error:
        sqs.purge_queue(QueueUrl=url)
    assert (error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]) == (
        "AWS.SimpleQueueService.PurgeQueueInProgress", "Only one PurgeQueue operation on q is allowed every 60 seconds.")
    clock("advance?by=60000")
    sqs.purge_queue(QueueUrl=url)
