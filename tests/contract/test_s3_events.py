"""What happens after the answer: notifications, lifecycle by the clock, replication; access by policies."""

import json
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from harness import aws, waiting
from harness.server import Server


@pytest.fixture
def s3(client):
    return client("s3")


@pytest.fixture
def bucket(s3, unique):
    name = unique("bucket")
    s3.create_bucket(Bucket=name)
    return name


def code(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def test_notifications_to_a_queue(client, s3, account, bucket, unique):
    sqs = client("sqs")
    name = unique("queue")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{account}:{name}"
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}},
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})})
    wanted = {"Id": "q", "QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
    wanted["Filter"] = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [wanted]})
    s3.put_object(Bucket=bucket, Key="out/x", Body=b"x")
    s3.put_object(Bucket=bucket, Key="in/a b", Body=b"hello")
    s3.delete_object(Bucket=bucket, Key="in/a b")
    records = []

    def received():
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            records.extend(json.loads(message["Body"])["Records"])
        return len(records) >= 2

    waiting.until(received, "two events")
    created, removed = sorted(records, key=lambda r: r["s3"]["object"]["sequencer"])
    assert created["eventName"] == "ObjectCreated:Put" and created["eventSource"] == "aws:s3"
    assert created["s3"]["object"]["key"] == "in/a+b" and created["s3"]["object"]["size"] == 5
    assert created["s3"]["object"]["eTag"] == "5d41402abc4b2a76b9719d911017c592"
    assert created["s3"]["configurationId"] == "q" and created["s3"]["bucket"]["name"] == bucket
    assert removed["eventName"] == "ObjectRemoved:Delete"


def test_notifications_to_a_function(client, s3, bucket, make_function, unique):
    other = unique("results")
    s3.create_bucket(Bucket=other)
    function = make_function(
        "import boto3\n"
        "def handler(event, context):\n"
        "    record = event['Records'][0]\n"
        f"    boto3.client('s3').put_object(Bucket='{other}', Key=record['s3']['object']['key'], Body=record['eventName'])\n"
    )
    lambda_ = client("lambda")
    arn = lambda_.get_function(FunctionName=function)["Configuration"]["FunctionArn"]
    lambda_.add_permission(
        FunctionName=function, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{bucket}",
    )  # fmt: skip
    wanted = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:Put"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    waiting.until(lambda: s3.list_objects_v2(Bucket=other)["KeyCount"] == 1, "the function's object")
    assert s3.get_object(Bucket=other, Key="k")["Body"].read() == b"ObjectCreated:Put"


def test_replication(s3, bucket, unique, make_role):
    target = unique("target")
    s3.create_bucket(Bucket=target)
    for name in (bucket, target):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "r",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": "in/"},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{target}"},
    }
    configuration = {"Role": make_role(service="s3.amazonaws.com"), "Rules": [rule]}
    s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=configuration)
    assert s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"] == configuration
    version = s3.put_object(Bucket=bucket, Key="in/k", Body=b"x" * 2_000_000, Metadata={"a": "b"})["VersionId"]
    s3.put_object(Bucket=bucket, Key="out/k", Body=b"x")
    waiting.until(lambda: s3.head_object(Bucket=bucket, Key="in/k").get("ReplicationStatus") == "COMPLETED", "COMPLETED")
    replica = s3.get_object(Bucket=target, Key="in/k")
    assert replica["ReplicationStatus"] == "REPLICA" and replica["VersionId"] == version
    assert replica["Metadata"] == {"a": "b"} and replica["Body"].read() == b"x" * 2_000_000
    assert s3.list_objects_v2(Bucket=target)["KeyCount"] == 1


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """The clock is moved by days here, so this server is ours alone."""
    with Server(tmp_path_factory.mktemp("s3") / "server.log") as running:
        yield running


def advance(server, days):
    url = f"{server.endpoint}/_millrace/clock/advance?by={days * 86_400_000}"
    urllib.request.urlopen(urllib.request.Request(url, method="POST", data=b""), timeout=30).close()


def test_lifecycle_by_the_clock(own_server):
    s3 = aws.make_client(own_server.endpoint, "s3", "111122223333")
    s3.create_bucket(Bucket="aging")
    rules = [
        {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}},
        {
            "ID": "old",
            "Status": "Enabled",
            "Filter": {"Prefix": "data/"},
            "Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}],
        },
        {
            "ID": "uploads",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket="aging", LifecycleConfiguration={"Rules": rules})
    s3.put_object(Bucket="aging", Key="logs/a", Body=b"x")
    s3.put_object(Bucket="aging", Key="data/a", Body=b"x" * 200_000)
    s3.put_object(Bucket="aging", Key="data/small", Body=b"x")
    s3.create_multipart_upload(Bucket="aging", Key="k")
    advance(own_server, 5)
    waiting.until(lambda: gone(s3, "logs/a"), "the rule to end logs/a")
    waiting.until(lambda: "Uploads" not in s3.list_multipart_uploads(Bucket="aging"), "the rule to end the upload")
    advance(own_server, 30)
    waiting.until(lambda: s3.head_object(Bucket="aging", Key="data/a").get("StorageClass") == "STANDARD_IA", "STANDARD_IA")
    assert "StorageClass" not in s3.head_object(Bucket="aging", Key="data/small")


def gone(s3, key):
    return key not in [o["Key"] for o in s3.list_objects_v2(Bucket="aging").get("Contents", [])]


def test_presigned_urls_end_by_the_clock(own_server):
    s3 = aws.make_client(own_server.endpoint, "s3", "111122223333", signature_version="s3v4")
    s3.create_bucket(Bucket="presigned")
    url = s3.generate_presigned_url("list_objects_v2", Params={"Bucket": "presigned"}, ExpiresIn=3600)
    advance(own_server, 1)
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(url, timeout=10)
    assert error.value.code == 403 and b"Request has expired" in error.value.read()


# -- who may what


def anonymous(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_anonymous_access_needs_a_policy(endpoint, s3, bucket):
    s3.put_object(Bucket=bucket, Key="public/x", Body=b"x")
    s3.put_object(Bucket=bucket, Key="private/x", Body=b"x")
    status, body = anonymous(f"{endpoint}/{bucket}/public/x")
    assert status == 403 and b"<Code>AccessDenied</Code><Message>Access Denied</Message>" in body
    off = {k: False for k in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=off)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/public/*"}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    assert anonymous(f"{endpoint}/{bucket}/public/x") == (200, b"x")
    assert anonymous(f"{endpoint}/{bucket}/private/x")[0] == 403
    assert anonymous(f"{endpoint}/{bucket}/public/missing")[0] == 403  # may not list, so it isn't told
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**off, "RestrictPublicBuckets": True})
    assert anonymous(f"{endpoint}/{bucket}/public/x")[0] == 403


def test_other_accounts_need_a_policy(client, s3, bucket):
    other_account = aws.new_account()
    other = client("s3", account=other_account)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert code(other.get_object, Bucket=bucket, Key="k") == (403, "AccessDenied")
    assert code(other.list_objects_v2, Bucket=bucket) == (403, "AccessDenied")
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": other_account},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    assert other.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert code(other.put_object, Bucket=bucket, Key="k", Body=b"y") == (403, "AccessDenied")


def test_a_user_is_held_to_his_policies(client, endpoint, s3, bucket, unique):
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/mine/*"}
    iam.put_user_policy(
        UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    )
    key = iam.create_access_key(UserName=user)["AccessKey"]
    mine = aws.make_client(endpoint, "s3", key["AccessKeyId"], secret=key["SecretAccessKey"])
    s3.put_object(Bucket=bucket, Key="mine/k", Body=b"x")
    assert mine.get_object(Bucket=bucket, Key="mine/k")["Body"].read() == b"x"
    url = mine.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "mine/k"})
    assert anonymous(url) == (200, b"x")
    assert anonymous(url.replace("mine", "his"))[0] == 403
    with pytest.raises(ClientError) as error:
        mine.put_object(Bucket=bucket, Key="mine/k", Body=b"y")
    assert error.value.response["Error"]["Code"] == "AccessDenied"
    message = error.value.response["Error"]["Message"]
    assert f'is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::{bucket}/mine/k"' in message
    assert message.endswith("because no identity-based policy allows the s3:PutObject action")
    assert code(mine.get_object, Bucket=bucket, Key="mine/missing") == (403, "AccessDenied")
    answer = mine.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "mine/k"}]})
    assert answer["Errors"][0]["Code"] == "AccessDenied"
    wrong = aws.make_client(endpoint, "s3", key["AccessKeyId"], secret="wrong")
    assert code(wrong.get_object, Bucket=bucket, Key="mine/k") == (403, "SignatureDoesNotMatch")


def test_a_deny_binds_the_root_but_not_from_its_policy(s3, bucket):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": deny}))
    assert code(s3.put_object, Bucket=bucket, Key="k", Body=b"x") == (403, "AccessDenied")
    s3.delete_bucket_policy(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
