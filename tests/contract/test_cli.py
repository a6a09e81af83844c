"""The AWS CLI, unchanged, against the server: the calls a newcomer makes with the example stack's services."""

import json
import subprocess

import pytest

from harness import aws
from harness.server import clean_environment

AWS = "/usr/bin/aws"  # Debian's; another one may come first on the PATH


@pytest.fixture(scope="module")
def cli_account():
    return aws.new_account()


@pytest.fixture
def cli(server, cli_account):
    """cli("s3", "ls") -> what it printed; JSON is decoded. Raises with what it said on standard error."""

    def call(*arguments, code=0, decode=True):
        done = subprocess.run(
            [AWS, "--endpoint-url", server.endpoint, "--no-cli-pager", *arguments],
            env=clean_environment(
                AWS_ACCESS_KEY_ID=cli_account, AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1",
                AWS_CONFIG_FILE="/dev/null", AWS_DEFAULT_OUTPUT="json",
            ),
            capture_output=True, text=True, timeout=60,
        )
        assert done.returncode == code, f"aws {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        if code:
            return done.stderr
        return json.loads(done.stdout) if decode and done.stdout.strip() else done.stdout

    return call


def test_who_am_i(cli, cli_account):
    assert cli("sts", "get-caller-identity") == {
        "UserId": cli_account, "Account": cli_account, "Arn": f"arn:aws:iam::{cli_account}:root",
    }


def test_table_and_items(cli):
    made = cli(
        "dynamodb", "create-table", "--table-name", "cli-users", "--billing-mode", "PAY_PER_REQUEST",
        "--attribute-definitions", "AttributeName=UserId,AttributeType=S",
        "--key-schema", "AttributeName=UserId,KeyType=HASH",
        "--stream-specification", "StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES",
    )["TableDescription"]
    cli("dynamodb", "wait", "table-exists", "--table-name", "cli-users")
    cli("dynamodb", "put-item", "--table-name", "cli-users", "--item", '{"UserId":{"S":"ada"},"Born":{"N":"1815"}}')
    got = cli("dynamodb", "get-item", "--table-name", "cli-users", "--key", '{"UserId":{"S":"ada"}}')
    assert got == {"Item": {"UserId": {"S": "ada"}, "Born": {"N": "1815"}}}
    cli(
        "dynamodb", "update-item", "--table-name", "cli-users", "--key", '{"UserId":{"S":"ada"}}',
        "--update-expression", "SET Born = :b", "--expression-attribute-values", '{":b":{"N":"1816"}}',
    )
    scanned = cli("dynamodb", "scan", "--table-name", "cli-users")
    assert (scanned["Count"], scanned["Items"][0]["Born"]) == (1, {"N": "1816"})
    cli("dynamodb", "delete-item", "--table-name", "cli-users", "--key", '{"UserId":{"S":"ada"}}')

    streams = cli("dynamodbstreams", "list-streams", "--table-name", "cli-users")["Streams"]
    assert streams[0]["StreamArn"] == made["LatestStreamArn"]
    shard = cli("dynamodbstreams", "describe-stream", "--stream-arn", made["LatestStreamArn"])
    iterator = cli(
        "dynamodbstreams", "get-shard-iterator", "--stream-arn", made["LatestStreamArn"],
        "--shard-id", shard["StreamDescription"]["Shards"][0]["ShardId"], "--shard-iterator-type", "TRIM_HORIZON",
    )["ShardIterator"]
    records = cli("dynamodbstreams", "get-records", "--shard-iterator", iterator)["Records"]
    assert [r["eventName"] for r in records] == ["INSERT", "MODIFY", "REMOVE"]
    cli("dynamodb", "delete-table", "--table-name", "cli-users")


def test_error_names_the_operation(cli):
    said = cli("dynamodb", "describe-table", "--table-name", "missing", code=254)
    assert said.strip() == (
        "An error occurred (ResourceNotFoundException) when calling the DescribeTable operation: "
        "Requested resource not found: Table: missing not found"
    )


def test_bucket_and_objects(cli, tmp_path):
    cli("s3", "mb", "s3://cli-files-bucket", decode=False)
    (tmp_path / "hello.txt").write_text("hello")
    cli("s3", "cp", str(tmp_path / "hello.txt"), "s3://cli-files-bucket/greetings/hello.txt", decode=False)
    assert "hello.txt" in cli("s3", "ls", "s3://cli-files-bucket/greetings/", decode=False)
    cli("s3", "cp", "s3://cli-files-bucket/greetings/hello.txt", str(tmp_path / "back.txt"), decode=False)
    assert (tmp_path / "back.txt").read_text() == "hello"
    cli("s3", "rb", "--force", "s3://cli-files-bucket", decode=False)
    assert cli("s3", "ls", decode=False) == ""


def test_function_and_its_log(cli, tmp_path, package):
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}},
    ]}
    role = cli("iam", "create-role", "--role-name", "cli-role", "--assume-role-policy-document", json.dumps(trust))
    cli(
        "iam", "attach-role-policy", "--role-name", "cli-role",
        "--policy-arn", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    )
    (tmp_path / "code.zip").write_bytes(package("def handler(event, context):\n    print('hi', event['n'])\n    return event"))
    cli(
        "lambda", "create-function", "--function-name", "cli-function", "--runtime", "python3.12",
        "--handler", "index.handler", "--role", role["Role"]["Arn"], "--zip-file", f"fileb://{tmp_path}/code.zip",
    )
    cli("lambda", "wait", "function-active-v2", "--function-name", "cli-function")
    cli(
        "lambda", "invoke", "--function-name", "cli-function", "--payload", '{"n": 7}',
        "--cli-binary-format", "raw-in-base64-out", str(tmp_path / "out.json"),
    )
    assert json.loads((tmp_path / "out.json").read_text()) == {"n": 7}
    assert "hi 7" in cli("logs", "tail", "/aws/lambda/cli-function", decode=False)
    cli("lambda", "delete-function", "--function-name", "cli-function")
