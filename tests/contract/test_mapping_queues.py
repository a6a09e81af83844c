"""Event source mappings of SQS queues: batches, windows, failures, concurrency, FIFO order."""

import json

import pytest
from botocore.exceptions import ClientError
from harness.own_server import endpoint, server  # noqa: F401

# A message's body says what the handler does: "wait <name>", "raise", "report" (its id among batchItemFailures).
HANDLER = """
import json, os, time, uuid, boto3
table = boto3.client("dynamodb")

def handler(event, context):
    table.put_item(TableName=os.environ["CALLS"], Item={
        "pk": {"S": str(uuid.uuid4())}, "at": {"N": str(time.monotonic_ns())}, "event": {"S": json.dumps(event)}})
    failures = []
    for record in event["Records"]:
        words = record["body"].split()
        if "wait" in words:
            while "Item" not in table.get_item(TableName=os.environ["CALLS"], Key={"pk": {"S": words[-1]}}, ConsistentRead=True):
                time.sleep(0.01)
        if "raise" in words:
            raise Exception("asked to")
        if "report" in words:
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
"""


class Queue:
    def __init__(self, client, name, calls, function, until, **attributes):
        self.sqs, self.lam, self.dynamodb = client("sqs"), client("lambda"), client("dynamodb")
        self.fifo = name.endswith(".fifo")
        if self.fifo:
            attributes.update(FifoQueue="true", ContentBasedDeduplication="true")
        self.url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = self.attributes()["QueueArn"]
        self.calls_table, self.function, self._until = calls, function, until

    def attributes(self):
        return self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]

    def map(self, **settings):
        self.uuid = self.lam.create_event_source_mapping(EventSourceArn=self.arn, FunctionName=self.function, **settings)["UUID"]
        self._until(lambda: self.lam.get_event_source_mapping(UUID=self.uuid)["State"] == "Enabled", "enabled")

    def send(self, *bodies):
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **({"MessageGroupId": body[0]} if self.fifo else {}))

    def events(self):
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.calls_table, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"] if "event" in item]
        return [json.loads(i["event"]["S"]) for i in sorted(items, key=lambda i: int(i["at"]["N"]))]

    def calls(self):
        return [[r["body"] for r in event["Records"]] for event in self.events()]

    def wait_for_calls(self, count):
        self._until(lambda: len(self.events()) >= count, f"{count} calls")
        return self.calls()

    def release(self, name):
        self.dynamodb.put_item(TableName=self.calls_table, Item={"pk": {"S": name}})


@pytest.fixture
def queue(client, make_table, make_function, unique, until):
    def make(fifo=False, timeout=30, **attributes):
        calls = make_table()
        function = make_function(HANDLER, Environment={"Variables": {"CALLS": calls}}, Timeout=timeout)
        return Queue(client, unique("q") + (".fifo" if fifo else ""), calls, function, until, **attributes)

    return make


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_the_event(queue, drain):
    q = queue()
    q.map()
    q.sqs.send_message(QueueUrl=q.url, MessageBody="hello", MessageAttributes={"k": {"DataType": "String", "StringValue": "v"}})
    drain()
    (record,) = q.events()[0]["Records"]
    assert set(record) == {"messageId", "receiptHandle", "body", "attributes", "messageAttributes", "md5OfMessageAttributes",
                           "md5OfBody", "eventSource", "eventSourceARN", "awsRegion"}
    assert record["eventSource"] == "aws:sqs" and record["eventSourceARN"] == q.arn
    assert record["messageAttributes"] == {"k": {"stringValue": "v", "stringListValues": [], "binaryListValues": [], "dataType": "String"}}
    assert {"ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"} <= set(record["attributes"])
    counts = q.attributes()
    assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_the_event_of_a_message_without_attributes(queue, drain):
    q = queue()
    q.map()
    q.send("plain")
    drain()
    (record,) = q.events()[0]["Records"]
    keys = list(record)
    assert record["md5OfMessageAttributes"] is None and record["messageAttributes"] == {}
    at = keys.index("messageAttributes")
    assert keys[at:at + 3] == ["messageAttributes", "md5OfMessageAttributes", "md5OfBody"]


def test_batches_have_ten_messages_unless_said_otherwise(queue, drain):
    q = queue()
    q.send(*[f"m{i}" for i in range(25)])
    q.map()
    drain()
    assert sorted(map(len, q.calls())) == [5, 10, 10]


def test_a_window_gathers_more_than_ten(queue, drain, emulator_clock):
    q = queue(VisibilityTimeout="300")
    q.map(BatchSize=40, MaximumBatchingWindowInSeconds=20)
    q.send(*[f"m{i}" for i in range(15)])
    assert q.calls() == []
    q._until(lambda: q.attributes()["ApproximateNumberOfMessagesNotVisible"] == "15", "all are received")
    emulator_clock.advance(20)
    drain()
    assert [len(call) for call in q.calls()] == [15]


def test_a_failed_batch_comes_back_after_its_visibility_timeout_then_goes_to_the_dead_letters(queue, drain, emulator_clock, client, unique):
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName=unique("dead"))["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    q = queue(VisibilityTimeout="60", RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 2}))
    q.map()
    q.send("x raise")
    drain()
    assert len(q.calls()) == 1
    emulator_clock.advance(61)
    drain()
    assert [e["Records"][0]["attributes"]["ApproximateReceiveCount"] for e in q.events()] == ["1", "2"]
    emulator_clock.advance(61)
    drain()
    assert len(q.calls()) == 2
    assert sqs.receive_message(QueueUrl=dead)["Messages"][0]["Body"] == "x raise"


def test_only_what_is_reported_comes_back(queue, drain, emulator_clock):
    q = queue(VisibilityTimeout="60")
    q.send("a", "b report", "c")
    q.map(FunctionResponseTypes=["ReportBatchItemFailures"])
    drain()
    assert q.attributes()["ApproximateNumberOfMessagesNotVisible"] == "1"
    emulator_clock.advance(61)
    drain()
    assert q.calls()[-1] == ["b report"]


def test_without_asking_for_reports_they_are_ignored(queue, drain):
    q = queue()
    q.send("b report")
    q.map()
    drain()
    assert q.attributes()["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_maximum_concurrency(queue, drain, raw):
    q = queue()
    # Debian's boto3 doesn't know ScalingConfig yet.
    body = {"EventSourceArn": q.arn, "FunctionName": q.function, "BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": 2}}
    made = raw("lambda", "POST", "/2015-03-31/event-source-mappings/", json.dumps(body)).json()
    assert made["ScalingConfig"] == {"MaximumConcurrency": 2}
    q.send(*[f"{n} wait go" for n in range(5)])
    q.wait_for_calls(2)
    assert q.attributes()["ApproximateNumberOfMessages"] == "3", "the others stay in the queue"
    q.release("go")
    drain()
    assert len(q.calls()) == 5


def test_disabling_lets_the_call_in_flight_end(queue, drain):
    q = queue(VisibilityTimeout="300")
    q.map(BatchSize=1)
    q.send("a wait go")
    q.wait_for_calls(1)
    assert q.lam.update_event_source_mapping(UUID=q.uuid, Enabled=False)["State"] == "Disabling"
    q.send("b")
    q.release("go")
    drain()
    counts = q.attributes()
    assert (counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]) == ("1", "0")
    q.lam.update_event_source_mapping(UUID=q.uuid, Enabled=True)
    drain()
    assert q.calls() == [["a wait go"], ["b"]]


def test_filtered_messages_are_deleted(queue, drain):
    q = queue()
    q.send(json.dumps({"kind": "order"}), json.dumps({"kind": "refund"}), "plain")
    q.map(FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"kind": ["order"]}})}]})
    drain()
    assert q.calls() == [[json.dumps({"kind": "order"})]]
    counts = q.attributes()
    assert counts["ApproximateNumberOfMessages"] == counts["ApproximateNumberOfMessagesNotVisible"] == "0"


def test_settings_are_checked_in_aws_words(queue):
    q = queue(timeout=60)
    base = {"EventSourceArn": q.arn, "FunctionName": q.function}
    assert refused(q.lam.create_event_source_mapping, **base) == (
        "InvalidParameterValueException", "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds")
    assert refused(q.lam.create_event_source_mapping, **base, BatchSize=11) == (
        "InvalidParameterValueException",
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
    fifo = queue(fifo=True)
    base["EventSourceArn"] = fifo.arn
    assert refused(q.lam.create_event_source_mapping, **base, BatchSize=11, MaximumBatchingWindowInSeconds=5) == (
        "InvalidParameterValueException", "Batching window is not supported for FIFO queues")


def test_a_fifo_queues_groups_stay_in_order(queue, drain, emulator_clock):
    q = queue(fifo=True, VisibilityTimeout="60")
    q.map(BatchSize=1)
    q.send("a1 wait go", "b1", "a2", "b2", "a3")
    q._until(lambda: ["b2"] in q.calls(), "the other group goes on")
    assert ["a2"] not in q.calls()
    q.release("go")
    drain()
    seen = [body for call in q.calls() for body in call]
    assert [b for b in seen if b[0] == "a"] == ["a1 wait go", "a2", "a3"]
    assert [b for b in seen if b[0] == "b"] == ["b1", "b2"]


def test_a_batch_holds_as_many_of_one_group_as_it_can(queue):
    q = queue(fifo=True)
    q.send("a1", "b1", "a2", "c1", "a3", "b2")
    q.map(BatchSize=10)
    assert q.wait_for_calls(1)[0] == ["a1", "a2", "a3", "b1", "b2", "c1"]


def test_a_failing_group_waits_and_the_others_go_on(queue, drain, emulator_clock):
    q = queue(fifo=True, VisibilityTimeout="60")
    q.map(BatchSize=1)
    q.send("a1 raise", "a2", "b1")
    drain()
    assert sorted(q.calls()) == [["a1 raise"], ["b1"]]
    emulator_clock.advance(61)
    drain()
    assert q.calls()[-1] == ["a1 raise"] and ["a2"] not in q.calls()


def test_messages_in_flight_at_a_restart_come_again(tmp_path, make_package):
    """Received by a mapping, then kill -9: they come when their visibility timeout is over, without anybody sending."""
    import urllib.request

    from harness import aws, waiting
    from harness.server import Server

    account = aws.new_account()
    first = Server(tmp_path / "first.log", data_dir=tmp_path / "data").start()

    def client(running):
        made = {}
        return lambda service: made.setdefault(service, aws.make_client(running.endpoint, service, account))

    try:
        q = world(client(first), make_package)
        q.map()
        q.send("x wait go")
        q.wait_for_calls(1)
    finally:
        first.kill()
    with Server(tmp_path / "second.log", data_dir=tmp_path / "data") as second:
        q.sqs, q.lam, q.dynamodb = (client(second)(s) for s in ("sqs", "lambda", "dynamodb"))
        q.url = q.sqs.get_queue_url(QueueName="q")["QueueUrl"]
        q.release("go")
        waiting.drain(second.endpoint)
        assert len(q.calls()) == 1
        urllib.request.urlopen(urllib.request.Request(
            second.endpoint + "/_millrace/clock/advance?by=301000", method="POST", data=b""), timeout=10).read()
        assert len(q.wait_for_calls(2)) == 2


@pytest.fixture
def make_package(package):
    return package


def world(client, package):
    client("dynamodb").create_table(
        TableName="calls", AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST")
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    role = client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    client("iam").put_role_policy(RoleName="role", PolicyName="all", PolicyDocument=json.dumps(allow))
    client("lambda").create_function(FunctionName="f", Runtime="python3.12", Handler="index.handler", Role=role, Timeout=30,
                                     Code={"ZipFile": package(HANDLER)}, Environment={"Variables": {"CALLS": "calls"}})
    from harness import waiting
    return Queue(client, "q", "calls", "f", waiting.until, VisibilityTimeout="300")
