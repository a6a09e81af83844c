"""Another account's root user, who names what isn't his by its ARN or its bucket: judged by the owner's account."""

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError

from harness import aws

LAMBDA_TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENIED = ("AccessDeniedException", "AccessDenied")


@pytest.fixture(scope="module")
def stranger():
    return aws.new_account()


@pytest.fixture
def theirs(client, stranger):
    return lambda service, **options: client(service, account=stranger, **options)


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def their_role(theirs, unique):
    name = unique("role")
    role = theirs("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy(LAMBDA_TRUST))["Role"]
    theirs("iam").put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(ALL))
    return role["Arn"]


def refusal(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]


def denied(call, **arguments):
    code, message = refusal(call, **arguments)
    assert code in DENIED, (code, message)
    return message


def zipped(text="def handler(event, context): return 'stranger'"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", text)
    return buffer.getvalue()


def function(name, role, **code):
    return {"FunctionName": name, "Runtime": "python3.12", "Handler": "index.handler", "Role": role,
            "Code": code or {"ZipFile": zipped()}}


# -- roles and functions


def test_a_function_with_another_account_s_role(client, theirs, make_role, their_role, unique):
    message = denied(theirs("lambda").create_function, **function(unique("f"), make_role()))
    assert message == "Cross-account pass role is not allowed."
    name = unique("f")
    theirs("lambda").create_function(**function(name, their_role))
    message = denied(theirs("lambda").update_function_configuration, FunctionName=name, Role=make_role())
    assert message == "Cross-account pass role is not allowed."


def test_a_function_of_another_account_s_private_bucket(client, theirs, s3, bucket, their_role, unique, account, stranger):
    s3.put_object(Bucket=bucket, Key="code.zip", Body=zipped())
    code = {"S3Bucket": bucket, "S3Key": "code.zip"}
    lam = theirs("lambda")
    denied(lam.create_function, **function(unique("f"), their_role, **code))
    denied(lam.publish_layer_version, LayerName=unique("layer"), Content=code)
    name = unique("f")
    lam.create_function(**function(name, their_role))
    denied(lam.update_function_code, FunctionName=name, **code)
    # With the owner's consent it may.
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({
        "Effect": "Allow", "Principal": {"AWS": stranger}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}))
    lam.update_function_code(FunctionName=name, **code)


# -- event sources and destinations


def test_a_mapping_on_another_account_s_source(client, theirs, make_table, their_role, unique, stranger):
    name = unique("f")
    theirs("lambda").create_function(**function(name, their_role))
    stream = client("dynamodb").describe_table(TableName=make_table(stream="NEW_IMAGE"))["Table"]["LatestStreamArn"]
    queue = client("sqs").create_queue(QueueName=unique("q"))["QueueUrl"]
    queue_arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    create = theirs("lambda").create_event_source_mapping
    assert "Cannot access stream" in refusal(create, FunctionName=name, EventSourceArn=stream, StartingPosition="LATEST")[1]
    assert "ReceiveMessage on SQS" in refusal(create, FunctionName=name, EventSourceArn=queue_arn)[1]
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy({
        "Effect": "Allow", "Principal": {"AWS": stranger}, "Action": "sqs:*", "Resource": queue_arn})})
    create(FunctionName=name, EventSourceArn=queue_arn)


def test_a_mapping_to_another_account_s_function(client, theirs, make_function, account, unique):
    function_arn = f"arn:aws:lambda:us-east-1:{account}:function:{make_function('def handler(e, c): pass')}"
    queue = theirs("sqs").create_queue(QueueName=unique("q"))["QueueUrl"]
    arn = theirs("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    denied(theirs("lambda").create_event_source_mapping, FunctionName=function_arn, EventSourceArn=arn)


def test_destinations_in_another_account(client, theirs, their_role, unique, account, bucket, make_function):
    name = unique("f")
    lam = theirs("lambda")
    lam.create_function(**function(name, their_role))
    queue = client("sqs").create_queue(QueueName=unique("q"))["QueueUrl"]
    queue_arn = f"arn:aws:sqs:us-east-1:{account}:{queue.rsplit('/', 1)[1]}"
    topic = client("sns").create_topic(Name=unique("t"))["TopicArn"]
    other = f"arn:aws:lambda:us-east-1:{account}:function:{make_function('def handler(e, c): pass')}"
    for target in (queue_arn, topic, other):
        code, message = refusal(lam.put_function_event_invoke_config, FunctionName=name,
                                DestinationConfig={"OnFailure": {"Destination": target}})
        assert "does not have permissions" in message, (code, message)
    code, message = refusal(lam.update_function_configuration, FunctionName=name, DeadLetterConfig={"TargetArn": queue_arn})
    assert "SendMessage on SQS" in message, (code, message)
    table = unique("table")
    theirs("dynamodb").create_table(
        TableName=table, AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    stream = theirs("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    for target in (queue_arn, topic, f"arn:aws:s3:::{bucket}"):
        code, message = refusal(lam.create_event_source_mapping, FunctionName=name, EventSourceArn=stream,
                                StartingPosition="LATEST", DestinationConfig={"OnFailure": {"Destination": target}})
        assert "does not have permissions" in message, (code, message)


# -- tables, backups, exports, imports


def test_tables_and_items_by_arn(client, theirs, make_table, raw, account, stranger):
    name = make_table()
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/{name}"
    item = {"pk": {"S": "a"}}
    dynamodb = theirs("dynamodb")
    denied(dynamodb.put_item, TableName=arn, Item=item)
    denied(dynamodb.get_item, TableName=arn, Key=item)
    denied(dynamodb.scan, TableName=arn)
    denied(dynamodb.batch_get_item, RequestItems={arn: {"Keys": [item]}})
    denied(dynamodb.transact_write_items, TransactItems=[{"Put": {"TableName": arn, "Item": item}}])
    denied(dynamodb.execute_statement, Statement=f'SELECT * FROM "{arn}"')
    denied(dynamodb.describe_table, TableName=arn)
    denied(dynamodb.delete_table, TableName=arn)
    allowed = policy({"Effect": "Allow", "Principal": {"AWS": stranger}, "Action": "dynamodb:PutItem", "Resource": arn})
    answer = raw.dynamodb("PutResourcePolicy", json.dumps({"ResourceArn": arn, "Policy": allowed}))
    assert answer.status == 200, answer.text
    dynamodb.put_item(TableName=arn, Item=item)
    denied(dynamodb.scan, TableName=arn)


def test_escapes_hide_no_arn(raw, make_table, account, stranger):
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/{make_table()}"
    escaped = '{"TableName": "\\u0061rn' + arn[3:] + '"}'
    answer = raw.dynamodb("Scan", escaped, account=stranger)
    assert answer.status == 400 and "AccessDeniedException" in answer.text


def test_backups_and_restores(client, theirs, make_table, account, unique):
    name = make_table()
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/{name}"
    mine = client("dynamodb")
    backup = mine.create_backup(TableName=name, BackupName="kept")["BackupDetails"]["BackupArn"]
    mine.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    dynamodb = theirs("dynamodb")
    denied(dynamodb.describe_backup, BackupArn=backup)
    denied(dynamodb.delete_backup, BackupArn=backup)
    denied(dynamodb.restore_table_from_backup, BackupArn=backup, TargetTableName=unique("table"))
    denied(dynamodb.restore_table_to_point_in_time, SourceTableArn=arn, TargetTableName=unique("table"), UseLatestRestorableTime=True)
    assert mine.describe_backup(BackupArn=backup)["BackupDescription"]["BackupDetails"]["BackupArn"] == backup


def test_exports(client, theirs, make_table, account, s3, bucket, unique):
    name = make_table()
    arn = f"arn:aws:dynamodb:us-east-1:{account}:table/{name}"
    client("dynamodb").update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    their_bucket = unique("bucket")
    theirs("s3").create_bucket(Bucket=their_bucket)
    denied(theirs("dynamodb").export_table_to_point_in_time, TableArn=arn, S3Bucket=their_bucket)
    denied(client("dynamodb").export_table_to_point_in_time, TableArn=arn, S3Bucket=their_bucket)
    export = client("dynamodb").export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket)["ExportDescription"]["ExportArn"]
    denied(theirs("dynamodb").describe_export, ExportArn=export)


def test_imports(client, theirs, s3, bucket, unique):
    s3.put_object(Bucket=bucket, Key="data/a.json", Body=b'{"Item":{"pk":{"S":"private"}}}')
    table = {"TableName": unique("table"), "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
             "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    source = {"S3BucketSource": {"S3Bucket": bucket, "S3KeyPrefix": "data/"}, "InputFormat": "DYNAMODB_JSON"}
    denied(theirs("dynamodb").import_table, TableCreationParameters=table, **source)
    done = client("dynamodb").import_table(TableCreationParameters=table, **source)["ImportTableDescription"]["ImportArn"]
    denied(theirs("dynamodb").describe_import, ImportArn=done)


# -- logs and replication


def test_insights_by_group_arn(client, theirs, account, unique):
    name = unique("group")
    client("logs").create_log_group(logGroupName=name)
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{name}"
    query = {"startTime": 0, "endTime": 2_000_000_000, "queryString": "fields @message"}
    denied(theirs("logs").start_query, logGroupIdentifiers=[arn], **query)
    assert client("logs").start_query(logGroupIdentifiers=[arn], **query)["queryId"]


def replication(role, target):
    return {"Role": role, "Rules": [{"Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
                                     "DeleteMarkerReplication": {"Status": "Disabled"},
                                     "Destination": {"Bucket": f"arn:aws:s3:::{target}"}}]}


def test_replication_into_another_account_s_bucket(client, theirs, versioned, their_role, make_role, unique, drain, stranger):
    source = unique("bucket")
    s3 = theirs("s3")
    s3.create_bucket(Bucket=source)
    s3.put_bucket_versioning(Bucket=source, VersioningConfiguration={"Status": "Enabled"})
    denied(s3.put_bucket_replication, Bucket=source, ReplicationConfiguration=replication(make_role(), versioned))
    s3.put_bucket_replication(Bucket=source, ReplicationConfiguration=replication(their_role, versioned))
    s3.put_object(Bucket=source, Key="planted", Body=b"x")
    drain()
    assert "Contents" not in client("s3").list_objects_v2(Bucket=versioned)
    assert s3.head_object(Bucket=source, Key="planted")["ReplicationStatus"] == "FAILED"
    client("s3").put_bucket_policy(Bucket=versioned, Policy=policy({
        "Effect": "Allow", "Principal": {"AWS": stranger}, "Action": "s3:Replicate*", "Resource": f"arn:aws:s3:::{versioned}/*"}))
    s3.put_object(Bucket=source, Key="agreed", Body=b"x")
    drain()
    assert [one["Key"] for one in client("s3").list_objects_v2(Bucket=versioned)["Contents"]] == ["agreed"]
