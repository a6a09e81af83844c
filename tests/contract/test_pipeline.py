"""From a write to the handler and its log, through every part: what a stack of table, stream and function does."""

import json
import re

import pytest
from harness.own_server import endpoint, server  # noqa: F401

PRINT_RECORDS = """
import json


def handler(event, context):
    for record in event["Records"]:
        print(json.dumps(record))
"""


@pytest.fixture
def connect(client, make_table, make_function):
    """connect(source, mapping settings) -> (table, function) with the table's stream mapped to the function."""

    def make(source, function_settings=None, **settings):
        table = make_table(stream="NEW_AND_OLD_IMAGES")
        function = make_function(source, **(function_settings or {}))
        stream = client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
        settings.setdefault("StartingPosition", "TRIM_HORIZON")
        client("lambda").create_event_source_mapping(EventSourceArn=stream, FunctionName=function, **settings)
        return table, function

    return make


@pytest.fixture
def messages(client):
    """messages(function): all lines of its log, stream by stream."""

    def read(function):
        logs, group = client("logs"), f"/aws/lambda/{function}"
        try:
            streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [
            event["message"]
            for stream in streams
            for event in logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
        ]

    return read


def put(client, table, *keys, **attributes):
    for key in keys:
        client("dynamodb").put_item(TableName=table, Item={"pk": {"S": key}, **attributes})


def printed(messages):
    return [json.loads(m) for m in messages if m.startswith("{")]


def keys_of(records):
    return [r["dynamodb"]["Keys"]["pk"]["S"] for r in records]


def test_inserts_and_removals_of_three_records(connect, client, messages, drain):
    filters = [{"Pattern": json.dumps({"eventName": [name]})} for name in ("INSERT", "REMOVE")]
    table, function = connect(PRINT_RECORDS, FilterCriteria={"Filters": filters})
    dynamodb = client("dynamodb")
    put(client, table, "ada", b={"B": b"foobar"})
    dynamodb.update_item(
        TableName=table, Key={"pk": {"S": "ada"}}, UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "1.50"}},
    )
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "ada"}})
    drain()
    first, second = printed(messages(function))
    assert (first["eventName"], second["eventName"]) == ("INSERT", "REMOVE")
    assert first["dynamodb"]["NewImage"] == {"pk": {"S": "ada"}, "b": {"B": "Zm9vYmFy"}}
    assert "OldImage" not in first["dynamodb"] and "NewImage" not in second["dynamodb"]
    assert second["dynamodb"]["OldImage"] == {"pk": {"S": "ada"}, "b": {"B": "Zm9vYmFy"}, "n": {"N": "1.5"}}
    assert first["dynamodb"]["SequenceNumber"] < second["dynamodb"]["SequenceNumber"]


def test_a_write_before_the_mapping_is_seen_from_the_horizon_only(connect, client, messages, drain, make_function):
    table, first = connect(PRINT_RECORDS)
    put(client, table, "early")
    stream = client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    later = {position: make_function(PRINT_RECORDS) for position in ("TRIM_HORIZON", "LATEST")}
    for position, function in later.items():
        client("lambda").create_event_source_mapping(
            EventSourceArn=stream, FunctionName=function, StartingPosition=position
        )
    put(client, table, "late")
    drain()
    assert keys_of(printed(messages(first))) == ["early", "late"]
    assert keys_of(printed(messages(later["TRIM_HORIZON"]))) == ["early", "late"]
    assert keys_of(printed(messages(later["LATEST"]))) == ["late"]


def test_batches_keep_the_order_and_the_size(connect, client, messages, drain):
    source = "def handler(event, context):\n    print('batch', *[r['dynamodb']['Keys']['pk']['S'] for r in event['Records']])\n"
    table, function = connect(source, BatchSize=7)
    names = [f"k{n:03}" for n in range(100)]
    put(client, table, *names)
    drain()
    batches = [m.split()[1:] for m in messages(function) if m.startswith("batch ")]
    assert [name for batch in batches for name in batch] == names
    assert max(map(len, batches)) <= 7


def test_a_failing_batch_blocks_its_shard_until_it_succeeds(connect, client, messages, drain, package, until, emulator_clock):
    failing = "def handler(event, context):\n    print('failing', event['Records'][0]['dynamodb']['Keys']['pk']['S'])\n    raise Exception('not yet')\n"
    table, function = connect(failing, BatchSize=1)
    put(client, table, "a", "b", "c")
    until(lambda: [m for m in messages(function) if m.startswith("failing")], "the first attempt")
    seen = {m.strip() for m in messages(function) if m.startswith("failing")}
    assert seen == {"failing a"}, "what comes after a failing batch waits"
    (mapping,) = client("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    assert mapping["LastProcessingResult"].startswith("PROBLEM: ")

    client("lambda").update_function_code(FunctionName=function, ZipFile=package(PRINT_RECORDS))
    emulator_clock.advance(120)  # past the longest pause between attempts
    drain()
    assert keys_of(printed(messages(function))) == ["a", "b", "c"]
    (mapping,) = client("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    assert mapping["LastProcessingResult"] == "OK"


def test_retries_are_counted_then_the_stream_goes_on(connect, client, messages, drain):
    source = (
        "def handler(event, context):\n    key = event['Records'][0]['dynamodb']['Keys']['pk']['S']\n"
        "    print('sees', key)\n    assert key != 'bad'\n"
    )
    table, function = connect(source, BatchSize=1, MaximumRetryAttempts=2)
    put(client, table, "good", "bad", "after")
    drain(60)
    seen = [m.split()[1] for m in messages(function) if m.startswith("sees ")]
    assert seen == ["good", "bad", "bad", "bad", "after"]


# -- handlers that break, invoked directly


def invoke(client, function, payload=b"{}"):
    answer = client("lambda").invoke(FunctionName=function, Payload=payload)
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def test_a_handler_that_raises(make_function, client):
    function = make_function("def handler(event, context):\n    raise KeyError('missing')\n")
    error, kind = invoke(client, function)
    assert kind == "Unhandled"
    assert list(error) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (error["errorMessage"], error["errorType"]) == ("'missing'", "KeyError")
    assert error["stackTrace"] == ['  File "/var/task/index.py", line 2, in handler\n    raise KeyError(\'missing\')\n']


@pytest.mark.parametrize(
    "statement, message",
    [
        ("sys.exit(0)", "Runtime exited without providing a reason"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os._exit(7)", "Runtime exited with error: exit status 7"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
    ],
)
def test_a_handler_that_ends_its_process(make_function, client, statement, message):
    function = make_function(
        f"import os, sys\ndef handler(event, context):\n    if event.get('end'):\n        {statement}\n    return 'alive'\n"
    )
    error, kind = invoke(client, function, b'{"end": true}')
    assert (kind, error["errorType"]) == ("Unhandled", "Runtime.ExitError")
    assert re.fullmatch(rf"RequestId: [0-9a-f-]{{36}} Error: {re.escape(message)}", error["errorMessage"])
    assert invoke(client, function) == ("alive", None)


def test_a_handler_that_hangs(make_function, client, messages, until):
    function = make_function(
        "import time\ndef handler(event, context):\n    if event.get('hang'):\n        time.sleep(600)\n    return 'alive'\n",
        Timeout=1,
    )
    error, kind = invoke(client, function, b'{"hang": true}')
    assert (kind, error["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert re.fullmatch(r"RequestId: [0-9a-f-]{36} Error: Task timed out after 1.00 seconds", error["errorMessage"])
    assert any("Task timed out after 1.00 seconds" in m for m in messages(function))
    assert invoke(client, function) == ("alive", None)


@pytest.mark.parametrize(
    "files, handler, kind, message",
    [
        ({"index.py": "import nothing_like_this"}, "index.handler", "Runtime.ImportModuleError",
         "Unable to import module 'index': No module named 'nothing_like_this'"),
        ({"index.py": "x = 1"}, "index.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'index'"),
        ({"index.py": "x = 1"}, "other.handler", "Runtime.ImportModuleError",
         "Unable to import module 'other': No module named 'other'"),
        ({"index.py": "x = 1"}, "index", "Runtime.MalformedHandlerName",
         "Bad handler 'index': not enough values to unpack (expected 2, got 1)"),
        ({"index.py": "def handler(:\n"}, "index.handler", "Runtime.UserCodeSyntaxError", None),
        ({"index.py": "raise ValueError('at import')"}, "index.handler", "ValueError", "at import"),
    ],
    ids=["import", "no handler", "no module", "no dot", "syntax", "raises"],
)
def test_code_that_cannot_be_loaded(make_function, client, files, handler, kind, message):
    function = make_function(files, Handler=handler)
    error, unhandled = invoke(client, function)
    assert (unhandled, error["errorType"]) == ("Unhandled", kind)
    if message:
        assert error["errorMessage"] == message
    else:
        assert error["errorMessage"].startswith("Syntax error in module 'index': ")


def test_a_result_that_is_no_json(make_function, client):
    function = make_function("import datetime\ndef handler(event, context):\n    return datetime.datetime.now()\n")
    error, kind = invoke(client, function)
    assert (kind, error["errorType"]) == ("Unhandled", "Runtime.MarshalError")
    assert error["errorMessage"] == "Unable to marshal response: Object of type datetime is not JSON serializable"


def test_a_breaking_handler_behind_a_stream_does_not_stop_the_others(connect, client, messages, drain):
    broken, _ = connect("import os\ndef handler(event, context):\n    os._exit(3)\n", MaximumRetryAttempts=0)
    whole, function = connect(PRINT_RECORDS)
    put(client, broken, "x")
    put(client, whole, "y")
    drain()
    assert keys_of(printed(messages(function))) == ["y"]


# -- writes and their records


def test_a_write_that_changes_nothing_makes_no_record(connect, client, messages, drain):
    table, function = connect(PRINT_RECORDS)
    put(client, table, "same", n={"N": "1"})
    put(client, table, "same", n={"N": "1.0"})
    dynamodb = client("dynamodb")
    with pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException):
        dynamodb.put_item(
            TableName=table, Item={"pk": {"S": "same"}}, ConditionExpression="attribute_not_exists(pk)"
        )
    dynamodb.delete_item(TableName=table, Key={"pk": {"S": "missing"}})
    put(client, table, "end")
    drain()
    assert keys_of(printed(messages(function))) == ["same", "end"]


def test_a_disabled_mapping_goes_on_where_it_stopped(connect, client, messages, drain):
    table, function = connect(PRINT_RECORDS)
    functions = client("lambda")
    (mapping,) = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    put(client, table, "one")
    drain()
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    put(client, table, "two")
    drain()
    assert keys_of(printed(messages(function))) == ["one"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    drain()
    assert keys_of(printed(messages(function))) == ["one", "two"]
