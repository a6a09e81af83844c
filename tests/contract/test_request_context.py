"""The keys of a request's context: the same for clients' requests and for what is asked on a role's behalf."""

import json
import time

import pytest
from botocore.exceptions import ClientError
from harness import aws

SOURCE = "import boto3, os, json\ndef handler(event, context):\n    print('a line')\n    return event\n"
REGION = "us-east-1"


def conditions(account, region=REGION):
    """Region- and account-locks as real stacks write them: in the Allow, and as a Deny of everything else."""
    here = {"StringEquals": {"aws:RequestedRegion": region, "aws:ResourceAccount": account}}
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": here}
    return {
        "allow": [allow],
        "deny": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "*", "Resource": "*",
             "Condition": {"StringNotEquals": {"aws:RequestedRegion": region}}},
            {"Effect": "Deny", "Action": "*", "Resource": "*",
             "Condition": {"StringNotEquals": {"aws:ResourceAccount": account}}},
        ],
    }


@pytest.fixture
def queue(client, unique):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def log_messages(client, group):
    try:
        return [e["message"] for e in client("logs").filter_log_events(logGroupName=group)["events"]]
    except ClientError:
        return []


def wait_until(true, what, seconds=10):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@pytest.mark.parametrize("form", ["allow", "deny"])
def test_a_role_locked_to_its_region_and_account_works(form, account, client, make_role, make_function, make_table, queue,
                                                       unique, drain):
    url, arn = queue
    role = make_role(*conditions(account)[form])
    function = make_function(SOURCE, Role=role, DeadLetterConfig={"TargetArn": arn})
    lambda_ = client("lambda")
    lambda_.put_function_event_invoke_config(
        FunctionName=function, DestinationConfig={"OnFailure": {"Destination": arn}, "OnSuccess": {"Destination": arn}})
    table = make_table(stream="NEW_IMAGE")
    stream = client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    bucket = unique("bucket").lower()
    client("s3").create_bucket(Bucket=bucket)
    lambda_.create_event_source_mapping(
        FunctionName=function, EventSourceArn=stream, StartingPosition="TRIM_HORIZON",
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}})
    source = client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
    source_arn = client("sqs").get_queue_attributes(QueueUrl=source, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    lambda_.create_event_source_mapping(FunctionName=function, EventSourceArn=source_arn)
    client("dynamodb").put_item(TableName=table, Item={"pk": {"S": "a"}})
    lambda_.invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
    drain()
    answer = client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=5)
    assert len(answer["Messages"]) == 1, "the destination's record arrived"
    wait_until(lambda: any("a line" in m for m in log_messages(client, f"/aws/lambda/{function}")), "lines are logged")


def test_a_role_locked_to_another_region_may_not(account, client, make_role, make_function, queue):
    role = make_role(*conditions(account, "eu-west-1")["allow"])
    function = make_function(SOURCE, Role=role)
    with pytest.raises(ClientError, match="does not have permissions to call"):
        client("lambda").put_function_event_invoke_config(
            FunctionName=function, DestinationConfig={"OnFailure": {"Destination": queue[1]}})


def test_a_functions_calls_and_its_log_lines_carry_its_arn(account, client, make_role, make_function, unique):
    name = unique("function")
    arn = f"arn:aws:lambda:{REGION}:{account}:function:{name}"
    here = {"ArnEquals": {"lambda:SourceFunctionArn": arn}}
    role = make_role({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": here})
    source = """
import boto3
def handler(event, context):
    print("a line")
    return len(boto3.client("sqs").list_queues().get("QueueUrls", []))
"""
    make_function(source, Role=role, FunctionName=name)
    other = make_function(source, Role=role)
    answer = client("lambda").invoke(FunctionName=name)
    assert "FunctionError" not in answer, answer["Payload"].read()
    wait_until(lambda: any("a line" in m for m in log_messages(client, f"/aws/lambda/{name}")), "lines are logged")
    refused = client("lambda").invoke(FunctionName=other)
    assert refused.get("FunctionError") and b"AccessDenied" in refused["Payload"].read()
    assert log_messages(client, f"/aws/lambda/{other}") == []


def test_trust_may_ask_for_which_function_the_role_is_assumed(account, client, unique, package):
    name, iam = unique("function"), client("iam")

    def role_trusting(arn):
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"},
                 "Condition": {"ArnLike": {"aws:SourceArn": arn}, "StringEquals": {"aws:SourceAccount": account}}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        return iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=document)["Role"]["Arn"]

    def create(role):
        client("lambda").create_function(FunctionName=name, Runtime="python3.12", Handler="index.handler", Role=role,
                                         Code={"ZipFile": package(SOURCE)})

    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        create(role_trusting(f"arn:aws:lambda:{REGION}:{account}:function:another"))
    create(role_trusting(f"arn:aws:lambda:{REGION}:{account}:function:{name}"))


@pytest.mark.parametrize("resource", ["log-group:{group}:*:*", "log-group:{group}:log-stream:*", "log-group:{group}:*"])
def test_log_streams_are_asked_for_by_their_own_arn(resource, account, server, client, unique, make_function, make_role):
    name = unique("function")
    group = f"/aws/lambda/{name}"
    on = f"arn:aws:logs:{REGION}:{account}:" + resource.format(group=group)
    statement = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": on}
    client("logs").create_log_group(logGroupName=group)
    make_function(SOURCE, Role=make_role(statement), FunctionName=name)
    client("lambda").invoke(FunctionName=name)
    wait_until(lambda: any("a line" in m for m in log_messages(client, group)), "lines are logged")

    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p",
                        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    logs = aws.make_client(server.endpoint, "logs", key["AccessKeyId"], secret=key["SecretAccessKey"])
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    logs.put_log_events(logGroupName=group, logStreamName="s",
                        logEvents=[{"timestamp": int(time.time() * 1000), "message": "m"}])


@pytest.mark.parametrize("region, status", [("us-east-1", "COMPLETED"), ("eu-west-1", "FAILED")])
def test_replication_goes_to_the_target_buckets_region(region, status, account, client, make_role, unique):
    s3, source, target = client("s3"), unique("source"), unique("target")
    for bucket in (source, target):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    role = make_role(*conditions(account, region)["allow"], service="s3.amazonaws.com")
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration={"Role": role, "Rules": [
        {"Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Disabled"},
         "Destination": {"Bucket": f"arn:aws:s3:::{target}"}}]})
    s3.put_object(Bucket=source, Key="k", Body=b"x")
    wait_until(lambda: s3.head_object(Bucket=source, Key="k")["ReplicationStatus"] == status, status)


@pytest.mark.parametrize("via, allowed", [("dynamodb.amazonaws.com", True), ("athena.amazonaws.com", False)])
def test_what_a_table_exports_is_called_via_dynamodb(via, allowed, account, server, client, make_table, unique):
    table, bucket, user, iam = make_table(), unique("bucket"), unique("user"), client("iam")
    client("s3").create_bucket(Bucket=bucket)
    client("dynamodb").update_continuous_backups(TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {
            "ForAnyValue:StringEquals": {"aws:CalledVia": via}, "StringEquals": {"aws:CalledViaFirst": via},
            "Bool": {"aws:ViaAWSService": "true"}}}]}))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    theirs = aws.make_client(server.endpoint, "dynamodb", key["AccessKeyId"], secret=key["SecretAccessKey"])
    arn = client("dynamodb").describe_table(TableName=table)["Table"]["TableArn"]
    if allowed:
        theirs.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket)
    else:
        with pytest.raises(ClientError, match="s3:PutObject"):
            theirs.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket)
