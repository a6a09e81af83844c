"""What a data folder survives, and what is said about one that is damaged."""

import json
import random
import subprocess
from pathlib import Path

import pytest

from harness import aws
from harness.server import ROOT, Server, binary


def check(folder, *more):
    done = subprocess.run([binary(), "check", str(folder), *more], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout


def fill(server, account):
    dynamodb = aws.make_client(server.endpoint, "dynamodb", account)
    dynamodb.create_table(
        TableName="things", AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "g")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        GlobalSecondaryIndexes=[{"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"}}])
    for number in range(300):
        dynamodb.put_item(TableName="things", Item={"pk": {"S": f"{number:04}"}, "g": {"S": "x"}, "text": {"S": random.Random(number).randbytes(1500).hex()}})
    return dynamodb


def test_a_whole_folder_is_whole(tmp_path):
    account = aws.new_account()
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as server:
        fill(server, account)
    code, text = check(tmp_path / "data")
    assert (code, "nothing is wrong" in text) == (0, True), text
    assert check(tmp_path / "nowhere")[0] == 2


def test_a_damaged_block_is_no_absence(tmp_path):
    """A byte of an item's block: GetItem, Scan and a condition answer 500 and say in the log which file it is."""
    account = aws.new_account()
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as server:
        fill(server, account)
    with Server(tmp_path / "log", data_dir=tmp_path / "data"):
        pass  # what was in the log is in tables now
    for table in Path(tmp_path / "data" / "store").glob("*.sst"):
        blocks = bytearray(table.read_bytes())
        at = len(blocks) // 4
        if len(blocks) < 8192:
            continue
        blocks[at] ^= 0x55
        table.write_bytes(blocks)
    code, text = check(tmp_path / "data")
    assert code == 1 and ".sst" in text, text
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as server:
        dynamodb = aws.make_client(server.endpoint, "dynamodb", account, retries={"total_max_attempts": 1})
        outcomes = set()
        for number in range(300):
            try:
                outcomes.add("Item" in dynamodb.get_item(TableName="things", Key={"pk": {"S": f"{number:04}"}}))
            except dynamodb.exceptions.InternalServerError as error:
                outcomes.add(error.response["ResponseMetadata"]["HTTPStatusCode"])
                with pytest.raises(dynamodb.exceptions.InternalServerError):
                    dynamodb.put_item(TableName="things", Item={"pk": {"S": f"{number:04}"}}, ConditionExpression="attribute_not_exists(pk)")
        assert outcomes in ({True, 500}, {500})
        with pytest.raises(dynamodb.exceptions.InternalServerError):
            dynamodb.scan(TableName="things")
        log = server.log(1 << 20)
        assert ".sst" in log and log.count("can't be read") < 20
        health = subprocess.run([binary(), "status"], capture_output=True, text=True, env={"MILLRACE_URL": server.endpoint}).stdout
        assert ".sst" in health


def test_code_is_unpacked_again_after_the_machine_was_restarted(tmp_path, package):
    account = aws.new_account()
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as server:
        iam, functions = (aws.make_client(server.endpoint, service, account) for service in ("iam", "lambda"))
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
        functions.create_function(FunctionName="whole", Runtime="python3.11", Role=role["Role"]["Arn"], Handler="main.handler",
                                  Code={"ZipFile": package({"main.py": "def handler(event, context):\n    return 'whole'\n"})})
        assert functions.invoke(FunctionName="whole")["Payload"].read() == b'"whole"'
    (unpacked,) = Path(tmp_path / "data" / "files" / "code").glob("*/main.py")
    unpacked.chmod(0o644)
    unpacked.write_text("")  # as a power cut leaves it
    boot = tmp_path / "data" / "files" / "code-boot-id"
    assert boot.read_text().strip()
    boot.write_text("another boot\n")
    with Server(tmp_path / "log", data_dir=tmp_path / "data") as server:
        functions = aws.make_client(server.endpoint, "lambda", account)
        assert functions.invoke(FunctionName="whole")["Payload"].read() == b'"whole"'


def test_a_folder_of_format_1_is_read_by_todays_server(tmp_path):
    """tests/data/format-1.tar.xz: written by the oldest version whose folders are read (before snapshots, faults, ids that
    begin at random), at 12:31 of this day. When the format is raised, a folder of the former one is added beside it."""
    import tarfile

    from harness.kit import got, make_users
    from millrace import Millrace

    with tarfile.open(ROOT / "tests/data/format-1.tar.xz") as archive:
        archive.extractall(tmp_path / "data")
    arguments = ["--frozen=2026-11-30T13:00:00Z"]
    with Server(tmp_path / "log", data_dir=tmp_path / "data", arguments=arguments) as server:
        world = Millrace(server.endpoint).account("123456789012")
        items = world.client("dynamodb").scan(TableName="Users")["Items"]
        assert sorted(item["Id"]["S"] for item in items) == ["ada", "grace"]
        assert got(world) == ["ada", "grace"]
        sqs, s3 = world.client("sqs"), world.client("s3")
        assert sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="q")["QueueUrl"])["Messages"][0]["Body"] == "hello"
        assert s3.get_object(Bucket="format-1", Key="k")["Body"].read() == b"x" * 1000
        world.client("dynamodb").put_item(TableName="Users", Item={"Id": {"S": "lise"}})
        world.drain()
        assert got(world) == ["ada", "grace", "lise"]
        make_users(world.server.account())  # and what is new finds its place beside it


def test_a_folder_of_format_2_is_read_by_todays_server(tmp_path):
    """tests/data/format-2.tar.xz: a table under a KMS key when items weren't encrypted yet, a message and an object under that key.
    What lay in clear is read; what is written from now on is encrypted; both through a restart."""
    import tarfile

    with tarfile.open(ROOT / "tests/data/format-2.tar.xz") as archive:
        archive.extractall(tmp_path / "data")
    arguments = ["--frozen=2026-11-30T13:00:00Z"]
    with Server(tmp_path / "log", data_dir=tmp_path / "data", arguments=arguments) as server:
        def client(service):
            return aws.make_client(server.endpoint, service, "123456789012")

        def members():
            found = client("dynamodb").query(TableName="Users", IndexName="by_team", KeyConditionExpression="team = :t",
                                             ExpressionAttributeValues={":t": {"S": "t"}})["Items"]
            return sorted(item["Id"]["S"] for item in found)

        assert members() == ["ada", "grace"]
        client("dynamodb").put_item(TableName="Users", Item={"Id": {"S": "lise"}, "team": {"S": "t"}, "about": {"S": "meitner" * 5}})
        client("dynamodb").delete_item(TableName="Users", Key={"Id": {"S": "ada"}})
        sqs, s3 = client("sqs"), client("s3")
        assert sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="q")["QueueUrl"])["Messages"][0]["Body"] == "hello"
        assert s3.get_object(Bucket="format-2", Key="k")["Body"].read() == b"x" * 1000
        server.kill()
        server.start()
        assert members() == ["grace", "lise"]
        stored = [path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file()]
        assert any(b"grace" in content for content in stored) and not any(b"meitner" in content for content in stored)
