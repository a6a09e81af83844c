"""What is under a key lies encrypted in the data folder, and is read back through restarts."""

import base64
import json
import pathlib
import time
import uuid

import pytest
from harness.server import Server
from harness.tables import until


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("at_rest")
    with Server(folder / "server.log", data_dir=folder / "data") as running:
        yield running
        assert running.alive(), f"the server died during the tests:\n{running.log()}"


@pytest.fixture(scope="module")
def endpoint(server):
    return server.endpoint


@pytest.fixture
def on_disk(server):
    """on_disk(text): whether the bytes lie in one of the data folder's files, as they are or in base64."""

    def found(text):
        forms = [text.encode(), *(base64.b64encode(b" " * n + text.encode())[4:-4] for n in range(3))]
        for path in pathlib.Path(server.data_dir).rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                if any(form in content for form in forms):
                    return True
        return False

    return found


@pytest.fixture
def secret():
    return f"secret-{uuid.uuid4()}-{uuid.uuid4()}"


@pytest.fixture
def key(client, account):
    own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    logs = {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}
    return client("kms").create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": [own, logs]}))["KeyMetadata"]["Arn"]


def restart(server):
    server.kill()
    server.start()


def test_what_is_looked_for_would_be_found(client, on_disk, unique, secret):
    """Without a key a message lies as it is: the search below sees what there is to see."""
    url = client("sqs").create_queue(QueueName=unique("queue"))["QueueUrl"]
    client("sqs").send_message(QueueUrl=url, MessageBody=secret)
    assert on_disk(secret)


CUSTOMER = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"k" * 32}


@pytest.mark.parametrize("kind", ["own", "kms", "managed", "bucket key", "customer"])
def test_objects(client, server, on_disk, bucket, key, secret, kind):
    s3 = client("s3")
    how = {"own": {}, "customer": CUSTOMER, "managed": {"ServerSideEncryption": "aws:kms"},
           "kms": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key},
           "bucket key": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True}}[kind]
    reading = CUSTOMER if kind == "customer" else {}
    small, large = secret.encode(), (secret * 60_000).encode()[:3 * 2**20 + 77]
    s3.put_object(Bucket=bucket, Key="small", Body=small, **how)
    s3.put_object(Bucket=bucket, Key="large", Body=large, **how)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts", **how)["UploadId"]
    part = {"Bucket": bucket, "Key": "parts", "UploadId": upload}
    first = s3.upload_part(**part, PartNumber=1, Body=large + large, **reading)["ETag"]
    source = {f"CopySource{name}": value for name, value in reading.items()}
    second = s3.upload_part_copy(**part, PartNumber=2, CopySource=f"{bucket}/large", CopySourceRange="bytes=1048570-2000000",
                                 **reading, **source)["CopyPartResult"]["ETag"]
    s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [
        {"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": second}]})
    assert not on_disk(secret)
    restart(server)

    def read(name, **more):
        return s3.get_object(Bucket=bucket, Key=name, **reading, **more)["Body"].read()

    whole = large + large + large[1048570:2000001]
    assert (read("small"), read("large"), read("parts")) == (small, large, whole)
    for begin, end in [(0, 0), (5, 40), (1048570, 1048590), (2**20, 2**21 - 1), (2**21 - 1, 2**21), (3 * 2**20, 3 * 2**20 + 76)]:
        assert read("large", Range=f"bytes={begin}-{end}") == large[begin:end + 1]
    cut = 2 * len(large)
    assert read("parts", Range=f"bytes={cut - 20}-{cut + 20}") == whole[cut - 20:cut + 21]
    # From each kind to each other.
    for to in ({}, CUSTOMER, {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}):
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/parts", **to, **source)
        got = s3.get_object(Bucket=bucket, Key="copy", **({} if to is not CUSTOMER else CUSTOMER))
        assert got["Body"].read() == whole
    assert not on_disk(secret)


def test_an_object_is_bound_to_its_key(client, bucket, key, secret):
    """A destroyed key's objects are lost."""
    s3, kms = client("s3"), client("kms")
    s3.put_object(Bucket=bucket, Key="a", Body=secret, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    kms.enable_key_rotation(KeyId=key)
    kms.rotate_key_on_demand(KeyId=key) if hasattr(kms, "rotate_key_on_demand") else None
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == secret.encode()
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with pytest.raises(s3.exceptions.ClientError):
        s3.get_object(Bucket=bucket, Key="a")


@pytest.mark.parametrize("which", ["own", "alias/aws/sqs"])
def test_messages(client, server, on_disk, unique, key, secret, which):
    sqs = client("sqs")
    dead = sqs.create_queue(QueueName=unique("dead"))["QueueUrl"]
    dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = sqs.create_queue(QueueName=unique("queue"), Attributes={
        "KmsMasterKeyId": key if which == "own" else which, "VisibilityTimeout": "0",
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})})["QueueUrl"]
    attributes = {"note": {"DataType": "String", "StringValue": "note " + secret}}
    sqs.send_message(QueueUrl=url, MessageBody=secret, MessageAttributes=attributes)
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "batch " + secret}])
    assert not on_disk(secret)
    restart(server)
    seen = []
    for queue in (url, dead):
        for _ in range(3):
            got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=0 if queue == url else 30)
            seen.append({m["Body"]: m.get("MessageAttributes", {}) for m in got.get("Messages", [])})
    sent = {secret: attributes, "batch " + secret: {}}
    first, dead_letters = {}, {}
    for part in seen[:3]:
        first.update(part)
    for part in seen[3:]:
        dead_letters.update(part)
    assert first == dead_letters == sent
    assert not on_disk(secret)


def test_variables(client, on_disk, make_function, key, secret):
    name = make_function("import os\ndef handler(event, context):\n    return os.environ['SECRET']\n", KMSKeyArn=key,
                         Environment={"Variables": {"SECRET": secret}})
    assert json.load(client("lambda").invoke(FunctionName=name)["Payload"]) == secret
    assert not on_disk(secret)


def test_parameters_and_secrets(client, on_disk, unique, key, secret):
    ssm, manager = client("ssm"), client("secretsmanager")
    name = unique("name")
    ssm.put_parameter(Name=name, Value=secret, Type="SecureString", KeyId=key)
    manager.create_secret(Name=name, SecretString=secret, KmsKeyId=key)
    assert not on_disk(secret)
    assert ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] == secret
    assert manager.get_secret_value(SecretId=name)["SecretString"] == secret


def test_log_events(client, server, on_disk, unique, key, secret):
    logs, name = client("logs"), unique("group")
    logs.create_log_group(logGroupName=name, kmsKeyId=key)
    logs.create_log_stream(logGroupName=name, logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": secret}
    logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=[event])
    assert not on_disk(secret)
    restart(server)
    assert [e["message"] for e in logs.get_log_events(logGroupName=name, logStreamName="s")["events"]] == [secret]
    assert [e["message"] for e in logs.filter_log_events(logGroupName=name, filterPattern=f'"{secret}"')["events"]] == [secret]
    # Off the key: what was written stays under it, what follows lies in clear.
    logs.disassociate_kms_key(logGroupName=name)
    logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=[{**event, "message": "open " + secret}])
    assert on_disk("open " + secret)
    assert [e["message"] for e in logs.get_log_events(logGroupName=name, logStreamName="s")["events"]] == [secret, "open " + secret]
    logs.delete_log_group(logGroupName=name)


def test_a_mapping_reads_with_its_roles_permission(client, make_role, make_function, key, unique, emulator_clock):
    """A queue's key lets the function's role in or not; once it does, what waited is delivered."""
    sqs, iam = client("sqs"), client("iam")
    url = sqs.create_queue(QueueName=unique("queue"), Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    role = make_role({"Effect": "Allow", "Action": ["sqs:*", "logs:*"], "Resource": "*"})
    name = make_function("def handler(event, context):\n    print('got', event['Records'][0]['body'])\n", Role=role)
    sqs.send_message(QueueUrl=url, MessageBody="m")
    client("lambda").create_event_source_mapping(FunctionName=name, EventSourceArn=arn)

    def waiting():
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return sum(int(n) for n in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())

    for _ in range(3):  # it looks again and again
        emulator_clock.advance(60)
        assert waiting() == 1
    iam.put_role_policy(RoleName=role.split("/")[-1], PolicyName="key", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}]}))
    emulator_clock.advance(300)
    until(lambda: waiting() == 0)


class TestTables:
    """Items, index entries, stream records and backups of tables under a key; their partition and sort keys lie in clear."""

    @pytest.fixture
    def dynamodb(self, client):
        return client("dynamodb")

    @pytest.fixture
    def table(self, dynamodb, unique):
        def make(**more):
            name = unique("table")
            dynamodb.create_table(
                TableName=name, KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in ("pk", "kind")],
                GlobalSecondaryIndexes=[{"IndexName": "by_kind", "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                                         "Projection": {"ProjectionType": "ALL"}}],
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}, **more)
            return name

        return make

    @staticmethod
    def sse(key=None):
        return {"Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": key} if key else {})}

    @staticmethod
    def item(pk, secret):
        return {"pk": {"S": pk}, "kind": {"S": "k"}, "secret": {"S": secret}}

    def images(self, client, dynamodb, name):
        streams = client("dynamodbstreams")
        arn = dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        at = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        return [r["dynamodb"].get("NewImage") for r in streams.get_records(ShardIterator=at)["Records"]]

    def by_kind(self, dynamodb, name):
        found = dynamodb.query(TableName=name, IndexName="by_kind", KeyConditionExpression="kind = :k",
                               ExpressionAttributeValues={":k": {"S": "k"}})["Items"]
        return sorted(found, key=lambda item: item["pk"]["S"])

    @pytest.mark.parametrize("which", ["own", "managed"])
    def test_items_entries_and_records(self, client, server, dynamodb, table, on_disk, key, secret, which):
        name = table(SSESpecification=self.sse(key if which == "own" else None))
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        first, second = self.item("a", secret), self.item("b", "other " + secret)
        dynamodb.put_item(TableName=name, Item=first)
        dynamodb.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": second}}]})
        changed = dynamodb.update_item(TableName=name, Key={"pk": {"S": "a"}}, UpdateExpression="SET n = :n",
                                       ExpressionAttributeValues={":n": {"N": "1"}}, ReturnValues="ALL_NEW")["Attributes"]
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": name, "Item": self.item("c", "c " + secret)}}])
        dynamodb.create_backup(TableName=name, BackupName="backup")
        assert not on_disk(secret)
        restart(server)
        assert not on_disk(secret)
        assert dynamodb.get_item(TableName=name, Key={"pk": {"S": "a"}})["Item"] == changed == {**first, "n": {"N": "1"}}
        everything = [changed, second, self.item("c", "c " + secret)]
        assert sorted(dynamodb.scan(TableName=name)["Items"], key=lambda i: i["pk"]["S"]) == everything
        assert self.by_kind(dynamodb, name) == everything
        assert self.images(client, dynamodb, name) == [first, second, changed, everything[2]]
        # Back from the backup, under the same key.
        backup = dynamodb.list_backups(TableName=name)["BackupSummaries"][0]["BackupArn"]
        dynamodb.restore_table_from_backup(TargetTableName=name + "2", BackupArn=backup)
        dynamodb.get_waiter("table_exists").wait(TableName=name + "2", WaiterConfig={"Delay": 1})
        assert self.by_kind(dynamodb, name + "2") == everything
        dynamodb.delete_item(TableName=name, Key={"pk": {"S": "b"}})
        assert not on_disk(secret)

    def test_a_table_is_put_under_a_key_and_another_and_none(self, client, server, dynamodb, table, on_disk, key, secret):
        """What lay there before is read as it is; a key that the table left may be deleted."""
        kms = client("kms")
        later = kms.create_key()["KeyMetadata"]["Arn"]
        name = table()
        items = [self.item("a", "open")]
        dynamodb.put_item(TableName=name, Item=items[0])
        for number, specification in enumerate([self.sse(key), self.sse(later), {"Enabled": False}]):
            dynamodb.update_table(TableName=name, SSESpecification=specification)
            items.append(self.item(f"b{number}", f"{secret} {number}"))
            dynamodb.put_item(TableName=name, Item=items[-1])
            assert on_disk(f"{secret} {number}") == (number == 2)
        for gone in (key, later):
            kms.schedule_key_deletion(KeyId=gone, PendingWindowInDays=7)
        restart(server)
        assert self.by_kind(dynamodb, name) == items
        assert self.images(client, dynamodb, name) == items

    def test_other_keys_open_what_a_deleted_one_sealed(self, client, server, dynamodb, table, emulator_clock, key, secret):
        kms = client("kms")
        name = table(SSESpecification=self.sse(key))
        left = table(SSESpecification=self.sse(key))
        dynamodb.put_item(TableName=name, Item=self.item("a", secret))
        dynamodb.put_item(TableName=left, Item=self.item("a", secret))
        dynamodb.update_table(TableName=name, SSESpecification=self.sse())
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        emulator_clock.advance(8 * 86400)
        restart(server)
        assert dynamodb.get_item(TableName=name, Key={"pk": {"S": "a"}})["Item"] == self.item("a", secret)
        with pytest.raises(dynamodb.exceptions.ClientError, match="KMS key access denied error"):
            dynamodb.get_item(TableName=left, Key={"pk": {"S": "a"}})

    def test_time_to_live_goes_on_under_a_disabled_key(self, client, server, dynamodb, table, emulator_clock, key):
        name = table(SSESpecification=self.sse(key))
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
        in_a_month = int(time.time()) + 30 * 86400
        dynamodb.put_item(TableName=name, Item={**self.item("a", "s"), "until": {"N": str(in_a_month)}})
        client("kms").disable_key(KeyId=key)
        restart(server)
        emulator_clock.advance(32 * 86400)
        client("kms").enable_key(KeyId=key)
        until(lambda: not dynamodb.scan(TableName=name)["Items"])
