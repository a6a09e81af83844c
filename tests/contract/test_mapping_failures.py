"""What mappings of streams do when things go wrong: retries, partial answers, giving up, destinations, windows."""

import datetime
import itertools
import json
import re

import pytest
from harness.deliveries import HANDLER, dead_letters, delivery, on_failure  # noqa: F401
from harness.own_server import endpoint, server  # noqa: F401


@pytest.fixture
def frozen(emulator_clock):
    """The clock stands during the test, so what waits for its time waits until the test moves it."""
    emulator_clock.freeze()
    yield emulator_clock
    emulator_clock.resume()


@pytest.fixture
def passes_through(delivery):  # noqa: F811
    """passes_through(): returns when records of another mapping went through the same engine, so that whatever was due
    before has begun. Twice: the first one's call follows what the pool had to do before, the second's what the engine had."""
    other = delivery()
    other.map()
    numbers = itertools.count(1)

    def run():
        for _ in range(2):
            number = next(numbers)
            other.write(f"x{number}")
            other.wait_for_calls(number)

    return run


def test_pauses_between_attempts_double(delivery, frozen, passes_through, client):  # noqa: F811
    """About eight invocations within the first minute."""
    d = delivery()

    def ended():
        pages = client("logs").get_paginator("filter_log_events").paginate(
            logGroupName=f"/aws/lambda/{d.function}", filterPattern='"REPORT RequestId"')
        return sum(len(page["events"]) for page in pages)

    d.map()
    d.write("a1:raise")
    d.wait_for_calls(1)
    d._until(lambda: d.get()["LastProcessingResult"].startswith("PROBLEM"), "the failure is seen")
    for attempt, pause_s in enumerate((0.25, 0.5, 1, 2, 4, 8, 16, 32, 60, 60), start=2):
        frozen.advance(pause_s - 0.001)
        passes_through()
        assert len(d.calls()) == attempt - 1, "not before its time"
        frozen.advance(0.001)
        d.wait_for_calls(attempt)
        d._until(lambda: ended() == attempt, f"attempt {attempt} has failed")
        passes_through()
    d.delete()


def test_retries_without_end_stop_at_the_streams_horizon(delivery, emulator_clock, drain):  # noqa: F811
    d = delivery()
    d.map()
    d.write("a1:raise")
    d.wait_for_calls(1)
    emulator_clock.advance(24 * 3600 + 1)
    d.write("b1")
    drain()
    assert d.calls()[-1] == "b1"


def test_throttles_end_by_age_alone(delivery, emulator_clock, drain, dead_letters):  # noqa: F811
    d = delivery()
    d.lam.put_function_concurrency(FunctionName=d.function, ReservedConcurrentExecutions=0)
    d.map(MaximumRetryAttempts=0, MaximumRecordAgeInSeconds=60, DestinationConfig=on_failure(dead_letters.arn))
    d.write("a1")
    for _ in range(10):
        emulator_clock.advance(5)
    assert dead_letters() == []
    emulator_clock.advance(20)
    drain()
    (letter,) = dead_letters()
    assert letter["requestContext"]["condition"] == "RecordAgeExceeded"
    d.lam.delete_function_concurrency(FunctionName=d.function)
    d.write("b1")
    drain()
    assert d.calls() == ["b1"]


def test_a_failing_record_expires_between_its_attempts(delivery, emulator_clock, drain, dead_letters):  # noqa: F811
    d = delivery()
    d.map(MaximumRecordAgeInSeconds=60, DestinationConfig=on_failure(dead_letters.arn))
    d.write("a1:raise")
    d.wait_for_calls(1)
    emulator_clock.advance(61)
    drain()
    (letter,) = dead_letters()
    assert letter["requestContext"]["condition"] == "RecordAgeExceeded"
    assert letter["requestContext"]["approximateInvokeCount"] >= 1


WHOLE_SUCCESS = ["null", "{}", "[]", '""', '{"batchItemFailures":[]}', '{"batchItemFailures":null}']
WHOLE_FAILURE = ['{"batchItemFailures":[{"itemIdentifier":%s}]}' % i for i in ('""', "null", '"123"')] + [
    '{"batchItemFailures":[{"foo":123}]}', '{"batchItemFailures":[{"foo":null}]}']


def test_every_form_of_a_partial_answer(delivery, drain, dead_letters):  # noqa: F811
    d = delivery()
    d.write(*[f"{key}1:answer {form}" for key, form in zip("abcdef", WHOLE_SUCCESS)])
    d.map(BatchSize=1, MaximumRetryAttempts=0, FunctionResponseTypes=["ReportBatchItemFailures"],
          DestinationConfig=on_failure(dead_letters.arn))
    drain()
    assert len(d.calls()) == len(WHOLE_SUCCESS) and dead_letters() == []
    d.write(*[f"{key}1:answer {form}" for key, form in zip("stuvw", WHOLE_FAILURE)])
    drain()
    letters = dead_letters()
    assert len(letters) == len(WHOLE_FAILURE)
    assert [letter["responseContext"]["functionError"] for letter in letters] == [None] * len(WHOLE_FAILURE)


def test_the_lowest_failure_counts(delivery, emulator_clock, dead_letters, drain):  # noqa: F811
    d = delivery()
    d.write("a1", "b1:report", "c1", "d1:report", "e1")
    d.map(FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=0, DestinationConfig=on_failure(dead_letters.arn))
    d.wait_for_calls(1)
    emulator_clock.advance(1)
    drain()
    assert d.calls() == ["a1 b1 c1 d1 e1", "b1 c1 d1 e1"]
    (letter,) = dead_letters()
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 4


def test_bisecting_with_partial_answers(delivery, emulator_clock, dead_letters, drain):  # noqa: F811
    d = delivery()
    d.write("a1", "b1", "c1:report", "d1")
    d.map(FunctionResponseTypes=["ReportBatchItemFailures"], BisectBatchOnFunctionError=True, MaximumRetryAttempts=0,
          DestinationConfig=on_failure(dead_letters.arn))
    for count in (1, 2, 3):
        d.wait_for_calls(count)
        emulator_clock.advance(60)
    drain()
    assert d.calls() == ["a1 b1 c1 d1", "c1 d1", "c1", "d1"]
    assert [letter["DDBStreamBatchInfo"]["batchSize"] for letter in dead_letters()] == [1]


def test_each_half_has_retries_of_its_own(delivery, emulator_clock, drain, dead_letters):  # noqa: F811
    """Splitting consumes no attempt: the single bad record is tried MaximumRetryAttempts + 1 times."""
    d = delivery()
    d.write("a1", "b1:raise")
    d.map(BisectBatchOnFunctionError=True, MaximumRetryAttempts=2, DestinationConfig=on_failure(dead_letters.arn))
    for count in range(3, 6):
        d.wait_for_calls(count)
        emulator_clock.advance(60)
    drain()
    assert d.calls() == ["a1 b1", "a1", "b1", "b1", "b1"]
    (letter,) = dead_letters()
    assert letter["requestContext"]["approximateInvokeCount"] == 3


def test_failure_record_in_a_bucket(delivery, client, unique, drain):  # noqa: F811
    bucket, s3 = unique("failures"), client("s3")
    s3.create_bucket(Bucket=bucket)
    d = delivery()
    d.write("a1:raise")
    d.map(MaximumRetryAttempts=0, DestinationConfig=on_failure(f"arn:aws:s3:::{bucket}"))
    drain()
    (found,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    record = json.loads(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())
    info = record["DDBStreamBatchInfo"]
    assert re.fullmatch(
        rf"aws/lambda/{d.uuid}/{info['shardId']}/\d{{4}}/\d\d/\d\d/\d{{4}}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{{36}}", found["Key"])
    assert record["timestamp"][:10] in found["Key"]
    payload = record["payload"] if isinstance(record["payload"], dict) else json.loads(record["payload"])
    assert [r["dynamodb"]["SequenceNumber"] for r in payload["Records"]] == [info["startSequenceNumber"]]


def test_failure_record_at_a_topic(delivery, client, unique, drain):  # noqa: F811
    sqs, sns = client("sqs"), client("sns")
    topic = sns.create_topic(Name=unique("failed"))["TopicArn"]
    url = sqs.create_queue(QueueName=unique("told"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    d = delivery()
    d.write("a1:raise")
    d.map(MaximumRetryAttempts=0, DestinationConfig=on_failure(topic))
    drain()
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    record = json.loads(json.loads(message["Body"])["Message"])
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert "payload" not in record


def test_a_refusing_destination_gets_the_record_later(delivery, client, unique, emulator_clock, drain, until):  # noqa: F811
    sqs, name = client("sqs"), unique("dead")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    d = delivery()
    d.map(MaximumRetryAttempts=0, DestinationConfig=on_failure(arn))
    sqs.delete_queue(QueueUrl=url)
    d.write("a1:raise", "b1")
    until(lambda: d.get()["LastProcessingResult"] == "PROBLEM: On-failure destination refused a record", "the refusal shows")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    for _ in range(6):
        emulator_clock.advance(60)
    drain()
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(message["Body"])["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert d.calls()[0].split()[0] == "a1" and "b1" in " ".join(d.calls())


def test_failure_record_has_times_as_aws_writes_them(delivery, drain, dead_letters):  # noqa: F811
    d = delivery()
    d.write("a1:raise")
    d.map(MaximumRetryAttempts=0, DestinationConfig=on_failure(dead_letters.arn))
    drain()
    (letter,) = dead_letters()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", letter["timestamp"])
    for member in ("approximateArrivalOfFirstRecord", "approximateArrivalOfLastRecord"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", letter["DDBStreamBatchInfo"][member])
    info = letter["DDBStreamBatchInfo"]
    assert info["startSequenceNumber"] == info["endSequenceNumber"]


def whole_record(d, condition, count, **more):
    """The failure record of a batch that was delivered `count` times, as AWS writes it; ids and times by their forms."""
    info = d.events()[0]["Records"]
    arrivals = [datetime.datetime.fromtimestamp(r["dynamodb"]["ApproximateCreationDateTime"], datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
                for r in info]
    account, region = d.stream.split(":")[4], d.stream.split(":")[3]
    return {
        "requestContext": {"requestId": UUID, "functionArn": f"arn:aws:lambda:{region}:{account}:function:{d.function}",
                           "condition": condition, "approximateInvokeCount": count},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "version": "1.0", "timestamp": TIME,
        "DDBStreamBatchInfo": {
            "shardId": SHARD, "startSequenceNumber": info[0]["dynamodb"]["SequenceNumber"],
            "endSequenceNumber": info[-1]["dynamodb"]["SequenceNumber"], "approximateArrivalOfFirstRecord": arrivals[0],
            "approximateArrivalOfLastRecord": arrivals[-1], "batchSize": len(info), "streamArn": d.stream}, **more}


class Form:
    """Equals every text of the form."""

    def __init__(self, pattern):
        self.pattern = pattern

    def __eq__(self, other):
        return isinstance(other, str) and re.fullmatch(self.pattern, other) is not None

    def __repr__(self):
        return f"<{self.pattern}>"


UUID = Form(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = Form(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SHARD = Form(r"shardId-[0-9]{20}-[a-zA-Z0-9]{1,36}")


def test_the_whole_failure_record_in_a_queue_a_topic_and_a_bucket(delivery, client, unique, drain, dead_letters):  # noqa: F811
    s3, sns, sqs, bucket = client("s3"), client("sns"), client("sqs"), unique("failures")
    s3.create_bucket(Bucket=bucket)
    topic = sns.create_topic(Name=unique("failed"))["TopicArn"]
    url = sqs.create_queue(QueueName=unique("told"))["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": told}})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=told, Attributes={"RawMessageDelivery": "true"})
    mapped = {}
    for name, arn in (("queue", dead_letters.arn), ("topic", topic), ("bucket", f"arn:aws:s3:::{bucket}")):
        d = mapped[name] = delivery()
        d.write("a1:raise", "b1")
        d.map(MaximumRetryAttempts=0, DestinationConfig=on_failure(arn))
    drain()
    (letter,) = dead_letters()
    assert letter == whole_record(mapped["queue"], "RetryAttemptsExhausted", 1)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == whole_record(mapped["topic"], "RetryAttemptsExhausted", 1)
    (found,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    document = json.loads(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())
    payload = document.pop("payload")
    assert document == whole_record(mapped["bucket"], "RetryAttemptsExhausted", 1)
    assert json.loads(payload) == mapped["bucket"].events()[0], "the event as the function got it, as a text"


def test_an_unknown_identifier_fails_the_whole_batch_again_and_again(delivery, emulator_clock, drain, dead_letters):  # noqa: F811
    d = delivery()
    d.write("a1", 'b1:answer {"batchItemFailures":[{"itemIdentifier":"nothing"}]}', "c1")
    d.map(FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1, DestinationConfig=on_failure(dead_letters.arn))
    d.wait_for_calls(1)
    emulator_clock.advance(60)
    drain()
    assert d.calls() == ["a1 b1 c1", "a1 b1 c1"]
    (letter,) = dead_letters()
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 3 and letter["requestContext"]["approximateInvokeCount"] == 2


def test_a_destination_that_the_role_may_not_use_gets_the_record_when_it_may(delivery, client, emulator_clock, drain, dead_letters):  # noqa: F811
    d = delivery()
    d.map(MaximumRetryAttempts=0, DestinationConfig=on_failure(dead_letters.arn))
    role, iam = d.lam.get_function_configuration(FunctionName=d.function)["Role"].rpartition("/")[2], client("iam")

    def allow(*actions):
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        iam.put_role_policy(RoleName=role, PolicyName="allowed", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    allow("dynamodb:*")
    d.write("a1:raise")
    d._until(lambda: d.get()["LastProcessingResult"] == "PROBLEM: On-failure destination refused a record", "the refusal shows")
    assert dead_letters() == []
    allow("*")
    emulator_clock.advance(60)
    drain()
    assert len(dead_letters()) == 1


# -- tumbling windows


def test_a_window_has_one_call_at_a_time_whatever_the_parallelization_factor(delivery, frozen, passes_through, drain):  # noqa: F811
    d = delivery()
    d.map(TumblingWindowInSeconds=900, ParallelizationFactor=10, BatchSize=1)
    d.write("a1:wait go", *[f"{item}1" for item in "bcdefgh"])
    d.wait_for_calls(1)
    passes_through()
    assert d.calls() == ["a1"]
    d.release("go")
    drain()
    assert [e["state"].get("seen", 0) for e in d.events()] == list(range(8)), "the state goes from call to call"


def test_a_failed_call_of_a_window_is_tried_with_the_same_state(delivery, frozen, drain):  # noqa: F811
    d = delivery()
    d.map(TumblingWindowInSeconds=900, BatchSize=1, MaximumRetryAttempts=2)
    at_s = frozen.show()["now_ms"] / 1000
    frozen.advance(900 - at_s % 900 + 10)  # ten seconds into a window
    d.write("a1", "b1:raise", "c1")
    for count in (3, 4):  # each failure is seen some time after its call was written down
        d._until(lambda: frozen.advance(1) and len(d.events()) >= count, "the next try")
    drain()
    assert d.calls() == ["a1", "b1", "b1", "b1", "c1"]
    assert [e["state"].get("seen", 0) for e in d.events()] == [0, 1, 1, 1, 1], "what the failing call made of it is dropped"


def test_a_window_is_aligned_and_ends_with_its_last_state(delivery, frozen, drain):  # noqa: F811
    d = delivery()
    d.map(TumblingWindowInSeconds=300)
    at_s = frozen.show()["now_ms"] / 1000
    frozen.advance(300 - at_s % 300 + 10)  # ten seconds into a window
    d.write("a1", "a2")
    drain()
    frozen.advance(100)
    d.write("b1")
    drain()
    frozen.advance(300)
    drain()
    events = d.events()
    assert len({json.dumps(e["window"]) for e in events}) == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d[05]:00Z", events[0]["window"]["start"])
    assert [e["isFinalInvokeForWindow"] for e in events] == [False] * (len(events) - 1) + [True]
    assert events[0]["state"] == {} and events[-1]["state"] == {"seen": 3} and events[-1]["Records"] == []
    d.write("c1")
    drain()
    assert d.events()[-1]["state"] == {}, "the next window begins without a state"
    assert d.events()[-1]["window"] != events[0]["window"]


def test_a_window_with_too_much_state_ends_early(delivery, frozen, drain):  # noqa: F811
    d = delivery()
    d.map(TumblingWindowInSeconds=900, BatchSize=1)
    at_s = frozen.show()["now_ms"] / 1000
    frozen.advance(900 - at_s % 900 + 10)
    d.lam.update_function_configuration(FunctionName=d.function, MemorySize=256)
    # The calls are written down without their state, which wouldn't fit into an item.
    d.write("a1:big state", "b1")
    source = HANDLER.replace('{"S": json.dumps(event)}', '{"S": json.dumps({**event, "state": sorted(event.get("state", {}))})}')
    d.lam.update_function_code(FunctionName=d.function, ZipFile=zip_of(source))
    d.update(Enabled=False)
    d.update(Enabled=True)
    drain()
    events = d.events()
    early = [e for e in events if e["isWindowTerminatedEarly"]]
    assert len(early) == 1 and early[0]["isFinalInvokeForWindow"]
    assert early[0]["state"] == ["fill", "seen"]
    after = events[events.index(early[0]) + 1]
    assert after["window"] == early[0]["window"] and after["state"] == []


def zip_of(source):
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


def test_a_call_without_state_has_failed(delivery, frozen, drain, dead_letters):  # noqa: F811
    d = delivery()
    d.map(TumblingWindowInSeconds=300, MaximumRetryAttempts=0, BatchSize=1, DestinationConfig=on_failure(dead_letters.arn))
    d.write("a1:no state", "b1")
    drain()
    assert d.calls() == ["a1", "b1"]
    (letter,) = dead_letters()
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 1
    assert d.events()[1]["state"] == {}


def test_a_failing_final_call_holds_the_shard_until_it_succeeds(delivery, emulator_clock, drain, client):  # noqa: F811
    d = delivery(FAIL_FINAL="1")
    d.map(TumblingWindowInSeconds=60)
    d.write("a1")
    d.wait_for_calls(1)
    emulator_clock.advance(61)
    d._until(lambda: d.events()[-1]["isFinalInvokeForWindow"], "the final call")
    d.write("b1")
    assert "b1" not in d.calls()
    d.lam.update_function_configuration(FunctionName=d.function, Environment={"Variables": {"CALLS": d.calls_table}})
    for _ in range(4):
        emulator_clock.advance(60)
    drain()
    events = d.events()
    finals = [e for e in events if e["isFinalInvokeForWindow"]]
    assert len(finals) >= 2 and finals[0]["state"] == finals[1]["state"] == {"seen": 1}
    assert "b1" in d.calls()
