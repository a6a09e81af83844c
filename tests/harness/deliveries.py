"""What tests of event source mappings share: a table whose stream is mapped to a function that writes down its calls."""

import json

import pytest

# Answers are given per record: the attribute `do` of the new image says what the handler does with it.
#   raise             the call fails
#   report            the record is among batchItemFailures
#   wait <name>       returns only when somebody has put the item <name> into the table of calls (release())
#   answer <json>     returns this document and nothing else
#   no state, big state   what a tumbling window's state shall be
HANDLER = """
import json, os, time, uuid, boto3
table = boto3.client("dynamodb")

def handler(event, context):
    table.put_item(TableName=os.environ["CALLS"], Item={
        "pk": {"S": str(uuid.uuid4())}, "at": {"N": str(time.monotonic_ns())}, "event": {"S": json.dumps(event)}})
    failures = []
    for record in event["Records"]:
        do = record["dynamodb"].get("NewImage", {}).get("do", {}).get("S", "")
        if do == "raise":
            raise Exception("asked to")
        if do.startswith("wait "):
            while "Item" not in table.get_item(TableName=os.environ["CALLS"], Key={"pk": {"S": do[5:]}}, ConsistentRead=True):
                time.sleep(0.01)
        if do.startswith("answer "):
            return json.loads(do[7:])
        if do == "report":
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
    answer = {"batchItemFailures": failures}
    if "window" in event:
        answer["state"] = {"seen": event["state"].get("seen", 0) + len(event["Records"])}
        for record in event["Records"]:
            do = record["dynamodb"].get("NewImage", {}).get("do", {}).get("S", "")
            if do == "big state":
                answer["state"]["fill"] = "x" * 1100000
            if do == "no state":
                del answer["state"]
        if event["isFinalInvokeForWindow"] and "FAIL_FINAL" in os.environ:
            raise Exception("the final call fails")
    return answer
"""


class Delivery:
    """A table with a stream, a function, and the calls that the function got."""

    def __init__(self, client, table, function, calls, until):
        self.dynamodb, self.lam = client("dynamodb"), client("lambda")
        self.table, self.function, self.calls_table, self._until = table, function, calls, until
        self.stream = self.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]

    def map(self, **settings):
        made = self.lam.create_event_source_mapping(
            EventSourceArn=self.stream, FunctionName=self.function, **{"StartingPosition": "TRIM_HORIZON", **settings})
        self.uuid = made["UUID"]
        return self.settled()

    def update(self, **settings):
        self.lam.update_event_source_mapping(UUID=self.uuid, **settings)
        return self.settled()

    def delete(self):
        self.lam.delete_event_source_mapping(UUID=self.uuid)

    def settled(self):
        return self._until(lambda: (m := self.get())["State"] in ("Enabled", "Disabled") and m, "the mapping settles")

    def get(self):
        return self.lam.get_event_source_mapping(UUID=self.uuid)

    def write(self, *items):
        """write("a1", "b1:raise"): one put each; the key is the first character, `do` what follows the colon."""
        for item in items:
            value, _, do = item.partition(":")
            self.dynamodb.put_item(TableName=self.table, Item={
                "pk": {"S": value[0]}, "v": {"S": value}, **({"do": {"S": do}} if do else {})})

    def events(self):
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.calls_table, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
        items = [item for item in items if "event" in item]
        return [json.loads(i["event"]["S"]) for i in sorted(items, key=lambda i: int(i["at"]["N"]))]

    def release(self, name):
        """Lets the calls return that wait for `name`."""
        self.dynamodb.put_item(TableName=self.calls_table, Item={"pk": {"S": name}})

    def calls(self):
        """Each call as the values of its records: ["a1 a2", "b1"]."""
        return [" ".join(values(event)) for event in self.events()]

    def wait_for_calls(self, count):
        self._until(lambda: len(self.events()) >= count, f"{count} calls")
        return self.calls()


def values(event):
    return [(r["dynamodb"].get("NewImage") or r["dynamodb"]["OldImage"])["v"]["S"] for r in event["Records"]]


@pytest.fixture
def delivery(client, make_table, make_function, until):
    def make(source=HANDLER, **environment):
        calls = make_table()
        function = make_function(source, Environment={"Variables": {"CALLS": calls, **environment}}, Timeout=30)
        return Delivery(client, make_table(stream="NEW_AND_OLD_IMAGES"), function, calls, until)

    return make


@pytest.fixture
def dead_letters(client, unique):
    """A queue for failure records; dead_letters() receives what is in it."""
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("dead"))["QueueUrl"]

    def receive():
        found = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(m["Body"]) for m in messages]
        return found

    receive.arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return receive


def on_failure(arn):
    return {"OnFailure": {"Destination": arn}}
