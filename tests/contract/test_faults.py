"""Faults that tests ask for, by the Python kit; the same in JavaScript: tests/examples/node."""

import json
import time

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from harness.kit import got, kit, make_users, users, world  # noqa: F401
from harness.own_server import endpoint, server  # noqa: F401
from millrace import Millrace, MillraceError


def once(account, service):
    """A client that doesn't try again: it sees each fault."""
    return account.client(service, config=Config(retries={"total_max_attempts": 1}))


@pytest.fixture
def table(world):
    world.client("dynamodb").create_table(
        TableName="Table", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}])
    return once(world, "dynamodb")


def put(table, id="1"):
    return table.put_item(TableName="Table", Item={"Id": {"S": id}})


def outcomes(count, call):
    """"ok", or the error's code, of each call."""
    out = []
    for _ in range(count):
        try:
            call()
            out.append("ok")
        except ClientError as error:
            out.append(error.response["Error"]["Code"])
    return out


def test_the_nth_call_is_throttled(world, table):
    fault = world.faults.throttle("PutItem", nth=2)
    assert outcomes(4, lambda: put(table)) == ["ok", "ProvisionedThroughputExceededException", "ok", "ok"]
    assert fault.applied == 1
    assert fault.hits[0]["what"] == "PutItem" and fault.hits[0]["account"] == world.id


def test_so_many_from_the_nth_on(world, table):
    world.faults.error("GetItem", "InternalServerError", nth=2, times=2)
    assert outcomes(4, lambda: table.get_item(TableName="Table", Key={"Id": {"S": "1"}})) == [
        "ok", "InternalServerError", "InternalServerError", "ok"]


def test_a_share_of_the_calls_is_the_same_with_one_seed(world, table):
    runs = []
    for _ in range(2):
        with world.faults.error("PutItem", "InternalServerError", share=0.5, seed=7):
            runs.append(outcomes(40, lambda: put(table)))
    assert runs[0] == runs[1]
    assert 8 < runs[0].count("ok") < 32
    with world.faults.error("PutItem", "InternalServerError", share=0.5, seed=8):
        assert outcomes(40, lambda: put(table)) != runs[0]


@pytest.mark.parametrize("service, operation, code, status, call", [
    ("dynamodb", "ListTables", "InternalServerError", 500, lambda c: c.list_tables()),
    ("lambda", "ListFunctions20150331", "TooManyRequestsException", 429, lambda c: c.list_functions()),
    ("sqs", "ListQueues", "RequestThrottled", 400, lambda c: c.list_queues()),
    ("s3", "ListBuckets", "InternalError", 500, lambda c: c.list_buckets()),
    ("iam", "ListUsers", "ServiceFailure", 500, lambda c: c.list_users()),
    ("logs", "DescribeLogGroups", "ServiceUnavailableException", 503, lambda c: c.describe_log_groups()),
    ("kms", "ListKeys", "KMSInternalException", 500, lambda c: c.list_keys()),
])
def test_any_error_of_any_service(world, service, operation, code, status, call):
    rule = {"status": status} if code == "ServiceFailure" else {}
    operation = operation.removesuffix("20150331")
    world.faults.error(operation, code, "told so", service=service, times=1, **rule)
    with pytest.raises(ClientError) as refused:
        call(once(world, service))
    answer = refused.value.response
    assert answer["Error"]["Code"] == code and answer["Error"]["Message"] == "told so"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    call(once(world, service))


def test_a_modelled_error_is_the_sdks_own(world, table):
    world.faults.error("PutItem", "ConditionalCheckFailedException", times=1)
    with pytest.raises(table.exceptions.ConditionalCheckFailedException):
        put(table)


def test_throttling_in_each_services_words(world):
    world.faults.throttle(times=4)
    answers = []
    for service, call in (("dynamodb", "list_tables"), ("sqs", "list_queues"), ("s3", "list_buckets"), ("iam", "list_users")):
        with pytest.raises(ClientError) as refused:
            getattr(once(world, service), call)()
        answers.append(refused.value.response["Error"]["Code"])
    assert answers == ["ThrottlingException", "RequestThrottled", "SlowDown", "Throttling"]


def test_s3_asks_to_slow_down(world):
    s3 = once(world, "s3")
    s3.create_bucket(Bucket=f"b-{world.id}")
    world.faults.slow_down("PutObject", times=1)
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=f"b-{world.id}", Key="k", Body=b"x")
    assert refused.value.response["Error"] == {"Code": "SlowDown", "Message": "Please reduce your request rate."}
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    s3.put_object(Bucket=f"b-{world.id}", Key="k", Body=b"x")


def test_a_call_is_delayed(world, table):
    delay = world.faults.delay("PutItem", 0.5, times=1)
    started = time.monotonic()
    put(table)
    assert time.monotonic() - started >= 0.5
    put(table)
    assert delay.applied == 1


def test_a_batch_leaves_items_unprocessed(world, table):
    world.faults.unprocessed(items=2, times=1)
    requests = [{"PutRequest": {"Item": {"Id": {"S": str(n)}}}} for n in range(5)]
    left = table.batch_write_item(RequestItems={"Table": requests})["UnprocessedItems"]
    assert left == {"Table": requests[3:]}
    assert table.scan(TableName="Table")["Count"] == 3
    assert table.batch_write_item(RequestItems=left)["UnprocessedItems"] == {}
    assert table.scan(TableName="Table")["Count"] == 5


def test_transactions_conflict(world, table):
    world.faults.conflict(times=1)
    items = [{"Put": {"TableName": "Table", "Item": {"Id": {"S": str(n)}}}} for n in range(2)]
    with pytest.raises(table.exceptions.TransactionCanceledException) as refused:
        table.transact_write_items(TransactItems=items)
    assert [r["Code"] for r in refused.value.response["CancellationReasons"]] == ["TransactionConflict", "None"]
    assert "[TransactionConflict, None]" in refused.value.response["Error"]["Message"]
    assert table.scan(TableName="Table")["Count"] == 0
    table.transact_write_items(TransactItems=items)
    world.faults.conflict("PutItem", times=1)
    with pytest.raises(ClientError, match="TransactionConflictException"):
        put(table)


def test_iterators_expire(world, users):
    streams = once(world, "dynamodbstreams")
    shard = streams.describe_stream(StreamArn=users.stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=users.stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    world.faults.iterator_expired(times=1)
    with pytest.raises(streams.exceptions.ExpiredIteratorException):
        streams.get_records(ShardIterator=iterator["ShardIterator"])
    assert streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"] == []


def test_a_shard_splits_now(world, users):
    streams = world.client("dynamodbstreams")
    world.faults.split_shard(users.stream)
    shards = streams.describe_stream(StreamArn=users.stream)["StreamDescription"]["Shards"]
    assert len(shards) == 3 and sum("EndingSequenceNumber" in s["SequenceNumberRange"] for s in shards) == 1
    users("ada", "grace", "lise")
    world.drain()
    assert sorted(got(world)) == ["ada", "grace", "lise"]


def events(world):
    return [(e["what"], e.get("reason", "")) for e in world.trace_of("Users")[0]["recent"]]


@pytest.mark.parametrize("kind, said", [
    ("function_error", "told so"), ("function_timeout", "Task timed out after 5.00 seconds"),
    ("environment_death", "Runtime exited with error"),
])
def test_the_kth_invocation_fails_and_is_tried_again(kit, world, users, kind, said):
    more = {"error": "ValueError", "message": "told so"} if kind == "function_error" else {}
    fault = getattr(world.faults, kind)("notice", nth=2, **more)
    users("ada")
    world.drain()
    users("grace")
    world.drain()
    assert got(world) == ["ada", "grace"]
    (what, why), = [event for event in events(world) if event[0] == "failed"]
    assert said in why and f"(by fault rule {fault.id})" in why
    assert fault.hits[0]["what"] == "notice"


def test_an_invocation_is_throttled(world, users):
    fault = world.faults.function_throttle("notice", times=1)
    users("ada")
    world.drain()
    assert got(world) == ["ada"]
    assert fault.applied == 1 and any(what == "not called" for what, _ in events(world))


def test_invoke_sees_the_fault_too(world, users):
    world.faults.function_error("notice", error="KeyError", message="told so", times=1)
    answer = world.client("lambda").invoke(FunctionName="notice", Payload=b"{}")
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read()) == {"errorMessage": "told so", "errorType": "KeyError"}
    assert "FunctionError" not in world.client("lambda").invoke(FunctionName="notice", Payload=b"{}")


def test_a_batch_is_delivered_twice(world, users):
    fault = world.faults.twice("notice", times=1)
    users("ada")
    world.drain()
    users("grace")
    world.drain()
    assert got(world) == ["ada", "ada", "grace"]
    assert ("delivered", f"(by fault rule {fault.id})") in events(world)


def test_another_account_is_spared(kit, world, table):
    kit.account().faults.throttle("PutItem")
    assert outcomes(1, lambda: put(table)) == ["ok"]
    with kit.faults.throttle("PutItem"):  # of nobody's: of all
        assert outcomes(1, lambda: put(table)) == ["ProvisionedThroughputExceededException"]
    assert outcomes(1, lambda: put(table)) == ["ok"]
    kit.faults.clear()


def test_a_rule_may_name_a_resource(world, table):
    world.faults.throttle("PutItem", resource='"U"')
    assert outcomes(1, lambda: put(table)) == ["ok"]
    world.faults.throttle("PutItem", resource="Table")
    assert outcomes(1, lambda: put(table)) == ["ProvisionedThroughputExceededException"]


def test_rules_expire_by_the_emulators_clock(kit, world, table):
    world.faults.throttle("PutItem", forMs=60_000)
    assert outcomes(1, lambda: put(table)) == ["ProvisionedThroughputExceededException"]
    kit.clock.advance("61s")
    assert outcomes(1, lambda: put(table)) == ["ok"]
    assert world.faults.list() == []


def test_rules_survive_anothers_reset(kit, world, table):
    world.faults.throttle("PutItem")
    kit.account().reset()
    assert outcomes(1, lambda: put(table)) == ["ProvisionedThroughputExceededException"]


@pytest.mark.parametrize("rule, said", [
    ({}, "kind is one of error, throttle"),
    ({"kind": "flood"}, "kind is one of"),
    ({"kind": "error"}, "An error needs `error`"),
    ({"kind": "delay"}, "A delay needs `delayMs`"),
    ({"kind": "throttle", "operations": "PutItem"}, "A rule has no `operations`"),
    ({"kind": "throttle", "nth": 0}, "nth is a whole number from 1 on"),
    ({"kind": "throttle", "share": 2}, "share is a number above 0"),
    ({"kind": "throttle", "account": "me"}, "twelve digits"),
    ({"kind": "throttle", "function": "f"}, "`function` belongs to the others"),
    ({"kind": "twice", "operation": "PutItem"}, "is about invocations"),
    ({"kind": "error", "error": "X", "status": 200}, "from 400 to 599"),
])
def test_what_is_no_rule_is_refused(kit, rule, said):
    with pytest.raises(MillraceError, match=said):
        kit.admin("POST", "faults", json.dumps(rule).encode())
    assert kit.faults.list() == []


def test_replay_delivers_a_stretch_again(kit, world, users):
    users("ada", "grace", "lise")
    world.drain()
    streams = world.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=users.stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=users.stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    numbers = [r["dynamodb"]["SequenceNumber"] for r in streams.get_records(**{"ShardIterator": iterator["ShardIterator"]})["Records"]]
    done = kit.replay(users.mapping, numbers[1], numbers[2])
    assert done == {"records": 2, "filteredOut": 0, "batches": 1, "failed": 0}
    assert got(world) == ["ada", "grace", "lise", "grace", "lise"]
    assert ("replayed", "") in events(world)
    assert kit.replay("Users", account=world)["records"] == 3
    with pytest.raises(MillraceError, match="means one mapping"):
        kit.replay("Nothing", account=world)
    with pytest.raises(MillraceError, match="sequence numbers or times"):
        kit.replay(users.mapping, "yesterday")


def test_the_server_is_killed_before_the_checkpoint(tmp_path):
    """A server with a data folder: what was invoked before the kill is delivered again after it."""
    from harness.server import Server

    with Server(tmp_path / "log", data_dir=tmp_path / "data") as one:
        world = Millrace(one.endpoint).account("123456789012")
        put = make_users(world)
        world.faults.kill("notice")
        put("ada")
        one.process.wait(20)
        one.kill()
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as two:
        world = Millrace(two.endpoint).account("123456789012")
        world.drain()
        assert got(world)[-1] == "ada"
        assert [e["what"] for e in world.trace_of("Users")[0]["recent"]] == ["delivered"]
