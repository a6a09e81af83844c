"""EventBridge Pipes: as SDKs see them, and records all the way from a stream or a queue to a target."""

import json

import botocore.exceptions
import pytest

from harness import waiting


@pytest.fixture(scope="module")
def pipes(client):
    return client("pipes")


class Queue:
    def __init__(self, sqs, account, name, **attributes):
        self.sqs, self.arn = sqs, f"arn:aws:sqs:us-east-1:{account}:{name}"
        self.url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]

    def bodies(self):
        got = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        for message in got:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in got]


@pytest.fixture
def queue(client, account, unique):
    return lambda: Queue(client("sqs"), account, unique("queue"))


@pytest.fixture
def role(make_role):
    return make_role(service="pipes.amazonaws.com")


@pytest.fixture
def stream(make_table, dynamodb):
    def make():
        table = make_table(stream="NEW_AND_OLD_IMAGES")
        return table, dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]

    return make


@pytest.fixture
def pipe(pipes, unique, role):
    made = []

    def make(source, target, **settings):
        name = unique("pipe")
        if ":dynamodb:" in source:
            given = settings.setdefault("SourceParameters", {})
            given.setdefault("DynamoDBStreamParameters", {})["StartingPosition"] = "TRIM_HORIZON"
        pipes.create_pipe(Name=name, Source=source, Target=target, RoleArn=role, **settings)
        made.append(name)
        return name

    yield make
    for name in made:
        try:
            pipes.delete_pipe(Name=name)
        except botocore.exceptions.ClientError:
            pass


def put(dynamodb, table, key, **attributes):
    dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, **{n: {"S": v} for n, v in attributes.items()}})


def refusal(call, **arguments):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_pipes_live_and_go(pipes, account, pipe, queue, role, unique):
    source, target = queue(), queue()
    name = pipe(source.arn, target.arn, DesiredState="STOPPED", Description="d", Tags={"a": "b"})
    arn = f"arn:aws:pipes:us-east-1:{account}:pipe/{name}"
    shown = pipes.describe_pipe(Name=name)
    for member in ("CreationTime", "LastModifiedTime", "ResponseMetadata"):
        shown.pop(member)
    assert shown == {"Arn": arn, "Name": name, "Description": "d", "Source": source.arn, "Target": target.arn, "RoleArn": role,
                     "DesiredState": "STOPPED", "CurrentState": "STOPPED", "Tags": {"a": "b"},
                     "SourceParameters": {"SqsQueueParameters": {"BatchSize": 10}}}
    assert pipes.start_pipe(Name=name)["CurrentState"] == "STARTING"
    assert pipes.describe_pipe(Name=name)["CurrentState"] == "RUNNING"
    assert pipes.stop_pipe(Name=name)["DesiredState"] == "STOPPED"
    pipes.tag_resource(resourceArn=arn, tags={"c": "d"})
    pipes.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert pipes.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "d"}
    assert [p["Name"] for p in pipes.list_pipes(NamePrefix=name, TargetPrefix=target.arn)["Pipes"]] == [name]
    assert refusal(pipes.create_pipe, Name=name, Source=source.arn, Target=target.arn, RoleArn=role)[0] == "ConflictException"
    assert pipes.delete_pipe(Name=name)["DesiredState"] == "DELETED"
    assert refusal(pipes.describe_pipe, Name=name) == ("NotFoundException", f"Pipe {name} does not exist.")


def test_a_stream_needs_its_parameters(pipes, unique, role, queue, account):
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/t/stream/2024-01-01T00:00:00.000"
    code, message = refusal(pipes.create_pipe, Name=unique("p"), Source=arn, Target=queue().arn, RoleArn=role)
    assert code == "ValidationException" and json.loads(message) == {"ValidationErrorFields": [
        {"Name": "SourceParameters.DynamoDBStreamParameters", "Message": "Missing required parameter."}]}


def test_from_a_stream_to_a_queue(dynamodb, stream, pipe, queue, drain):
    (table, arn), target = stream(), queue()
    pipe(arn, target.arn,
         SourceParameters={"FilterCriteria": {"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]}},
         TargetParameters={"InputTemplate": '{"id": <$.dynamodb.NewImage.pk.S>, "text": "order <$.dynamodb.NewImage.state.S>"}'})
    put(dynamodb, table, "one", state="new")
    put(dynamodb, table, "one", state="old")
    put(dynamodb, table, "two", state="new")
    drain()
    assert sorted(target.bodies()) == ['{"id": "one", "text": "order new"}', '{"id": "two", "text": "order new"}']


def test_enrichment_and_a_bus(client, account, dynamodb, stream, pipe, queue, make_function, unique, drain):
    (table, arn), heard = stream(), queue()
    function = make_function("def handler(event, context):\n"
                             "    return [{'key': r['dynamodb']['Keys']['pk']['S'], 'n': len(event)} for r in event if 'skip' not in str(r)]")
    events, bus = client("events"), unique("bus")
    bus_arn = events.create_event_bus(Name=bus)["EventBusArn"]
    client("sqs").set_queue_attributes(QueueUrl=heard.url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": heard.arn}]})})
    events.put_rule(Name="r", EventBusName=bus, EventPattern=json.dumps({"source": ["my.pipe"]}))
    events.put_targets(Rule="r", EventBusName=bus, Targets=[{"Id": "q", "Arn": heard.arn}])
    pipe(arn, bus_arn, Enrichment=f"arn:aws:lambda:us-east-1:{account}:function:{function}",
         TargetParameters={"EventBridgeEventBusParameters": {"DetailType": "changed", "Source": "my.pipe"}})
    put(dynamodb, table, "a")
    put(dynamodb, table, "skip")
    drain()
    (event,) = [json.loads(body) for body in heard.bodies()]
    assert (event["source"], event["detail-type"], event["detail"]["key"]) == ("my.pipe", "changed", "a")


def test_from_a_queue_to_a_function(client, account, pipe, queue, make_function, drain):
    source = queue()
    function = make_function("import json\ndef handler(event, context): print('got', json.dumps([r['body'] for r in event]))")
    pipe(source.arn, f"arn:aws:lambda:us-east-1:{account}:function:{function}")
    source.sqs.send_message(QueueUrl=source.url, MessageBody="hello")
    lines = []

    def ran():
        drain()
        try:
            found = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        except botocore.exceptions.ClientError:
            return False
        lines[:] = [e["message"].strip() for e in found if e["message"].startswith("got ")]
        return lines

    waiting.until(ran, "the function to run")
    assert lines == ['got ["hello"]'] and source.bodies() == []


def test_what_is_stopped_keeps_its_place(pipes, dynamodb, stream, pipe, queue, drain):
    (table, arn), target = stream(), queue()
    name = pipe(arn, target.arn, TargetParameters={"InputTemplate": '"<$.dynamodb.Keys.pk.S>"'})
    put(dynamodb, table, "one")
    drain()
    pipes.stop_pipe(Name=name)
    put(dynamodb, table, "two")
    drain()
    assert target.bodies() == ['"one"']
    pipes.start_pipe(Name=name)
    drain()
    assert target.bodies() == ['"two"']


@pytest.mark.parametrize("parameters, where", [
    ({"BatchSize": 10_001}, "batchSize"), ({"MaximumBatchingWindowInSeconds": 301}, "maximumBatchingWindowInSeconds"),
    ({"ParallelizationFactor": 11}, "parallelizationFactor"), ({"OnPartialBatchItemFailure": "x"}, "onPartialBatchItemFailure")])
def test_bounds_of_stream_parameters(client, parameters, where):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client("pipes").create_pipe(Name="p", RoleArn="arn:aws:iam::000000000000:role/r", Target="arn:aws:sqs:us-east-1:000000000000:q",
                                    Source="arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/x",
                                    SourceParameters={"DynamoDBStreamParameters": {"StartingPosition": "LATEST", **parameters}})
    assert refused.value.response["Error"]["Code"] == "ValidationException" and where in str(refused.value)
