"""The example stack of python_handler/users_stream, unmodified, from apply to destroy."""

import json
import signal

import pytest

GROUP = "/aws/lambda/my-function"


def change_users(stack, *users):
    """Each user comes, is updated, and goes: three stream records a user."""
    dynamodb = stack.client("dynamodb")
    for user in users:
        key = {"UserId": {"S": user}}
        dynamodb.put_item(TableName="UsersIds", Item={**key, "Visits": {"N": "1"}})
        dynamodb.update_item(
            TableName="UsersIds",
            Key=key,
            UpdateExpression="SET Visits = Visits + :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        dynamodb.delete_item(TableName="UsersIds", Key=key)


def stream_records(stack):
    streams = stack.client("dynamodbstreams")
    arn = stack.client("dynamodb").describe_table(TableName="UsersIds")["Table"]["LatestStreamArn"]
    records = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records += streams.get_records(ShardIterator=iterator)["Records"]
    return records


def names(records):
    return [(r["eventName"], r["dynamodb"]["Keys"]["UserId"]["S"]) for r in records]


def test_apply_exercise_update_destroy_and_again(users_stream):
    stack = users_stream
    stack.apply()
    stack.assert_no_drift()
    table_arn = f"arn:aws:dynamodb:us-east-1:{stack.account}:table/UsersIds"
    assert stack.output("table_arn") == table_arn
    assert stack.output("function_arn") == f"arn:aws:lambda:us-east-1:{stack.account}:function:my-function"

    change_users(stack, "ada")
    stack.drain()
    assert names(stream_records(stack)) == [("INSERT", "ada"), ("MODIFY", "ada"), ("REMOVE", "ada")]
    assert_delivered_as_on_aws(stack, table_arn)
    assert_framed_by_start_end_report(stack.log_messages(GROUP))

    # A changed handler, filter, retention and tag: in place, and no drift after.
    stack.edit("index.py", "return {", 'print("second edition")\n    return {')
    stack.edit("main.tf", '["REMOVE"]', '["MODIFY"]')
    stack.edit("main.tf", "retention_in_days = 14", "retention_in_days = 30")
    stack.edit("main.tf", 'bucket = "s3-files-dynamo-stream"', 'bucket = "s3-files-dynamo-stream"\n  tags = { a = "b" }')
    assert set(stack.assert_updates_in_place()) == {
        "aws_lambda_function.users",
        "aws_lambda_event_source_mapping.users",
        "aws_cloudwatch_log_group.function",
        "aws_s3_bucket.files",
    }
    stack.assert_no_drift()
    change_users(stack, "grace")
    stack.drain()
    assert names(stack.printed_records(GROUP))[-2:] == [("INSERT", "grace"), ("MODIFY", "grace")]
    assert any("second edition" in message for message in stack.log_messages(GROUP))

    stack.destroy()
    stack.assert_nothing_left()
    stack.apply()
    stack.assert_no_drift()
    stack.destroy()
    stack.assert_nothing_left()


def assert_delivered_as_on_aws(stack, table_arn):
    """Each record exactly as Lambda gets it: the fields and their order, and only those that the filter lets through."""
    stream_arn = stack.client("dynamodb").describe_table(TableName="UsersIds")["Table"]["LatestStreamArn"]
    assert stream_arn.startswith(table_arn + "/stream/")
    in_stream = {r["eventID"]: r for r in stream_records(stack)}
    lines = [m for m in stack.log_messages(GROUP) if m.startswith("{")]
    assert [json.loads(line)["eventName"] for line in lines] == ["INSERT", "REMOVE"]
    for line in lines:
        record = json.loads(line)
        change = record["dynamodb"]
        image = {"INSERT": "NewImage", "REMOVE": "OldImage"}[record["eventName"]]
        visits = {"INSERT": "1", "REMOVE": "2"}[record["eventName"]]
        assert list(record) == [
            "eventID", "eventName", "eventVersion", "eventSource", "awsRegion", "dynamodb", "eventSourceARN",
        ]
        assert list(change) == [
            "ApproximateCreationDateTime", "Keys", image, "SequenceNumber", "SizeBytes", "StreamViewType",
        ]
        # Delivered as a float, whole seconds.
        assert f'"ApproximateCreationDateTime": {int(change["ApproximateCreationDateTime"])}.0' in line
        assert change["Keys"] == {"UserId": {"S": "ada"}}
        assert change[image] == {"UserId": {"S": "ada"}, "Visits": {"N": visits}}
        assert change["SizeBytes"] == len("UserIdada") * 2 + len("Visits") + 2
        assert change["StreamViewType"] == "NEW_AND_OLD_IMAGES"
        assert (record["eventVersion"], record["eventSource"]) == ("1.1", "aws:dynamodb")
        assert (record["awsRegion"], record["eventSourceARN"]) == ("us-east-1", stream_arn)
        assert change["SequenceNumber"] == in_stream[record["eventID"]]["dynamodb"]["SequenceNumber"]


def assert_framed_by_start_end_report(messages):
    open_id, frames = None, 0
    for message in messages:
        if message.startswith("START RequestId: "):
            assert open_id is None, messages
            open_id = message.split()[2]
            assert message == f"START RequestId: {open_id} Version: $LATEST\n"
        elif message.startswith("END RequestId: "):
            assert message == f"END RequestId: {open_id}\n", messages
        elif message.startswith("REPORT RequestId: "):
            assert message.startswith(f"REPORT RequestId: {open_id}\tDuration: "), messages
            open_id, frames = None, frames + 1
        elif not message.startswith("INIT_START "):
            assert open_id, f"printed outside an invocation: {message}"
    assert open_id is None and frames > 0, messages


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "kill -9"])
def test_a_restart_in_the_middle_loses_nothing(persistent_users_stream, how):
    stack = persistent_users_stream
    stack.apply()
    change_users(stack, "before")
    stack.drain()

    # A handler that fails holds its records back; they must be delivered by the next server.
    good = (stack.folder / "index.py").read_text()
    stack.edit("index.py", 'records = event["Records"]', 'raise Exception("not yet")')
    stack.apply()
    users = [f"user-{n}" for n in range(20)]
    change_users(stack, *users)
    code = stack.server.stop() if how == signal.SIGTERM else stack.server.kill()
    assert code == (0 if how == signal.SIGTERM else -signal.SIGKILL)
    stack.server.start()

    stack.terraform("plan", "-detailed-exitcode", "-input=false", "-no-color")
    assert len(stream_records(stack)) == 3 * 21
    (stack.folder / "index.py").write_text(good)
    stack.apply()
    stack.assert_no_drift()
    stack.drain(timeout_s=120)
    got = names(stack.printed_records(GROUP))
    for user in users:
        assert [event for event, who in got if who == user] == ["INSERT", "REMOVE"], f"{user} in {got}"
    stack.destroy()
    stack.assert_nothing_left()


def test_a_role_without_get_records_cannot_have_the_mapping(users_stream):
    # By the API: Terraform waits five minutes for such a role to become able.
    stack = users_stream
    stack.apply()
    functions, iam = stack.client("lambda"), stack.client("iam")
    mapping = functions.list_event_source_mappings(FunctionName="my-function")["EventSourceMappings"][0]
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    policy = iam.get_role_policy(RoleName="iam_for_lambda", PolicyName="read-stream")["PolicyDocument"]
    policy["Statement"][0]["Action"].remove("dynamodb:GetRecords")
    iam.put_role_policy(RoleName="iam_for_lambda", PolicyName="read-stream", PolicyDocument=json.dumps(policy))

    with pytest.raises(functions.exceptions.InvalidParameterValueException) as refused:
        functions.create_event_source_mapping(
            EventSourceArn=mapping["EventSourceArn"], FunctionName="my-function", StartingPosition="LATEST"
        )
    assert refused.value.response["Error"]["Message"] == (
        f"Cannot access stream {mapping['EventSourceArn']}. Please ensure the role can perform the GetRecords, "
        "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
    )
    # Terraform repairs both.
    stack.apply()
    stack.assert_no_drift()
    stack.destroy()
    stack.assert_nothing_left()


def test_a_role_without_logs_runs_and_writes_no_log(users_stream):
    stack = users_stream
    # Both grants of the stack: the inline policy's and the attached policy's.
    stack.edit("main.tf", '["logs:CreateLogStream", "logs:PutLogEvents"]', '["logs:DescribeLogGroups"]')
    stack.edit(
        "main.tf", '["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]', '["logs:DescribeLogGroups"]'
    )
    stack.apply()
    change_users(stack, "ada")
    stack.drain()
    answer = stack.client("lambda").invoke(FunctionName="my-function", Payload=b'{"Records": []}')
    assert json.loads(answer["Payload"].read()) == {"records": 0}
    assert "FunctionError" not in answer
    assert stack.client("logs").describe_log_streams(logGroupName=GROUP)["logStreams"] == []
    mapping = stack.client("lambda").list_event_source_mappings(FunctionName="my-function")["EventSourceMappings"][0]
    assert mapping["LastProcessingResult"] == "OK"
    stack.destroy()
    stack.assert_nothing_left()
