"""What happens after the answer: notifications to queues, topics and functions, and replication."""

import json

import pytest

from harness.s3 import code, error_document, headers_of, policy, refusal
from harness import waiting


def let_in(bucket, action, resource):
    """A statement that lets S3 send a bucket's events."""
    return {
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": action, "Resource": resource,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}},
    }


class Queue:
    """A queue that S3 may send to, and the messages that came."""

    def __init__(self, sqs, account, name, bucket):
        self.sqs, self.arn, self.messages = sqs, f"arn:aws:sqs:us-east-1:{account}:{name}", []
        self.url = sqs.create_queue(QueueName=name)["QueueUrl"]
        self.allow(let_in(bucket, "sqs:SendMessage", self.arn))

    def allow(self, statement):
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy(statement)})

    def wait_for(self, count):
        def came():
            for message in self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", []):
                self.messages.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            return len(self.messages) >= count

        waiting.until(came, f"{count} messages")
        return self.messages


@pytest.fixture
def queue(client, account, unique, bucket):
    return Queue(client("sqs"), account, unique("queue"), bucket)


def notify(s3, bucket, **configuration):
    return s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)


def test_notification_round_trip(s3, bucket, queue):
    wanted = {
        "Id": "q", "QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "in/"}, {"Name": "Suffix", "Value": "x"}]}},
    }
    lower = [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": "x"}]
    notify(s3, bucket, QueueConfigurations=[{**wanted, "Filter": {"Key": {"FilterRules": lower}}}])
    assert s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"] == [wanted]
    notify(s3, bucket, QueueConfigurations=[wanted], EventBridgeConfiguration={})
    got = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert got["QueueConfigurations"] == [wanted] and got["EventBridgeConfiguration"] == {}
    notify(s3, bucket)
    assert set(s3.get_bucket_notification_configuration(Bucket=bucket)) == {"ResponseMetadata"}


def test_notifications_to_a_queue(s3, bucket, queue):
    wanted = {"Id": "q", "QueueArn": queue.arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
    wanted["Filter"] = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}}
    put = notify(s3, bucket, QueueConfigurations=[wanted])
    s3.put_object(Bucket=bucket, Key="out/x", Body=b"x")
    s3.put_object(Bucket=bucket, Key="in/a b", Body=b"hello")
    s3.delete_object(Bucket=bucket, Key="in/a b")
    messages = queue.wait_for(3)
    tests = [m for m in messages if "Event" in m]
    assert len(tests) == 1 and tests[0].pop("Time").endswith("Z")
    assert tests[0] == {
        "Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": bucket,
        "RequestId": headers_of(put)["x-amz-request-id"], "HostId": headers_of(put)["x-amz-id-2"],
    }
    records = [record for m in messages for record in m.get("Records", [])]
    created, removed = sorted(records, key=lambda r: r["s3"]["object"]["sequencer"])
    assert created["eventName"] == "ObjectCreated:Put" and created["eventSource"] == "aws:s3"
    assert created["s3"]["object"]["key"] == "in/a+b" and created["s3"]["object"]["size"] == 5
    assert created["s3"]["object"]["eTag"] == "5d41402abc4b2a76b9719d911017c592"
    assert created["s3"]["configurationId"] == "q" and created["s3"]["bucket"]["name"] == bucket
    assert len(created["responseElements"]["x-amz-request-id"]) == 16
    assert removed["eventName"] == "ObjectRemoved:Delete"


def test_deletes_of_keys_that_are_not_there(s3, bucket, queue):
    notify(s3, bucket, QueueConfigurations=[{"QueueArn": queue.arn, "Events": ["s3:ObjectRemoved:*"]}])
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "missing"}]})
    [record] = [record for m in queue.wait_for(2) for record in m.get("Records", [])]
    assert record["eventName"] == "ObjectRemoved:Delete"
    assert record["s3"]["object"].keys() == {"key", "sequencer"} and record["s3"]["object"]["key"] == "missing"


def test_notifications_to_a_topic(client, s3, account, bucket, queue, unique):
    sns = client("sns")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=policy(let_in(bucket, "sns:Publish", topic))
    )
    queue.allow({"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue.arn})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"})
    enveloped = Queue(client("sqs"), account, unique("queue"), bucket)
    enveloped.allow({"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": enveloped.arn})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=enveloped.arn)
    notify(s3, bucket, TopicConfigurations=[{"TopicArn": topic, "Events": ["s3:ObjectCreated:Put"]}])
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    messages = queue.wait_for(2)
    assert [m["Event"] for m in messages if "Event" in m] == ["s3:TestEvent"]
    assert [m["Records"][0]["s3"]["object"]["key"] for m in messages if "Records" in m] == ["k"]
    assert {m["Subject"] for m in enveloped.wait_for(2)} == {"Amazon S3 Notification"}


def test_what_an_event_tells_of_its_object(s3, versioned, client, account, unique):
    queue = Queue(client("sqs"), account, unique("queue"), versioned)
    kinds = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectRestore:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put"]
    notify(s3, versioned, QueueConfigurations=[{"QueueArn": queue.arn, "Events": kinds}])
    queue.wait_for(1)  # the test event
    s3.put_bucket_ownership_controls(Bucket=versioned, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    put = s3.put_object(Bucket=versioned, Key="k", Body=b"123", StorageClass="GLACIER")
    s3.put_object_tagging(Bucket=versioned, Key="k", Tagging={"TagSet": []})
    s3.delete_object_tagging(Bucket=versioned, Key="k")
    s3.put_object_acl(Bucket=versioned, Key="k", ACL="private")
    s3.restore_object(Bucket=versioned, Key="k", RestoreRequest={"Days": 1})
    marker = s3.delete_object(Bucket=versioned, Key="k")["VersionId"]
    s3.delete_object(Bucket=versioned, Key="k", VersionId=put["VersionId"])
    records = {r["eventName"]: r for m in queue.wait_for(9) if "Records" in m for r in m["Records"]}
    own, etag = {"key": "k", "versionId": put["VersionId"]}, put["ETag"].strip('"')

    def told(name):
        seen = dict(records[name]["s3"]["object"])
        return records[name]["eventVersion"], "sequencer" in seen, {k: v for k, v in seen.items() if k != "sequencer"}

    assert told("ObjectCreated:Put") == ("2.1", True, {**own, "size": 3, "eTag": etag})
    for name in ("ObjectTagging:Put", "ObjectTagging:Delete", "ObjectAcl:Put"):
        assert told(name) == ("2.3", False, {**own, "eTag": etag})
    for name in ("ObjectRestore:Post", "ObjectRestore:Completed"):
        assert told(name) == ("2.1", True, {**own, "size": 3, "eTag": etag})
    assert "glacierEventData" not in records["ObjectRestore:Post"]
    restored = records["ObjectRestore:Completed"]["glacierEventData"]["restoreEventData"]
    assert restored["lifecycleRestoreStorageClass"] == "GLACIER" and restored["lifecycleRestorationExpiryTime"].endswith("T00:00:00.000Z")
    assert told("ObjectRemoved:DeleteMarkerCreated") == (
        "2.1", True, {"key": "k", "versionId": marker, "eTag": "d41d8cd98f00b204e9800998ecf8427e"})
    assert told("ObjectRemoved:Delete") == ("2.1", True, own)


FUNCTION = """
import boto3
def handler(event, context):
    record = event['Records'][0]
    boto3.client('s3').put_object(Bucket='{}', Key=record['s3']['object']['key'], Body=record['eventName'])
"""


def test_notifications_to_a_function(client, s3, bucket, make_function, unique):
    other = unique("results")
    s3.create_bucket(Bucket=other)
    function = make_function(FUNCTION.format(other))
    lambda_ = client("lambda")
    arn = lambda_.get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    wanted = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:Put"]}
    refused = {"Bucket": bucket, "NotificationConfiguration": {"LambdaFunctionConfigurations": [wanted]}}
    assert code(s3.put_bucket_notification_configuration, **refused) == (400, "InvalidArgument")
    lambda_.add_permission(
        FunctionName=function, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{bucket}",
    )  # fmt: skip
    notify(s3, bucket, LambdaFunctionConfigurations=[wanted])
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    waiting.until(lambda: s3.list_objects_v2(Bucket=other)["KeyCount"] == 1, "the function's object")
    assert s3.get_object(Bucket=other, Key="k")["Body"].read() == b"ObjectCreated:Put"


def test_targets_that_cannot_be_reached(raw, s3, account, bucket, queue, unique):
    queue.allow({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": queue.arn})
    prefix = f"us-east-1:{account}:"
    missing_queue, missing_topic = f"arn:aws:sqs:{prefix}{unique('no')}", f"arn:aws:sns:{prefix}{unique('no')}"
    function = f"arn:aws:lambda:{prefix}function:{unique('no')}"
    body = "<NotificationConfiguration>" + "".join(
        f"<{kind}Configuration><{member}>{arn}</{member}><Event>{event}</Event></{kind}Configuration>"
        for kind, member, arn, event in (
            ("Topic", "Topic", missing_topic, "s3:ObjectCreated:Put"),
            ("Queue", "Queue", queue.arn, "s3:ObjectCreated:Post"),
            ("Queue", "Queue", missing_queue, "s3:ObjectCreated:Copy"),
            ("CloudFunction", "CloudFunction", function, "s3:ObjectRemoved:*"),
        )
    ) + "</NotificationConfiguration>"
    answer = raw("s3", "PUT", f"/{bucket}?notification=", body=body)
    assert error_document(answer) == (400, {
        "Code": "InvalidArgument",
        "Message": "Unable to validate the following destination configurations",
        "ArgumentName1": missing_topic, "ArgumentValue1": "The destination topic does not exist",
        "ArgumentName2": queue.arn,
        "ArgumentValue2": "Permissions on the destination queue do not allow S3 to publish notifications from this bucket",
        "ArgumentName3": missing_queue, "ArgumentValue3": "The destination queue does not exist",
        "ArgumentName4": f"{function}, null", "ArgumentValue4": f"Not authorized to invoke function [{function}]",
    })
    assert set(s3.get_bucket_notification_configuration(Bucket=bucket)) == {"ResponseMetadata"}
    answer = raw("s3", "PUT", f"/{bucket}?notification=", body=body, headers={"x-amz-skip-destination-validation": "true"})
    assert answer.status == 200
    assert len(s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]) == 2


@pytest.mark.parametrize(
    "configurations, message",
    [
        ([{"Events": ["s3:ObjectCreated:*"]}, {"Events": ["s3:ObjectCreated:Put"]}],
         "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
         "overlapping for the same event type."),
        ([{"Events": ["s3:ObjectCreated:*"], "Filter": {"Key": {"FilterRules": [{"Name": "infix", "Value": "x"}]}}}],
         "filter rule name must be either prefix or suffix"),
        ([{"Events": ["s3:ObjectCreated:*"], "QueueArn": "arn:aws:sqs:eu-west-1:123456789012:q"}],
         "The notification destination service region is not valid for the bucket location constraint"),
        ([{"Events": ["s3:ObjectCreated:*"], "QueueArn": "arn:aws:sns:us-east-1:123456789012:q"}],
         "The ARN could not be parsed"),
    ],
)
def test_configurations_that_are_refused(s3, bucket, queue, configurations, message):
    wanted = {"QueueConfigurations": [{"QueueArn": queue.arn, **one} for one in configurations]}
    answer = refusal(s3.put_bucket_notification_configuration, Bucket=bucket, NotificationConfiguration=wanted)
    assert (answer["Error"]["Code"], answer["Error"]["Message"]) == ("InvalidArgument", message)


# -- replication


@pytest.fixture
def replicated(s3, versioned, unique, make_role):
    """replicated(**rule) -> (source, target) of a rule that replicates everything but what `rule` says."""

    def make(**changes):
        target = unique("target")
        s3.create_bucket(Bucket=target)
        s3.put_bucket_versioning(Bucket=target, VersioningConfiguration={"Status": "Enabled"})
        rule = {
            "ID": "r", "Priority": 1, "Status": "Enabled", "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": f"arn:aws:s3:::{target}"}, **changes,
        }
        configuration = {"Role": make_role(service="s3.amazonaws.com"), "Rules": [rule]}
        s3.put_bucket_replication(Bucket=versioned, ReplicationConfiguration=configuration)
        assert s3.get_bucket_replication(Bucket=versioned)["ReplicationConfiguration"] == configuration
        return versioned, target

    return make


def test_replication(s3, replicated):
    source, target = replicated(Filter={"Prefix": "in/"})
    version = s3.put_object(Bucket=source, Key="in/k", Body=b"x" * 2_000_000, Metadata={"a": "b"}, Tagging="t=1")["VersionId"]
    s3.put_object(Bucket=source, Key="out/k", Body=b"x")
    waiting.until(lambda: s3.head_object(Bucket=source, Key="in/k").get("ReplicationStatus") == "COMPLETED", "COMPLETED")
    replica = s3.get_object(Bucket=target, Key="in/k")
    assert replica["ReplicationStatus"] == "REPLICA" and replica["VersionId"] == version
    assert replica["Metadata"] == {"a": "b"} and replica["Body"].read() == b"x" * 2_000_000
    assert s3.get_object_tagging(Bucket=target, Key="in/k")["TagSet"] == [{"Key": "t", "Value": "1"}]
    assert s3.list_objects_v2(Bucket=target)["KeyCount"] == 1


def test_replication_of_versions_and_delete_markers(s3, replicated, drain):
    source, target = replicated(DeleteMarkerReplication={"Status": "Enabled"})
    ids = [s3.put_object(Bucket=source, Key="k", Body=body)["VersionId"] for body in (b"1", b"2")]
    marker = s3.delete_object(Bucket=source, Key="k")["VersionId"]
    gone = s3.put_object(Bucket=source, Key="other", Body=b"x")["VersionId"]
    drain()
    s3.delete_object(Bucket=source, Key="other", VersionId=gone)  # deleting a version for good is never replicated
    drain()
    listed = s3.list_object_versions(Bucket=target)
    assert [(v["Key"], v["VersionId"]) for v in listed["Versions"]] == [("k", ids[1]), ("k", ids[0]), ("other", gone)]
    assert [(m["VersionId"], m["IsLatest"]) for m in listed["DeleteMarkers"]] == [(marker, True)]


def test_markers_stay_unless_a_rule_wants_them(s3, replicated, drain):
    source, target = replicated()
    s3.put_object(Bucket=source, Key="k", Body=b"1")
    s3.delete_object(Bucket=source, Key="k")
    drain()
    assert "DeleteMarkers" not in s3.list_object_versions(Bucket=target)
    assert s3.get_object(Bucket=target, Key="k")["Body"].read() == b"1"


def test_replication_needs_the_role_and_versioning(s3, replicated, bucket, unique, make_role):
    source, target = replicated(ID="x")
    other = unique("plain")
    s3.create_bucket(Bucket=other)
    role = make_role({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}, service="s3.amazonaws.com")
    rule = {"ID": "r", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": f"arn:aws:s3:::{other}"}}
    wanted = {"Bucket": source, "ReplicationConfiguration": {"Role": role, "Rules": [rule]}}
    for name in (other, unique("nobody")):
        rule["Destination"]["Bucket"] = f"arn:aws:s3:::{name}"
        refused = refusal(s3.put_bucket_replication, **wanted)["Error"]
        assert (refused["Code"], refused["Message"]) == ("InvalidRequest", "Destination bucket must have versioning enabled.")
    rule["Destination"]["Bucket"] = f"arn:aws:s3:::{target}"
    del rule["ID"]
    s3.put_bucket_replication(**wanted)
    assert s3.get_bucket_replication(Bucket=source)["ReplicationConfiguration"]["Rules"][0]["ID"]
    s3.put_object(Bucket=source, Key="k", Body=b"x")
    waiting.until(lambda: s3.head_object(Bucket=source, Key="k").get("ReplicationStatus") == "FAILED", "FAILED")
    assert s3.list_objects_v2(Bucket=target)["KeyCount"] == 0
