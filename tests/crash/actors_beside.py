"""The actors (actors.py) of the services beside DynamoDB, and all of them (actors_of_events.py, too)."""

import collections
import hashlib
import json

from crash import actors, actors_of_events
from crash.actors import EVERYTHING, MIB, Actor, advance, create_function, create_table, items_of, records_of, urllib_json
from harness import waiting


# -- S3


class Uploads(Actor):
    """Multipart uploads: some completed, some left open; objects copied and deleted."""

    def prepare(self):
        self.client("s3").create_bucket(Bucket="uploads")
        self.number = 0
        self.uploads = {}  # key -> {"id", "parts", "asked" (to complete), "done"}
        self.deleted, self.delete_asked = set(), set()

    @staticmethod
    def part(key, number):
        size = 5 * MIB if number == 1 else 70_000
        return hashlib.sha256(f"{key} {number}".encode()).digest() * (size // 32)

    def step(self):
        s3 = self.client("s3")
        self.number += 1
        key = f"object-{self.number}"
        upload = self.uploads[key] = {"id": None, "parts": {}, "asked": False, "done": False}
        upload["id"] = s3.create_multipart_upload(Bucket="uploads", Key=key)["UploadId"]
        for number in (1, 2):
            upload["parts"][number] = s3.upload_part(
                Bucket="uploads", Key=key, UploadId=upload["id"], PartNumber=number, Body=self.part(key, number))["ETag"]
        if self.number % 4 == 0:
            return
        upload["asked"] = True
        s3.complete_multipart_upload(Bucket="uploads", Key=key, UploadId=upload["id"], MultipartUpload={
            "Parts": [{"PartNumber": number, "ETag": etag} for number, etag in upload["parts"].items()]})
        upload["done"] = True
        if self.number % 4 == 1:
            self.delete_asked.add(key)
            s3.delete_object(Bucket="uploads", Key=key)
            self.deleted.add(key)

    def judge(self):
        s3 = self.client("s3")
        there = {entry["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="uploads") for entry in page.get("Contents", [])}
        pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket="uploads")
        open_uploads = {entry["Key"]: entry["UploadId"] for page in pages for entry in page.get("Uploads", [])}
        for key, upload in self.uploads.items():
            whole = self.part(key, 1) + self.part(key, 2)
            if key in there:
                assert upload["asked"] and key not in self.deleted, key
                assert s3.get_object(Bucket="uploads", Key=key)["Body"].read() == whole, key
            elif upload["done"]:
                assert key in self.delete_asked, f"{key} is lost"
            elif upload["id"]:
                assert open_uploads.get(key) == upload["id"], f"the upload of {key} is lost"
                listed = s3.list_parts(Bucket="uploads", Key=key, UploadId=upload["id"]).get("Parts", [])
                assert upload["parts"].items() <= {part["PartNumber"]: part["ETag"] for part in listed}.items(), key
            assert not (key in there and key in open_uploads), key
        for key, upload_id in open_uploads.items():
            s3.abort_multipart_upload(Bucket="uploads", Key=key, UploadId=upload_id)
        for key in there:
            s3.delete_object(Bucket="uploads", Key=key)
        s3.delete_bucket(Bucket="uploads")


# -- Logs, IAM, SQS


class LogLines(Actor):
    def prepare(self):
        logs = self.client("logs")
        logs.create_log_group(logGroupName="lines")
        for stream in "abc":
            logs.create_log_stream(logGroupName="lines", logStreamName=stream)
        self.now = urllib_json(self.server, "/_millrace/clock")["now_ms"]
        self.number, self.acknowledged, self.asked = 0, set(), set()

    def step(self):
        self.number += 1
        self.asked.add(self.number)
        self.client("logs").put_log_events(logGroupName="lines", logStreamName="abc"[self.number % 3], logEvents=[
            {"timestamp": self.now + self.number, "message": f"{self.number} {part}"} for part in range(3)])
        self.acknowledged.add(self.number)

    def judge(self):
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName="lines")
        seen = collections.Counter(event["message"] for page in pages for event in page["events"])
        assert set(seen.values()) <= {1}, "twice"
        batches = collections.Counter(int(message.split()[0]) for message in seen)
        assert set(batches.values()) <= {3}, "half a batch"
        assert self.acknowledged <= batches.keys() <= self.asked


class Users(Actor):
    """Users with a policy and a key each; every other one is deleted again."""

    def prepare(self):
        self.number = 0
        self.complete, self.deleted, self.delete_asked = {}, set(), set()

    def step(self):
        iam = self.client("iam")
        self.number += 1
        name = f"user-{self.number}"
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=EVERYTHING)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        self.complete[name] = key["AccessKeyId"]
        if self.number % 2 == 0:
            self.delete_asked.add(name)
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
            iam.delete_user_policy(UserName=name, PolicyName="all")
            iam.delete_user(UserName=name)
            self.deleted.add(name)

    def judge(self):
        iam = self.client("iam")
        there = {user["UserName"] for page in iam.get_paginator("list_users").paginate() for user in page["Users"]}
        assert not there & self.deleted
        assert self.complete.keys() - self.delete_asked <= there
        for name in self.complete.keys() - self.delete_asked:
            assert iam.list_user_policies(UserName=name)["PolicyNames"] == ["all"]
            assert [k["AccessKeyId"] for k in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]] == [self.complete[name]]


class Messages(Actor):
    """Sends to a queue; receives and deletes some."""

    def prepare(self):
        self.url = self.client("sqs").create_queue(QueueName="messages", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
        self.number, self.sent = 0, set()
        self.delete_asked, self.deleted = set(), set()

    def step(self):
        sqs = self.client("sqs")
        self.number += 1
        sqs.send_message(QueueUrl=self.url, MessageBody=str(self.number))
        self.sent.add(str(self.number))
        if self.number % 2:
            return
        for message in sqs.receive_message(QueueUrl=self.url).get("Messages", []):
            assert message["Body"] not in self.deleted
            if self.number % 4:
                continue  # stays in flight
            self.delete_asked.add(message["Body"])
            sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            self.deleted.add(message["Body"])

    def judge(self):
        sqs, seen = self.client("sqs"), collections.Counter()
        advance(self.server, 31)
        while messages := sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, VisibilityTimeout=43200).get("Messages"):
            seen.update(message["Body"] for message in messages)
        assert set(seen.values()) <= {1}
        assert self.sent - self.delete_asked <= seen.keys() and not seen.keys() & self.deleted


class Groups(Actor):
    """A FIFO queue of three groups: sends, receives and deletes."""

    def prepare(self):
        self.url = self.client("sqs").create_queue(QueueName="groups.fifo", Attributes={
            "FifoQueue": "true", "VisibilityTimeout": "30"})["QueueUrl"]
        self.number, self.sent = 0, set()
        self.delete_asked, self.deleted = set(), set()

    def step(self):
        sqs = self.client("sqs")
        self.number += 1
        body = f"{self.number % 3}-{self.number}"
        sqs.send_message(QueueUrl=self.url, MessageBody=body, MessageGroupId=body[0], MessageDeduplicationId=body)
        self.sent.add(body)
        if self.number % 5 == 0:
            for message in sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=2).get("Messages", []):
                assert message["Body"] not in self.deleted
                self.delete_asked.add(message["Body"])
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                self.deleted.add(message["Body"])

    def judge(self):
        sqs, seen = self.client("sqs"), []
        advance(self.server, 31)
        while messages := sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                seen.append(message["Body"])
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        assert len(seen) == len(set(seen)), "twice"
        assert self.sent - self.delete_asked <= set(seen) and not set(seen) & self.deleted
        for group in "012":
            numbers = [int(body[2:]) for body in seen if body[0] == group]
            assert numbers == sorted(numbers), "out of order"


# -- Lambda


class Events(Actor):
    """Asynchronous invocations: each accepted one runs, each failing one ends at the function's destination."""

    HANDLER = """
import boto3
def handler(event, context):
    boto3.client("dynamodb").put_item(TableName="ran", Item={"pk": {"S": str(event["number"])}})
    if event["number"] % 3 == 0:
        raise Exception("asked to")
"""

    def prepare(self):
        create_table(self.client("dynamodb"), "ran")
        create_function(self.connect, "events", self.HANDLER)
        sqs = self.client("sqs")
        self.url = sqs.create_queue(QueueName="failed")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.client("lambda").put_function_event_invoke_config(
            FunctionName="events", MaximumRetryAttempts=1, DestinationConfig={"OnFailure": {"Destination": arn}})
        self.number, self.accepted = 0, set()

    def step(self):
        self.number += 1
        self.client("lambda").invoke(FunctionName="events", InvocationType="Event", Payload=json.dumps({"number": self.number}))
        self.accepted.add(self.number)

    def judge(self):
        failed, failing = set(), {number for number in self.accepted if number % 3 == 0}

        def all_failed():
            advance(self.server, 130)  # beyond the pause before a second attempt
            while messages := self.client("sqs").receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
                for message in messages:
                    failed.add(json.loads(message["Body"])["requestPayload"]["number"])
                    self.client("sqs").delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            return failing <= failed

        waiting.until(all_failed, "failing events end at the destination", timeout_s=90)
        waiting.drain(self.server.endpoint, timeout_s=90)
        ran = {int(item["pk"]["S"]) for item in items_of(self.client("dynamodb"), "ran")}
        assert self.accepted <= ran


class Windows(Actor):
    """Tumbling windows: the states that their last calls see count each record of the stream exactly once."""

    HANDLER = """
import boto3
def handler(event, context):
    seen = event["state"].get("seen", 0) + len(event["Records"])
    if event["isFinalInvokeForWindow"]:
        boto3.client("dynamodb").put_item(TableName="totals", Item={
            "pk": {"S": event["shardId"] + " " + event["window"]["start"]}, "seen": {"N": str(seen)}})
    return {"state": {"seen": seen}}
"""

    def prepare(self):
        dynamodb = self.client("dynamodb")
        create_table(dynamodb, "counted", stream="KEYS_ONLY")
        create_table(dynamodb, "totals")
        create_function(self.connect, "windows", self.HANDLER)
        stream = dynamodb.describe_table(TableName="counted")["Table"]["LatestStreamArn"]
        self.client("lambda").create_event_source_mapping(
            EventSourceArn=stream, FunctionName="windows", StartingPosition="TRIM_HORIZON", TumblingWindowInSeconds=60, BatchSize=7)
        self.number = 0

    def step(self):
        self.number += 1
        self.client("dynamodb").put_item(TableName="counted", Item={"pk": {"S": str(self.number)}})

    def judge(self):
        written = len(records_of(self.connect, "counted"))

        def all_counted():
            advance(self.server, 61)
            waiting.drain(self.server.endpoint, timeout_s=90)
            return sum(int(item["seen"]["N"]) for item in items_of(self.client("dynamodb"), "totals")) >= written

        waiting.until(all_counted, "every window has ended", timeout_s=90)
        assert sum(int(item["seen"]["N"]) for item in items_of(self.client("dynamodb"), "totals")) == written


ALL = (actors.Transfers, actors.Expiries, actors.Shards, actors.Indexes, actors.Restores, actors.Toggles,
       Uploads, LogLines, Users, Messages, Groups, Events, Windows, *actors_of_events.ALL)
