"""Drains of an account, a table, a function: only what concerns these is waited for, and what is pending is named."""

import io
import re
import time
import zipfile

import pytest
from harness.kit import got, kit, make_users, users, world  # noqa: F401
from harness.own_server import endpoint, server  # noqa: F401
from millrace import NotDrained

FAILS = "def handler(event, context):\n    raise Exception('never')\n"


@pytest.fixture
def failing(kit):
    """Another account, whose mapping always fails."""
    other = kit.account()
    put = make_users(other, FAILS)
    put("ada")
    yield other
    other.reset()


def test_anothers_failing_mapping_holds_nobody(kit, world, users, failing):
    users("grace")
    world.drain(10)
    assert got(world) == ["grace"]
    with pytest.raises(NotDrained):
        kit.drain(1)


def test_a_timeout_names_what_is_pending(kit, failing):
    time.sleep(0.3)
    with pytest.raises(NotDrained) as late:
        failing.drain(1)
    assert late.value.waiting_for == ["event source mappings"]
    (pending,) = late.value.pending
    assert pending["what"] == "event source mapping" and pending["function"] == "notice"
    assert pending["account"] == failing.id and pending["records"] == 1
    assert "never" in pending["lastError"]
    time_of = re.compile(r"\d{4}-\d\d-\d\dT")
    assert time_of.match(pending["since"])
    assert "never" in str(late.value)


def test_a_table_and_a_function(kit, world):
    good = make_users(world)
    functions = world.client("lambda")
    make = functions.get_function(FunctionName="notice")["Configuration"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", FAILS)
    functions.create_function(FunctionName="never", Role=make["Role"], Runtime="python3.11", Handler="index.handler",
                              Code={"ZipFile": packed.getvalue()})
    dynamodb = world.client("dynamodb")
    table = dynamodb.create_table(
        TableName="Others", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})["TableDescription"]
    functions.create_event_source_mapping(EventSourceArn=table["LatestStreamArn"], FunctionName="never",
                                          StartingPosition="TRIM_HORIZON")
    dynamodb.put_item(TableName="Others", Item={"Id": {"S": "1"}})
    good("ada")
    world.drain(10, table="Users")
    assert got(world) == ["ada"]
    good("grace")
    world.drain(10, function="notice")
    assert got(world) == ["ada", "grace"]
    for scope in ({"table": "Others"}, {"function": "never"}, {}):
        with pytest.raises(NotDrained) as late:
            world.drain(1, **scope)
        assert [p["function"] for p in late.value.pending] == ["never"]
    world.reset()


def test_asynchronous_events_are_somebodys(kit, world, users):
    other = kit.account()
    make_users(other, FAILS)
    other.client("lambda").invoke(FunctionName="notice", InvocationType="Event", Payload=b"{}")
    world.drain(10)
    time.sleep(0.5)
    with pytest.raises(NotDrained) as late:
        other.drain(1)
    (pending,) = late.value.pending
    assert pending["what"] == "asynchronous invocations" and pending["function"] == "notice"
    assert pending["lastError"] == "never" and "nextTry" in pending and "since" in pending
    with pytest.raises(NotDrained):
        other.drain(1, function="notice")
    other.drain(10, function="another")
    other.drain(10, table="Users")
    other.reset()
    kit.drain(10)
