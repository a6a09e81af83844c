"""Mappings of streams through their lives: changes in flight, what they read from going away, restarts, neighbours."""

import json
import urllib.request

import pytest
from harness import aws, waiting
from harness.deliveries import HANDLER, Delivery, delivery  # noqa: F401
from harness.own_server import endpoint, server  # noqa: F401
from harness.server import Server


def test_lanes_run_side_by_side_and_items_stay_in_order(delivery, drain):  # noqa: F811
    """ParallelizationFactor: while one item's call hangs, other items of the same shard go on."""
    d = delivery()
    d.map(BatchSize=1, ParallelizationFactor=10)
    others = "bcdefghijklmnopqrstuvwxyz"
    d.write("a1:wait go", "a2", *[f"{item}{n}" for n in (1, 2) for item in others])
    d._until(lambda: len(d.calls()) > len(others), "most lanes went on")
    assert "a2" not in d.calls()
    d.release("go")
    drain()
    calls = d.calls()
    for item in "a" + others:
        assert [c for c in calls if c[0] == item] == [f"{item}1", f"{item}2"]


def test_without_parallelization_a_shard_has_one_call_at_a_time(delivery, drain):  # noqa: F811
    d = delivery()
    d.map(BatchSize=1)
    d.write("a1:wait go", "b1")
    d.wait_for_calls(1)
    other = delivery()
    other.map()
    other.write("x1")
    other.wait_for_calls(1)
    assert d.calls() == ["a1"]
    d.release("go")
    drain()
    assert d.calls() == ["a1", "b1"]


def test_a_slow_function_delays_neither_writes_nor_other_mappings(delivery, drain, make_function, until):  # noqa: F811
    slow = delivery()
    slow.map()
    slow.write("a1:wait go")
    slow.wait_for_calls(1)
    quick = Delivery(lambda service: {"dynamodb": slow.dynamodb, "lambda": slow.lam}[service], slow.table,
                     delivery().function, None, until)
    quick.calls_table = quick.lam.get_function_configuration(
        FunctionName=quick.function)["Environment"]["Variables"]["CALLS"]
    quick.release("go")
    quick.map()
    slow.write("b1", "c1")
    quick._until(lambda: "c1" in " ".join(quick.calls()), "the other mapping has it all")
    assert slow.calls() == ["a1"]
    slow.release("go")
    drain()
    assert " ".join(slow.calls()) == " ".join(quick.calls()) == "a1 b1 c1"


def test_an_update_lets_the_call_in_flight_end(delivery, drain):  # noqa: F811
    d = delivery()
    d.map(BatchSize=10)
    d.write("a1:wait go")
    d.wait_for_calls(1)
    d.write("b1", "c1", "d1", "e1")
    pattern = {"dynamodb": {"Keys": {"pk": {"S": ["b", "c", "d"]}}}}
    shown = d.lam.update_event_source_mapping(UUID=d.uuid, BatchSize=2, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    assert shown["State"] == "Updating" and shown["BatchSize"] == 2
    assert d.settled()["State"] == "Enabled"
    assert d.calls() == ["a1"]
    d.release("go")
    drain()
    assert d.calls() == ["a1", "b1 c1", "d1"], "nothing twice, nothing lost, e1 by the new filter"


def test_disabling_lets_the_call_in_flight_end_and_keeps_the_place(delivery, drain):  # noqa: F811
    d = delivery()
    d.map(BatchSize=1)
    d.write("a1:wait go", "b1")
    d.wait_for_calls(1)
    assert d.lam.update_event_source_mapping(UUID=d.uuid, Enabled=False)["State"] == "Disabling"
    d.release("go")
    d.write("c1")
    drain()
    assert d.calls() == ["a1"]
    d.update(Enabled=True)
    drain()
    assert d.calls() == ["a1", "b1", "c1"]


def test_a_mapping_created_disabled_begins_where_it_says(delivery, drain):  # noqa: F811
    d = delivery()
    d.write("a1")
    assert d.map(Enabled=False, StartingPosition="TRIM_HORIZON")["State"] == "Disabled"
    d.write("b1")
    drain()
    assert d.calls() == []
    d.update(Enabled=True)
    drain()
    assert d.calls() == ["a1 b1"]


def test_a_changed_filter_leaves_what_the_former_one_dropped(delivery, drain):  # noqa: F811
    """A record that was dropped has been passed for good, however soon the filter changes."""
    d = delivery()
    pattern = json.dumps({"dynamodb": {"NewImage": {"K": {"S": ["never"]}}}})
    d.map(FilterCriteria={"Filters": [{"Pattern": pattern}]})
    d.write("a1", "b1", "c1")
    d.update(FilterCriteria={"Filters": []})
    d.write("d1")
    drain()
    assert d.calls() == ["d1"]


def test_latest_begins_when_it_is_enabled(delivery, drain):  # noqa: F811
    d = delivery()
    d.map(Enabled=False, StartingPosition="LATEST")
    d.write("a1")
    d.update(Enabled=True)
    d.write("b1")
    drain()
    assert d.calls() == ["b1"]


def test_a_long_disabled_mapping_goes_on_at_the_horizon(delivery, drain, emulator_clock):  # noqa: F811
    d = delivery()
    d.map()
    d.write("a1")
    drain()
    d.update(Enabled=False)
    d.write("b1")
    emulator_clock.advance(25 * 3600)
    d.write("c1")
    d.update(Enabled=True)
    drain()
    assert d.calls() == ["a1", "c1"]


def test_without_its_function_a_mapping_waits(delivery, drain, package, make_role, emulator_clock):  # noqa: F811
    d = delivery()
    d.map()
    d.write("a1")
    drain()
    role = d.lam.get_function_configuration(FunctionName=d.function)["Role"]
    d.lam.delete_function(FunctionName=d.function)
    assert d.get()["State"] == "Enabled"
    d.write("b1")
    d._until(lambda: d.get()["LastProcessingResult"].startswith("PROBLEM"), "the problem shows")
    d.lam.create_function(FunctionName=d.function, Runtime="python3.12", Handler="index.handler", Role=role, Timeout=30,
                          Code={"ZipFile": package(HANDLER)}, Environment={"Variables": {"CALLS": d.calls_table}})
    emulator_clock.advance(10)
    drain()
    assert d.calls() == ["a1", "b1"]
    assert d.get()["LastProcessingResult"] == "OK"


def test_a_deleted_table_is_delivered_to_its_end(delivery, drain, emulator_clock):  # noqa: F811
    d = delivery()
    d.write("a1:wait go")
    d.map(BatchSize=1)
    d.wait_for_calls(1)
    d.write("b1")
    d.dynamodb.delete_table(TableName=d.table)
    d.release("go")
    drain()
    assert d.calls() == ["a1", "b1"]
    assert d.get()["State"] == "Enabled"
    emulator_clock.advance(25 * 3600)
    d._until(lambda: d.get()["LastProcessingResult"].startswith("PROBLEM"), "the stream is gone")
    assert d.get()["State"] == "Enabled"
    assert d.lam.delete_event_source_mapping(UUID=d.uuid)["State"] == "Deleting"


def test_what_is_kept_is_shown(delivery, raw):  # noqa: F811
    d = delivery()
    kept = {"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/6b2a1f5c-0c2e-4a6e-9a53-111111111111",
            "MetricsConfig": {"Metrics": ["EventCount"]}, "LoggingConfig": {"SystemLogLevel": "DEBUG"}}
    body = {"FunctionName": d.function, "EventSourceArn": d.stream, "StartingPosition": "LATEST", "Tags": {"team": "blue"}, **kept}
    made = raw("lambda", "POST", "/2015-03-31/event-source-mappings/", json.dumps(body)).json()
    d.uuid = made["UUID"]
    d.settled()
    shown = raw("lambda", "GET", f"/2015-03-31/event-source-mappings/{d.uuid}").json()
    assert {name: shown[name] for name in kept} == kept and "Tags" not in shown
    assert d.lam.list_tags(Resource=shown["EventSourceMappingArn"])["Tags"] == {"team": "blue"}
    updated = d.update(BatchSize=5)
    assert updated["BatchSize"] == 5
    shown = raw("lambda", "GET", f"/2015-03-31/event-source-mappings/{d.uuid}").json()
    assert {name: shown[name] for name in kept} == kept


@pytest.mark.parametrize("factor", [1, 4])
def test_after_kill_9_delivery_goes_on_below_the_oldest_unfinished_record(tmp_path, make_zip, factor):
    """One item's call hangs while others are done; after kill -9 what follows the hanging record comes again, in order
    per item, and nothing is skipped."""
    account = aws.new_account()

    def connect(running):
        clients = {}
        return lambda service: clients.setdefault(service, aws.make_client(running.endpoint, service, account))

    first = Server(tmp_path / "first.log", data_dir=tmp_path / "data").start()
    try:
        client = connect(first)
        make_world(client, make_zip)
        d = Delivery(client, "table", "function", "calls", waiting.until)
        d.map(BatchSize=1, ParallelizationFactor=factor)
        uuid = d.uuid
        d.write("a1")
        waiting.drain(first.endpoint)
        d.write("b1:wait go", *[f"{item}{n}" for n in (1, 2) for item in "cdefghijkl"])
        d.wait_for_calls(2 if factor == 1 else 6)
        waiting.until(lambda: "b1" in d.calls(), "the call that hangs")
    finally:
        first.kill()
    with Server(tmp_path / "second.log", data_dir=tmp_path / "data") as second:
        d = Delivery(connect(second), "table", "function", "calls", waiting.until)
        d.uuid = uuid
        d.release("go")
        waiting.drain(second.endpoint)
        calls = d.calls()
        assert calls.count("a1") == 1, "what was finished and checkpointed doesn't come again"
        assert calls.count("b1") == 2
        for item in "cdefghijkl":
            first, second_one = f"{item}1", f"{item}2"
            possible = ([first, second_one], [first, first, second_one], [first, second_one, second_one],
                        [first, second_one, first, second_one])
            assert [c for c in calls if c[0] == item] in possible, "in order, from somewhere on once more"


def counters(running, uuid):
    with urllib.request.urlopen(f"{running.endpoint}/_millrace/mappings?of={uuid}", timeout=10) as answer:
        (report,) = json.load(answer)["mappings"]
    return report


def test_after_kill_9_what_was_filtered_is_not_read_again_and_a_window_keeps_its_state(tmp_path, make_zip):
    account = aws.new_account()

    def connect(running):
        clients = {}
        return lambda service: clients.setdefault(service, aws.make_client(running.endpoint, service, account))

    count = 2500
    first = Server(tmp_path / "first.log", data_dir=tmp_path / "data").start()
    try:
        client = connect(first)
        make_world(client, make_zip)
        d = Delivery(client, "table", "function", "calls", waiting.until)
        pattern = {"dynamodb": {"Keys": {"pk": {"S": ["a"]}}}}
        d.map(TumblingWindowInSeconds=900, FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
        d.write("a1")
        for start in range(0, count, 25):
            d.dynamodb.batch_write_item(RequestItems={"table": [
                {"PutRequest": {"Item": {"pk": {"S": f"x{n}"}}}} for n in range(start, start + 25)]})
        waiting.drain(first.endpoint)
        seen = counters(first, d.uuid)
        assert (seen["records"]["filteredOut"], seen["records"]["delivered"], seen["invocations"]["all"]) == (count, 1, 1)
        uuid = d.uuid
    finally:
        first.kill()
    with Server(tmp_path / "second.log", data_dir=tmp_path / "data") as second:
        d = Delivery(connect(second), "table", "function", "calls", waiting.until)
        d.uuid = uuid
        d.dynamodb.put_item(TableName="table", Item={"pk": {"S": "a"}, "v": {"S": "a2"}})
        waiting.drain(second.endpoint)
        assert counters(second, uuid)["records"]["filteredOut"] < count, "the checkpoint moved over them"
        events = [e for e in d.events() if e["Records"]]
        assert [v["v"]["S"] for e in events for r in e["Records"] for v in [r["dynamodb"]["NewImage"]]] == ["a1", "a2"]
        if events[0]["window"] == events[1]["window"]:  # unless a window ended between the two writes
            assert events[1]["state"] == {"seen": 1}


@pytest.fixture
def make_zip(package):
    return package


def make_world(client, package):
    dynamodb = client("dynamodb")
    for name, more in (("calls", {}), ("table", {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}})):
        dynamodb.create_table(TableName=name, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                              KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST", **more)
    allow = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    trust = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]})
    role = client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    client("iam").put_role_policy(RoleName="role", PolicyName="all", PolicyDocument=allow)
    client("lambda").create_function(FunctionName="function", Runtime="python3.12", Handler="index.handler", Role=role, Timeout=30,
                                     Code={"ZipFile": package(HANDLER)}, Environment={"Variables": {"CALLS": "calls"}})


def test_an_expired_items_record_names_dynamodb(delivery, drain, emulator_clock, until):  # noqa: F811
    d = delivery("""
import json, os, uuid, boto3
def handler(event, context):
    boto3.client("dynamodb").put_item(TableName=os.environ["CALLS"], Item={
        "pk": {"S": str(uuid.uuid4())}, "at": {"N": "1"}, "event": {"S": json.dumps(event)}})
""")
    d.dynamodb.update_time_to_live(TableName=d.table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"})
    ends = emulator_clock.show()["now_ms"] // 1000 + 60
    d.dynamodb.put_item(TableName=d.table, Item={"pk": {"S": "a"}, "ends": {"N": str(ends)}})
    d.map(FilterCriteria={"Filters": [{"Pattern": json.dumps(
        {"userIdentity": {"type": ["Service"], "principalId": ["dynamodb.amazonaws.com"]}})}]})
    drain()
    assert d.events() == []
    emulator_clock.advance(3600)
    until(lambda: "Item" not in d.dynamodb.get_item(TableName=d.table, Key={"pk": {"S": "a"}}), "the item expires")
    drain()
    (record,) = d.events()[0]["Records"]
    assert record["eventName"] == "REMOVE" and record["dynamodb"]["OldImage"]["pk"] == {"S": "a"}
    assert record["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


# -- drain waits for everything that goes on after an answer


def test_drain_waits_for_asynchronous_invocations_and_their_retries(delivery, endpoint, emulator_clock, client, unique):  # noqa: F811
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("failed"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    d = delivery("def handler(event, context): raise Exception('no')")
    d.lam.put_function_event_invoke_config(FunctionName=d.function, MaximumRetryAttempts=1,
                                           DestinationConfig={"OnFailure": {"Destination": arn}})
    d.lam.invoke(FunctionName=d.function, InvocationType="Event", Payload=b"{}")
    with pytest.raises(AssertionError, match="asynchronous invocations"):
        waiting.drain(endpoint, 1)
    for _ in range(3):
        emulator_clock.advance(60)
    waiting.drain(endpoint, 30)
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1


def test_drain_follows_a_chain_of_services(delivery, drain, client, unique):  # noqa: F811
    """record -> function -> object -> event -> function -> item: at the end of one drain it is there."""
    s3, bucket = client("s3"), unique("chain")
    s3.create_bucket(Bucket=bucket)
    d = delivery(f"""
import boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket="{bucket}", Key="k", Body=b"x")
""")
    last = delivery("""
import boto3, os
def handler(event, context):
    boto3.client("dynamodb").put_item(TableName=os.environ["CALLS"], Item={"pk": {"S": "end"}})
""")
    function_arn = last.lam.get_function_configuration(FunctionName=last.function)["FunctionArn"]
    last.lam.add_permission(FunctionName=last.function, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={
        "LambdaFunctionConfigurations": [{"LambdaFunctionArn": function_arn, "Events": ["s3:ObjectCreated:*"]}]})
    d.map()
    d.write("a1")
    drain()
    assert "Item" in d.dynamodb.get_item(TableName=last.calls_table, Key={"pk": {"S": "end"}})
