"""The metrics that AWS itself publishes: of tables, queues, topics, log groups, mappings, schedules and pipes; and alarms on them."""

import datetime
import json

import pytest
from botocore.exceptions import ClientError

from harness.own_server import endpoint, server  # noqa: F401
from harness.tables import until


@pytest.fixture(scope="module")
def watch(client):
    return client("cloudwatch")


@pytest.fixture
def values(watch, emulator_clock):
    """values("AWS/SQS", "NumberOfMessagesSent", "Sum", QueueName=...) -> what the minutes of the last hour have, oldest first."""

    def read(space, name, statistic="Sum", **dimensions):
        now = emulator_clock.show()["now_ms"] / 1000
        moment = lambda s: datetime.datetime.fromtimestamp(s, datetime.timezone.utc)  # noqa: E731
        metric = {"Namespace": space, "MetricName": name, "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()]}
        results = watch.get_metric_data(
            MetricDataQueries=[{"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}}],
            StartTime=moment(now // 60 * 60 - 3600), EndTime=moment(now // 60 * 60 + 120), ScanBy="TimestampAscending")["MetricDataResults"]
        return results[0]["Values"]

    return read


def refused(call, **arguments):
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"]


# ---- DynamoDB

def test_a_tables_units_and_requests(dynamodb, make_table, values):
    table = make_table()
    for i in range(3):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": str(i)}, "v": {"S": "x" * 1500}})
    dynamodb.get_item(TableName=table, Key={"pk": {"S": "0"}})
    dynamodb.get_item(TableName=table, Key={"pk": {"S": "0"}}, ConsistentRead=True)
    dynamodb.scan(TableName=table)
    assert sum(values("AWS/DynamoDB", "ConsumedWriteCapacityUnits", TableName=table)) == 6
    assert sum(values("AWS/DynamoDB", "ConsumedReadCapacityUnits", TableName=table)) == 0.5 + 1 + 1  # the scan: 4,5 KB by halves
    for operation, n in (("PutItem", 3), ("GetItem", 2), ("Scan", 1)):
        of = {"TableName": table, "Operation": operation}
        assert sum(values("AWS/DynamoDB", "SuccessfulRequestLatency", "SampleCount", **of)) == n
        assert all(0 <= v < 5000 for v in values("AWS/DynamoDB", "SuccessfulRequestLatency", "p99", **of))
    assert values("AWS/DynamoDB", "ReturnedItemCount", TableName=table, Operation="Scan") == [3]


def test_large_items_cost_what_they_weigh(dynamodb, make_table, values):
    table = make_table()
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "v": {"S": "x" * 9000}})
    dynamodb.get_item(TableName=table, Key={"pk": {"S": "a"}}, ConsistentRead=True)
    assert values("AWS/DynamoDB", "ConsumedReadCapacityUnits", TableName=table) == [3]
    assert values("AWS/DynamoDB", "ConsumedWriteCapacityUnits", TableName=table) == [9]


def test_an_indexs_units_are_its_own(dynamodb, make_table, values):
    name = make_table()
    dynamodb.update_table(TableName=name, AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}], GlobalSecondaryIndexUpdates=[
        {"Create": {"IndexName": "by_g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}], "Projection": {"ProjectionType": "ALL"}}}])
    until(lambda: dynamodb.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE")
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "g": {"S": "g"}})
    dynamodb.query(TableName=name, IndexName="by_g", KeyConditionExpression="g = :g", ExpressionAttributeValues={":g": {"S": "g"}})
    index = {"TableName": name, "GlobalSecondaryIndexName": "by_g"}
    assert values("AWS/DynamoDB", "ConsumedWriteCapacityUnits", **index) == [1]
    assert values("AWS/DynamoDB", "ConsumedReadCapacityUnits", **index) == [0.5]
    assert values("AWS/DynamoDB", "ConsumedReadCapacityUnits", TableName=name) == []


def test_a_tables_refusals(dynamodb, make_table, values):
    table = make_table()
    put = {"TableName": table, "Item": {"pk": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    dynamodb.put_item(**put)
    before = sum(values("AWS/DynamoDB", "UserErrors"))
    assert refused(dynamodb.put_item, **put) == "ConditionalCheckFailedException"
    assert refused(dynamodb.transact_write_items, TransactItems=[{"Put": put}]) == "TransactionCanceledException"
    assert refused(dynamodb.get_item, TableName=table, Key={"no": {"S": "key"}}) == "ValidationException"
    assert refused(dynamodb.describe_table, TableName=table + "-gone") == "ResourceNotFoundException"
    assert values("AWS/DynamoDB", "ConditionalCheckFailedRequests", TableName=table) == [2]
    assert sum(values("AWS/DynamoDB", "UserErrors")) == before + 2


def test_batches_and_transactions_have_latencies(dynamodb, make_table, values):
    table, other = make_table(), make_table()
    item = {"pk": {"S": "a"}}
    dynamodb.batch_write_item(RequestItems={t: [{"PutRequest": {"Item": item}}] for t in (table, other)})
    dynamodb.batch_get_item(RequestItems={table: {"Keys": [item]}})
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": item}}])
    dynamodb.transact_get_items(TransactItems=[{"Get": {"TableName": table, "Key": item}}])
    dynamodb.execute_statement(Statement=f'SELECT * FROM "{table}"')
    dynamodb.batch_execute_statement(Statements=[{"Statement": f"SELECT * FROM \"{table}\" WHERE pk = 'a'"}])
    dynamodb.execute_transaction(TransactStatements=[{"Statement": f"SELECT * FROM \"{table}\" WHERE pk = 'a'"}])
    for operation in ("BatchWriteItem", "BatchGetItem", "TransactWriteItems", "TransactGetItems", "ExecuteStatement",
                      "BatchExecuteStatement", "ExecuteTransaction"):
        assert values("AWS/DynamoDB", "SuccessfulRequestLatency", "SampleCount", TableName=table, Operation=operation) == [1], operation
    assert values("AWS/DynamoDB", "SuccessfulRequestLatency", "SampleCount", TableName=other, Operation="BatchWriteItem") == [1]
    assert sum(values("AWS/DynamoDB", "ConsumedWriteCapacityUnits", TableName=table)) == 1 + 2


def test_provisioned_capacity_every_five_minutes(dynamodb, make_table, values, emulator_clock):
    table = make_table()
    dynamodb.update_table(TableName=table, BillingMode="PROVISIONED", ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 3})
    until(lambda: dynamodb.describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}})
    emulator_clock.advance(600)
    got = values("AWS/DynamoDB", "ProvisionedReadCapacityUnits", "Average", TableName=table)
    assert len(got) >= 2 and set(got) == {7}
    assert set(values("AWS/DynamoDB", "ProvisionedWriteCapacityUnits", "Maximum", TableName=table)) == {3}


def test_what_time_to_live_deletes(dynamodb, make_table, values, emulator_clock):
    table = make_table()
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    soon = emulator_clock.show()["now_ms"] // 1000 + 60
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}, "until": {"N": str(soon)}})
    emulator_clock.advance(120)
    until(lambda: sum(values("AWS/DynamoDB", "TimeToLiveDeletedItemCount", TableName=table)) == 1)


def test_a_streams_readers(client, dynamodb, make_table, values):
    table, streams = make_table(stream="KEYS_ONLY"), client("dynamodbstreams")
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "a"}})
    described = dynamodb.describe_table(TableName=table)["Table"]
    shard = streams.describe_stream(StreamArn=described["LatestStreamArn"])["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=described["LatestStreamArn"], ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    streams.get_records(ShardIterator=iterator["ShardIterator"])
    of = {"TableName": table, "StreamLabel": described["LatestStreamLabel"], "Operation": "GetRecords"}
    assert values("AWS/DynamoDB", "ReturnedRecordsCount", **of) == [1]
    assert values("AWS/DynamoDB", "ReturnedBytes", **of)[0] > 0


# ---- queues and topics

def test_a_queues_messages(client, unique, values, emulator_clock):
    sqs, name = client("sqs"), unique("queue")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="12345")
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 900}])
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert values("AWS/SQS", "NumberOfMessagesSent", QueueName=name) == [3]
    assert values("AWS/SQS", "SentMessageSize", QueueName=name) == [7]
    assert values("AWS/SQS", "NumberOfMessagesReceived", QueueName=name) == [1]
    for metric, number in (("Visible", 1), ("NotVisible", 1), ("Delayed", 1)):
        assert values("AWS/SQS", "ApproximateNumberOfMessages" + metric, "Maximum", QueueName=name)[-1] == number
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.receive_message(QueueUrl=url)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    assert sum(values("AWS/SQS", "NumberOfMessagesDeleted", QueueName=name)) == 1
    assert sum(values("AWS/SQS", "NumberOfEmptyReceives", QueueName=name)) == 1
    emulator_clock.advance(180)
    assert values("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", QueueName=name)[-1] >= 180
    # One sample a minute: a sum is what it was.
    assert values("AWS/SQS", "ApproximateNumberOfMessagesVisible", "SampleCount", QueueName=name)[-3:] == [1, 1, 1]


def alarmed(watch, name):
    return watch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


def test_an_alarm_on_a_dead_letter_queue(client, watch, unique, emulator_clock, make_function):
    sqs, dead, queue, alarm = client("sqs"), unique("dead"), unique("queue"), unique("alarm")
    dead_url = sqs.create_queue(QueueName=dead)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = sqs.create_queue(QueueName=queue, Attributes={
        "VisibilityTimeout": "0", "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})})["QueueUrl"]
    watch.put_metric_alarm(AlarmName=alarm, Namespace="AWS/SQS", MetricName="ApproximateNumberOfMessagesVisible", Statistic="Sum",
                           Dimensions=[{"Name": "QueueName", "Value": dead}], Period=60, EvaluationPeriods=1, Threshold=0,
                           ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching")
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(2):
        sqs.receive_message(QueueUrl=url)
    emulator_clock.advance(120)
    until(lambda: alarmed(watch, alarm) == "ALARM")
    sqs.purge_queue(QueueUrl=dead_url)
    emulator_clock.advance(180)
    until(lambda: alarmed(watch, alarm) == "OK")


@pytest.mark.parametrize("metric, statistic, dimensions", [
    ("ConditionalCheckFailedRequests", "Sum", {}), ("ConsumedWriteCapacityUnits", "Sum", {}),
    ("SuccessfulRequestLatency", "SampleCount", {"Operation": "PutItem"})])
def test_alarms_on_a_table(dynamodb, make_table, watch, unique, emulator_clock, metric, statistic, dimensions):
    table, alarm = make_table(), unique("alarm")
    watch.put_metric_alarm(AlarmName=alarm, Namespace="AWS/DynamoDB", MetricName=metric, Statistic=statistic, Period=60, EvaluationPeriods=1,
                           Dimensions=[{"Name": k, "Value": v} for k, v in {"TableName": table, **dimensions}.items()],
                           Threshold=0, ComparisonOperator="GreaterThanThreshold")
    put = {"TableName": table, "Item": {"pk": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(pk)"}
    dynamodb.put_item(**put)
    refused(dynamodb.put_item, **put)
    emulator_clock.advance(120)
    until(lambda: alarmed(watch, alarm) == "ALARM")


def test_a_topics_notifications(client, unique, values):
    sns, sqs, name, queue = client("sns"), client("sqs"), unique("topic"), unique("queue")
    topic = sns.create_topic(Name=name)["TopicArn"]
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn + "-gone")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint="arn:aws:lambda:us-east-1:000000000000:function:f",
                  Attributes={"FilterPolicy": '{"a":["b"]}'})
    sns.publish(TopicArn=topic, Message="12345")
    sns.publish(TopicArn=topic, Message="1", MessageAttributes={"a": {"DataType": "String", "StringValue": "c"}})
    got = {metric: sum(values("AWS/SNS", metric, TopicName=name)) for metric in (
        "NumberOfMessagesPublished", "PublishSize", "NumberOfNotificationsDelivered", "NumberOfNotificationsFailed",
        "NumberOfNotificationsFilteredOut", "NumberOfNotificationsFilteredOut-NoMessageAttributes",
        "NumberOfNotificationsFilteredOut-MessageAttributes")}
    assert list(got.values()) == [2, 6, 2, 2, 2, 1, 1], got


# ---- the rest

def test_a_mappings_events_where_they_are_asked_for(client, raw, dynamodb, make_table, make_function, values, drain):
    lam, function, table = client("lambda"), make_function("def handler(event, context): pass"), make_table(stream="NEW_IMAGE")
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    # boto3 of Debian 12 doesn't know MetricsConfig yet.
    mapping = raw("lambda", "POST", "/2015-03-31/event-source-mappings/", json.dumps({
        "FunctionName": function, "EventSourceArn": arn, "StartingPosition": "TRIM_HORIZON", "MetricsConfig": {"Metrics": ["EventCount"]},
        "FilterCriteria": {"Filters": [{"Pattern": json.dumps({"dynamodb": {"Keys": {"pk": {"S": ["a"]}}}})}]}})).json()["UUID"]
    for key in "ab":
        dynamodb.put_item(TableName=table, Item={"pk": {"S": key}})
    drain()
    got = {metric: sum(values("AWS/Lambda", metric, EventSourceMappingUUID=mapping)) for metric in (
        "PolledEventCount", "FilteredOutEventCount", "InvokedEventCount", "FailedInvokeEventCount", "DroppedEventCount")}
    assert list(got.values()) == [2, 1, 1, 0, 0], got
    lam.delete_event_source_mapping(UUID=mapping)


def test_asynchronous_events(client, make_function, values, drain):
    function = make_function("def handler(event, context): raise Exception('no')")
    lam = client("lambda")
    lam.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=0)
    lam.invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
    drain()
    for metric in ("AsyncEventsReceived", "AsyncEventsDropped"):
        assert sum(values("AWS/Lambda", metric, FunctionName=function)) == 1, metric
    assert values("AWS/Lambda", "AsyncEventAge", "SampleCount", FunctionName=function) == [1]


def test_a_log_groups_events(client, unique, values, emulator_clock):
    logs, group = client("logs"), unique("group")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    now = emulator_clock.show()["now_ms"]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[{"timestamp": now, "message": m} for m in ("a", "bcd")])
    assert values("AWS/Logs", "IncomingLogEvents", LogGroupName=group) == [2]
    assert values("AWS/Logs", "IncomingBytes", LogGroupName=group) == [2 * 26 + 4]


def test_a_schedule_groups_attempts(client, unique, make_role, values, drain, emulator_clock):
    scheduler, group = client("scheduler"), unique("group")
    scheduler.create_schedule_group(Name=group)
    scheduler.create_schedule(Name="s", GroupName=group, ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"}, Target={
        "Arn": "arn:aws:sqs:us-east-1:000000000000:gone", "RoleArn": make_role(service="scheduler.amazonaws.com"),
        "RetryPolicy": {"MaximumRetryAttempts": 0}})
    until(lambda: sum(values("AWS/Scheduler", "InvocationAttemptCount", ScheduleGroup=group)) == 1)
    drain()
    assert sum(values("AWS/Scheduler", "TargetErrorCount", ScheduleGroup=group)) == 1
    assert sum(values("AWS/Scheduler", "InvocationDroppedCount", ScheduleGroup=group)) == 1
