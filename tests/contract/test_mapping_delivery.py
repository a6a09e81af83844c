"""Event source mappings of streams: what they do with records. Each handler writes its events to a table of the test,
so the tests see exactly what was invoked, and in which order. Time passes only by the emulator's clock."""

import json
import threading

import pytest
from harness.deliveries import HANDLER, dead_letters, delivery, on_failure, values  # noqa: F401
from harness.own_server import endpoint, server  # noqa: F401


def test_event_is_what_aws_delivers(delivery, drain, account):
    d = delivery()
    d.map()
    d.write("a1")
    drain()
    event = d.events()[0]
    record = event["Records"][0]
    assert list(record) == ["eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb", "eventSourceARN"]
    assert record["eventName"] == "INSERT" and record["eventSourceARN"] == d.stream
    assert list(record["dynamodb"]) == [
        "ApproximateCreationDateTime", "Keys", "NewImage", "SequenceNumber", "SizeBytes", "StreamViewType"]
    assert isinstance(record["dynamodb"]["ApproximateCreationDateTime"], float)
    assert record["dynamodb"]["NewImage"] == {"pk": {"S": "a"}, "v": {"S": "a1"}}
    assert d.get()["LastProcessingResult"] == "OK"


def test_trim_horizon_has_everything_and_latest_only_what_follows(delivery, drain):
    d = delivery()
    d.write("a1")
    d.map(StartingPosition="LATEST")
    d.write("a2")
    drain()
    assert d.calls() == ["a2"]
    d.lam.delete_event_source_mapping(UUID=d.uuid)
    d.map(StartingPosition="TRIM_HORIZON")
    drain()
    assert d.calls() == ["a2", "a1 a2"]


def test_latest_misses_nothing_written_right_after_create(delivery, drain):
    d = delivery()
    d.lam.create_event_source_mapping(EventSourceArn=d.stream, FunctionName=d.function, StartingPosition="LATEST")
    d.write("a1")
    drain()
    assert d.calls() == ["a1"]


def test_latest_under_writes_begins_once_and_has_no_gap(delivery, drain):
    """Somebody writes all the while: what was acknowledged before CreateEventSourceMapping isn't delivered, what was
    begun after its answer is, and in between there is one place where delivery begins."""
    d = delivery()
    acknowledged, stop = [], threading.Event()

    def write_on():
        number = 0
        while not stop.is_set():
            number += 1
            d.dynamodb.put_item(TableName=d.table, Item={"pk": {"S": f"k{number}"}, "v": {"S": str(number)}})
            acknowledged.append(number)

    writer = threading.Thread(target=write_on)
    writer.start()
    d._until(lambda: len(acknowledged) >= 20, "some writes before")
    before = acknowledged[-1]
    d.lam.create_event_source_mapping(EventSourceArn=d.stream, FunctionName=d.function, StartingPosition="LATEST")
    after = acknowledged[-1] + 2  # one may have been under way at the answer
    d._until(lambda: acknowledged[-1] >= after + 20, "some writes after")
    stop.set()
    writer.join(30)
    drain()
    seen = [int(v) for event in d.events() for v in values(event)]
    assert before < seen[0] <= after
    assert seen == list(range(seen[0], acknowledged[-1] + 1)), "each once, in order, none missing"


def test_batch_size(delivery, drain):
    d = delivery()
    d.write(*[f"a{i}" for i in range(7)])
    d.map(BatchSize=3)
    drain()
    assert d.calls() == ["a0 a1 a2", "a3 a4 a5", "a6"]


def test_batching_window_closes_with_time_or_size(delivery, drain, emulator_clock):
    d = delivery()
    d.map(BatchSize=2, MaximumBatchingWindowInSeconds=300)
    d.write("a1", "a2", "a3")
    assert d.wait_for_calls(1) == ["a1 a2"]
    # Again and again: a window begins when its first record is read, which may still be to come.
    d._until(lambda: emulator_clock.advance(300) and len(d.calls()) == 2, "the window closes")
    assert d.calls() == ["a1 a2", "a3"]


def test_payload_stays_below_6_mb(delivery, drain):
    d = delivery("""
import os, uuid, boto3, json
def handler(event, context):
    boto3.client("dynamodb").put_item(TableName=os.environ["CALLS"], Item={"pk": {"S": str(uuid.uuid4())},
        "n": {"N": str(len(event["Records"]))}, "bytes": {"N": str(len(json.dumps(event)))}})
""")
    for i in range(20):
        d.dynamodb.put_item(TableName=d.table, Item={"pk": {"S": f"k{i}"}, "v": {"S": "x" * 380_000}})
    d.map(BatchSize=100)
    drain()
    items = d.dynamodb.scan(TableName=d.calls_table)["Items"]
    assert sum(int(i["n"]["N"]) for i in items) == 20
    assert max(int(i["bytes"]["N"]) for i in items) <= 6 * 1024 * 1024
    assert len(items) == 2


def test_filtered_records_cost_no_call(delivery, drain):
    d = delivery()
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"v": {"S": [{"prefix": "y"}, "n3"]}}}}
    d.map(FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    d.write("y1", "n1", "n2", "y2")
    drain()
    assert d.calls() == ["y1"]  # y2 replaces y1's item: a MODIFY
    assert d.get()["LastProcessingResult"] == "OK"


def test_parallel_batches_keep_each_items_order(delivery, drain):
    d = delivery()
    d.write(*[f"{key}{i}" for i in range(5) for key in "abcdefgh"])
    d.map(BatchSize=1, ParallelizationFactor=4)
    drain()
    calls = d.calls()
    assert len(calls) == 40
    for key in "abcdefgh":
        assert [c for c in calls if c[0] == key] == [f"{key}{i}" for i in range(5)]


def test_retries_then_destination(delivery, drain, emulator_clock, dead_letters):
    d = delivery()
    d.map(MaximumRetryAttempts=1, DestinationConfig=on_failure(dead_letters.arn))
    d.write("a1:raise")
    d.wait_for_calls(1)
    emulator_clock.advance(60)
    drain()
    d.write("b1")
    drain()
    assert d.calls() == ["a1", "a1", "b1"]
    (letter,) = dead_letters()
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert letter["requestContext"]["approximateInvokeCount"] == 2
    assert letter["requestContext"]["functionArn"].endswith(":function:" + d.function)
    assert letter["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1
    assert letter["DDBStreamBatchInfo"]["streamArn"] == d.stream
    assert list(letter) == ["requestContext", "responseContext", "version", "timestamp", "DDBStreamBatchInfo"]


def test_problem_is_shown_while_a_batch_fails(delivery, until):
    d = delivery()
    d.map()
    d.write("a1:raise")
    until(lambda: d.get()["LastProcessingResult"] == "PROBLEM: Function call failed", "the problem shows")
    d.lam.delete_event_source_mapping(UUID=d.uuid)


def test_record_age(delivery, drain, emulator_clock, dead_letters):
    d = delivery()
    d.write("a1")
    emulator_clock.advance(61)
    d.write("b1")
    d.map(MaximumRecordAgeInSeconds=60, DestinationConfig=on_failure(dead_letters.arn))
    drain()
    assert d.calls() == ["b1"]
    (letter,) = dead_letters()
    assert letter["requestContext"]["condition"] == "RecordAgeExceeded"
    assert "responseContext" not in letter


def test_bisect_finds_the_bad_record(delivery, drain, dead_letters):
    d = delivery()
    d.write("a1", "b1", "c1:raise", "d1")
    d.map(BisectBatchOnFunctionError=True, MaximumRetryAttempts=0, DestinationConfig=on_failure(dead_letters.arn))
    drain()
    assert d.calls() == ["a1 b1 c1 d1", "a1 b1", "c1 d1", "c1", "d1"]
    assert [letter["DDBStreamBatchInfo"]["batchSize"] for letter in dead_letters()] == [1]


def test_partial_failures_restart_the_count(delivery, drain, emulator_clock, until, dead_letters):
    d = delivery()
    d.write("a1", "b1", "c1:report")
    d.map(FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=3,
          DestinationConfig=on_failure(dead_letters.arn))
    for count in range(1, 6):
        d.wait_for_calls(count)
        emulator_clock.advance(60)
    drain()
    assert d.calls() == ["a1 b1 c1", "c1", "c1", "c1", "c1"]
    (letter,) = dead_letters()
    assert letter["responseContext"]["functionError"] is None


def test_partial_failures_are_ignored_unless_asked_for(delivery, drain):
    d = delivery()
    d.write("a1:report")
    d.map()
    drain()
    assert d.calls() == ["a1"]


def test_tumbling_window_carries_state(delivery, drain, emulator_clock, until):
    d = delivery()
    d.map(TumblingWindowInSeconds=600)
    d.write("a1")
    drain()
    d.write("a2")
    drain()
    first, second = d.events()[:2]
    assert first["state"] == {} and first["isFinalInvokeForWindow"] is False
    assert set(first) == {"Records", "window", "state", "shardId", "eventSourceARN", "isFinalInvokeForWindow",
                          "isWindowTerminatedEarly"}
    if second["window"] == first["window"]:  # unless a window ended between the two writes
        assert second["state"] == {"seen": 1}
    count = len(d.events())
    emulator_clock.advance(600)
    d.wait_for_calls(count + 1)
    drain()
    final = d.events()[-1]
    assert final["isFinalInvokeForWindow"] is True and final["Records"] == []
    assert final["state"]["seen"] >= 1


def test_disabled_mapping_keeps_its_place(delivery, drain):
    d = delivery()
    d.map()
    d.write("a1")
    drain()
    assert d.lam.update_event_source_mapping(UUID=d.uuid, Enabled=False)["State"] == "Disabling"
    assert d.settled()["State"] == "Disabled"
    d.write("a2")
    drain()
    assert d.calls() == ["a1"]
    assert d.lam.update_event_source_mapping(UUID=d.uuid, Enabled=True)["State"] == "Enabling"
    d.settled()
    drain()
    assert d.calls() == ["a1", "a2"]


def test_two_mappings_are_independent(delivery, drain, make_function):
    d = delivery()
    broken = make_function("def handler(event, context): raise Exception('always')")
    other = d.lam.create_event_source_mapping(
        EventSourceArn=d.stream, FunctionName=broken, StartingPosition="TRIM_HORIZON")["UUID"]
    d.map()
    d.write("a1")
    d.wait_for_calls(1)
    d.lam.delete_event_source_mapping(UUID=other)
    drain()
    assert d.calls() == ["a1"]


def test_throttled_function_costs_no_attempt(delivery, drain, emulator_clock, until):
    d = delivery()
    d.lam.put_function_concurrency(FunctionName=d.function, ReservedConcurrentExecutions=0)
    d.map(MaximumRetryAttempts=0)
    d.write("a1")
    emulator_clock.advance(60)
    d.lam.delete_function_concurrency(FunctionName=d.function)
    for _ in range(8):
        emulator_clock.advance(60)
    drain()
    assert d.calls() == ["a1"]


def test_queue_source(delivery, client, unique, drain):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("source"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    d = delivery("""
import json, os, time, uuid, boto3
def handler(event, context):
    boto3.client("dynamodb").put_item(TableName=os.environ["CALLS"], Item={
        "pk": {"S": str(uuid.uuid4())}, "at": {"N": str(time.monotonic_ns())}, "event": {"S": json.dumps(event)}})
    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"] if "bad" in r["body"]]}
""")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "300"})
    for body in ("good", "bad", json.dumps({"drop": True})):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    d.lam.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=d.function, FunctionResponseTypes=["ReportBatchItemFailures"],
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": [{"anything-but": "x"}]})}]})
    drain()
    bodies = [r["body"] for event in d.events() for r in event["Records"]]
    assert sorted(bodies) == ["bad", "good"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessages"] == "0"
    assert counts["ApproximateNumberOfMessagesNotVisible"] == "1"  # the bad one comes back after its timeout
