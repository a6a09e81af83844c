"""`millrace trace`: what followed from a request, as a tree, through streams, queues, topics, buckets and handlers."""

import json
import subprocess

import pytest
from harness import aws
from harness.deliveries import dead_letters, delivery, on_failure  # noqa: F401
from harness.own_server import endpoint, server  # noqa: F401
from harness.server import binary, clean_environment

INSERTS = {"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"v": {"S": [{"prefix": "a"}]}}}})}]}


@pytest.fixture
def trace(server):  # noqa: F811
    def ask(*arguments, code=0):
        done = subprocess.run([str(binary()), "trace", *arguments], env=clean_environment(MILLRACE_URL=server.endpoint),
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    return ask


@pytest.fixture
def trees(trace):
    return lambda *arguments: json.loads(trace(*arguments, "--json"))["trees"]


def nodes(trees):
    for node in trees:
        yield node
        yield from nodes(node["children"])


def of_kind(trees, kind):
    return [node for node in nodes(trees) if node["kind"] == kind]


def test_from_the_request_to_the_handlers_own_calls(delivery, client, drain, trees, trace, unique):  # noqa: F811
    d = delivery("import boto3\ndef handler(event, context):\n    print('seen', len(event['Records']))\n"
                 "    boto3.client('sts').get_caller_identity()\n")
    d.map()
    d.write("a1")
    drain()
    (tree,) = [t for t in trees(d.table) if "PutItem" in t["text"] or "UpdateItem" in t["text"]]
    assert tree["kind"] == "request" and ": 200, by root of" in tree["text"] and tree["ms"] > 0
    (record,) = of_kind([tree], "record")
    assert "INSERT" in record["text"]
    (batch,) = record["children"]
    assert batch["kind"] == "batch" and d.uuid in batch["text"]
    (attempt,) = batch["children"]
    assert attempt["kind"] == "attempt" and "returned" in attempt["text"] and attempt["log"] == ["seen 1"]
    (call,) = attempt["children"]
    assert call["kind"] == "request" and "sts GetCallerIdentity" in call["text"]
    # By the function, the request's id, the key's value: the same tree.
    request_id = tree["key"]
    for arguments in ((d.function,), (request_id,), (d.table, "a"), (d.stream,), (attempt["subject"],)):
        assert request_id in [t["key"] for t in trees(*arguments)], arguments
    assert trees(d.table, "nobody") == []
    told = trace(d.table)
    assert "└─ batch 1 record for" in told and "| seen 1" in told
    d.delete()


def test_what_a_filter_drops_is_told_with_its_field(delivery, drain, trees):  # noqa: F811
    d = delivery()
    d.map(FilterCriteria=INSERTS)
    d.write("b1")
    drain()
    (verdict,) = of_kind(trees(d.table), "verdict")
    assert "no filter of mapping" in verdict["text"]
    assert verdict["reason"].startswith('dynamodb.NewImage.v.S is "b1", wanted: [{"prefix":"a"}]')
    d.delete()


def test_failures_retries_and_where_they_end(delivery, until, dead_letters, trees):  # noqa: F811
    d = delivery()
    d.map(MaximumRetryAttempts=1, DestinationConfig=on_failure(dead_letters.arn))
    d.write("a1:raise")
    until(lambda: of_kind(trees(d.table), "given up"), "the record is given up")
    found = trees(d.table)
    attempts = of_kind(found, "attempt")
    assert len(attempts) == 2 and all(a["failed"] for a in attempts)
    assert json.loads(attempts[0]["reason"])["errorMessage"] == "asked to" and '"stackTrace"' in attempts[0]["reason"]
    assert len(of_kind(found, "retry")) == 1
    assert "the retries are used up; sent to arn:aws:sqs" in of_kind(found, "given up")[0]["text"]
    assert len(of_kind(found, "message")) == 1
    d.delete()


def test_the_silent_cases(delivery, client, until, trees, emulator_clock, make_table):  # noqa: F811
    dynamodb = client("dynamodb")

    def only_verdict(table, *item):
        (verdict,) = of_kind(trees(table, *item), "verdict")
        return verdict["text"] + " " + verdict.get("reason", "")

    plain = make_table()
    dynamodb.put_item(TableName=plain, Item={"pk": {"S": "a"}})
    assert "the table has no stream" in only_verdict(plain)
    d = delivery("def handler(event, context): pass\n")
    d.write("a1")
    assert "no event source mapping reads this stream" in only_verdict(d.table)
    d.write("a1")
    assert any("nothing changed" in v["text"] for v in of_kind(trees(d.table), "verdict"))
    d.map(StartingPosition="LATEST", MaximumBatchingWindowInSeconds=60)
    latest = [v for v in of_kind(trees(d.table), "verdict") if "began later" in v["text"]]
    assert "begins with LATEST" in latest[0]["reason"] and "TRIM_HORIZON" in latest[0]["reason"]
    emulator_clock.freeze()
    d.write("a2")
    def waits():
        return [v["reason"] for v in of_kind(trees(d.table), "verdict") if "MaximumBatchingWindowInSeconds (60)" in v.get("reason", "")]

    until(waits, "the record waits for the window")
    assert "a clock that stands still" in waits()[0]
    emulator_clock.resume()
    d.update(Enabled=False)
    d.write("a3")
    assert any("the mapping is disabled" in v.get("reason", "") for v in of_kind(trees(d.table), "verdict"))
    d.delete()


def test_a_throttled_function(delivery, client, until, trees):  # noqa: F811
    d = delivery("def handler(event, context): pass\n")
    client("lambda").put_function_concurrency(FunctionName=d.function, ReservedConcurrentExecutions=0)
    d.map()
    d.write("a1")

    def waits():
        return [v for v in of_kind(trees(d.table), "verdict") if "it waits for" in v["text"]]

    until(lambda: any("ReservedFunctionConcurrentInvocationLimitExceeded" in v.get("reason", "") for v in waits()), "the function is refused")
    (verdict,) = waits()
    assert d.function in verdict["text"] and "next at " in verdict["reason"], verdict
    assert of_kind(trees(d.table), "throttled")[0]["text"].startswith(f"{d.function} is not called")
    client("lambda").delete_function_concurrency(FunctionName=d.function)
    d.delete()


def test_blocked_behind_a_failing_batch(delivery, until, trees):  # noqa: F811
    d = delivery()
    d.map(BatchSize=1)
    d.write("a1:raise", "a2")
    until(lambda: of_kind(trees(d.table), "retry"), "the first attempt fails")

    def told(beginning):
        return [v["reason"] for v in of_kind(trees(d.table), "verdict")
                if v.get("reason", "").startswith(beginning) and "asked to" in v["reason"] and "next at" in v["reason"]]

    until(lambda: told("failing since "), "the failing batch says since when, with what, and when it is tried again")
    until(lambda: told("blocked behind a batch of 1 record, the first "), "the next one says behind which it waits")
    d.delete()


def test_topics_queues_and_asynchronous_events(client, unique, make_function, until, drain, trees):
    sqs, sns, lam = client("sqs"), client("sns"), client("lambda")
    url = sqs.create_queue(QueueName=unique("work"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sqs.create_queue(QueueName=arn.split(":")[-1] + "-2")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn + "-2", Attributes={"FilterPolicy": '{"kind": ["other"]}'})
    sns.publish(TopicArn=topic, Message="x", MessageAttributes={"kind": {"DataType": "String", "StringValue": "this"}})
    (tree,) = [t for t in trees(topic) if "Publish" in t["text"]]
    (message,) = of_kind([tree], "message")
    assert "no event source mapping reads this queue" in message["children"][0]["text"]
    assert any("filter policy" in v["text"] and 'kind is "this"' in v["reason"] for v in of_kind([tree], "verdict"))
    name = make_function("def handler(event, context): raise Exception('not today')\n")
    lam.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    lam.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    drain()
    found = [t for t in trees(name) if "Invoke" in t["text"]]
    assert [a["failed"] for a in of_kind(found, "attempt")] == [True]
    assert "the retries are used up" in of_kind(found, "given up")[0]["text"]


def test_nothing_known(trace):
    assert "Nothing is known of nobody" in trace("nobody", code=1)


def test_a_denied_request(endpoint, client, trees, make_table, unique, account):  # noqa: F811
    # What its caller needed stands with the refusal.
    table = make_table()
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}}
    role = client("iam").create_role(RoleName=unique("role"), AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [trust]}))["Role"]["Arn"]
    keys = client("sts").assume_role(RoleArn=role, RoleSessionName="night")["Credentials"]
    denied = aws.make_client(endpoint, "dynamodb", keys["AccessKeyId"], secret=keys["SecretAccessKey"], token=keys["SessionToken"])
    with pytest.raises(denied.exceptions.ClientError):
        denied.get_item(TableName=table, Key={"pk": {"S": "a"}})
    (tree,) = [t for t in trees(table) if "GetItem" in t["text"]]
    assert tree["failed"] and "AccessDenied" in tree["text"]
    assert tree["children"][0]["text"].startswith("asked for dynamodb:GetItem on arn:aws:dynamodb:")
    client("iam").put_role_policy(RoleName=role.split("/")[-1], PolicyName="reads-items", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}]}))
    denied.get_item(TableName=table, Key={"pk": {"S": "a"}})
    allowed = [t for t in trees(table) if "GetItem" in t["text"]][-1]
    assert ", by a statement of " in allowed["children"][0]["text"] and "reads-items" in allowed["children"][0]["text"]


def test_what_rules_made_of_an_event(client, unique, account, drain, trees):
    events, sqs, bus, queue = client("events"), client("sqs"), unique("bus"), unique("queue")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{account}:{queue}"
    events.create_event_bus(Name=bus)
    paid, all_of_them = unique("paid"), unique("all")
    paid_arn = events.put_rule(Name=paid, EventBusName=bus, EventPattern=json.dumps({"source": ["shop"], "detail": {"state": ["paid"]}}))["RuleArn"]
    events.put_rule(Name=all_of_them, EventBusName=bus, EventPattern='{"source":["shop"]}')
    events.put_targets(Rule=all_of_them, EventBusName=bus, Targets=[{"Id": "q", "Arn": arn}])
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": []})})
    events.put_events(Entries=[{"EventBusName": bus, "Source": "shop", "DetailType": "order", "Detail": '{"state":"open"}'}])
    drain()
    found = trees(paid_arn)
    (event,) = of_kind(found, "event")
    assert f"(order from shop) on bus {bus}" in event["text"]
    verdicts = {v["text"]: v.get("reason", "") for v in of_kind([event], "verdict")}
    assert verdicts == {f"rule {paid} doesn't match": 'detail.state is "open"', f"rule {all_of_them} matches; it has 1 target": ""}
    (refused,) = of_kind([event], "refused")
    assert "is not authorized to perform: sqs:SendMessage" in refused["reason"]
