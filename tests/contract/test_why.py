"""`millrace why` and /_millrace/mappings: what became of a mapping's records, and why a function was not called."""

import json
import subprocess
import urllib.parse

import pytest
from harness.deliveries import dead_letters, delivery, on_failure  # noqa: F401
from harness.own_server import endpoint, server  # noqa: F401
from harness.server import binary, clean_environment

ONLY_INSERTS = {"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"], "dynamodb": {"NewImage": {"v": {"S": [{"prefix": "a"}]}}}})}]}


@pytest.fixture
def why(server):  # noqa: F811
    def ask(of, code=0):
        done = subprocess.run([str(binary()), "why", of], env=clean_environment(MILLRACE_URL=server.endpoint), capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    return ask


@pytest.fixture
def mappings(raw):
    def ask(of=""):
        answer = raw("", "GET", f"/_millrace/mappings?of={urllib.parse.quote(of)}", sign=False)
        assert answer.status == 200
        return json.loads(answer.body)["mappings"]

    return ask


def test_a_filtered_record_tells_what_did_not_match(delivery, drain, why, mappings):  # noqa: F811
    d = delivery()
    d.map(FilterCriteria=ONLY_INSERTS)
    d.write("a1", "a2", "b1")
    drain()
    (shown,) = mappings(d.table)
    assert shown["records"] == {"delivered": 1, "filteredOut": 2, "expired": 0, "givenUp": 0}
    assert shown["invocations"] == {"all": 1, "failed": 0, "throttled": 0}
    delivered = [e for e in shown["recent"] if e["what"] == "delivered"]
    assert [(e["records"], e["first"]) for e in delivered] == [(1, 'INSERT {"pk":{"S":"a"}}')] and delivered[0]["requestId"]
    last = [e for e in shown["recent"] if e["what"] == "filtered out"][-1]
    assert (last["first"], last["reason"]) == ('INSERT {"pk":{"S":"b"}}', 'dynamodb.NewImage.v.S is "b1"')
    told = why(d.function)
    assert f"{d.table} -> " in told and "1 records delivered, 2 filtered out" in told and 'dynamodb.NewImage.v.S is "b1"' in told
    d.write("a3")
    drain()
    assert mappings(d.uuid)[0]["recent"][-1]["reason"] == 'eventName is "MODIFY"'
    d.delete()


def test_a_failing_record_tells_the_error_and_where_it_went(delivery, drain, dead_letters, why, mappings):  # noqa: F811
    d = delivery()
    d.map(MaximumRetryAttempts=0, DestinationConfig=on_failure(dead_letters.arn))
    d.write("a1:raise")
    drain()
    failed, given_up = mappings(d.stream)[0]["recent"]
    assert (failed["what"], failed["reason"]) == ("failed", "Exception: asked to")
    assert given_up["what"] == "given up" and given_up["reason"].startswith("the retries are used up; sent to arn:aws:sqs:")
    assert "Exception: asked to" in why(d.table)
    d.delete()


def test_a_disabled_mapping_says_so(delivery, why):  # noqa: F811
    d = delivery()
    d.map(Enabled=False)
    assert "It is disabled" in why(d.uuid)
    d.delete()


def test_a_name_without_a_mapping(why):
    assert "No event source mapping reads nobody or calls it" in why("nobody", code=1)


def test_a_queues_messages(client, unique, make_function, until, drain, mappings):
    sqs, lam = client("sqs"), client("lambda")
    url = sqs.create_queue(QueueName=unique("work"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    name = make_function("def handler(event, context): pass\n")
    uuid = lam.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=name, FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"kind": ["good"]}})}]})["UUID"]
    until(lambda: lam.get_event_source_mapping(UUID=uuid)["State"] == "Enabled", "the mapping settles")
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"kind": "bad"}))
    sent = sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"kind": "good"}))["MessageId"]
    drain()
    recent = mappings(uuid)[0]["recent"]
    assert {(e["what"], e.get("reason")) for e in recent} == {("filtered out", 'body.kind is "bad"'), ("delivered", None)}
    assert [e["first"] for e in recent if e["what"] == "delivered"] == [f"message {sent}"]
    lam.delete_event_source_mapping(UUID=uuid)


def test_only_the_newest_hundred_are_kept(delivery, drain, mappings):  # noqa: F811
    d = delivery("def handler(event, context): pass\n")
    d.map(BatchSize=1)
    d.write(*(f"a{n}" for n in range(105)))
    drain()
    (shown,) = mappings(d.uuid)
    assert shown["records"]["delivered"] == 105 and len(shown["recent"]) == 100
    d.delete()
