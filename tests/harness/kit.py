"""The Python kit against the server of the test file: what we ship is what we use. A file takes `kit`, `world` and `users` by
importing them, and the server of its own from own_server."""

import io
import json
import zipfile

import pytest
from millrace import Millrace

HANDLER = """
def handler(event, context):
    for record in event.get("Records", []):
        print("got", record["dynamodb"]["Keys"]["Id"]["S"])
    return "fine"
"""


@pytest.fixture(scope="module")
def kit(endpoint):
    return Millrace(endpoint)


@pytest.fixture
def world(kit):
    """An account that nothing is in; its rules go with the test."""
    account = kit.account()
    yield account
    account.faults.clear()


def make_users(account, source=HANDLER, name="notice", **settings):
    """A table `Users` with a stream, mapped to a function that prints whom it got. Its put()."""
    dynamodb, functions, iam = account.client("dynamodb"), account.client("lambda"), account.client("iam")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(everything))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", source)
    functions.create_function(FunctionName=name, Role=role, Runtime="python3.11", Handler="index.handler", Timeout=5,
                              Code={"ZipFile": packed.getvalue()})
    table = dynamodb.create_table(
        TableName="Users", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})["TableDescription"]
    mapping = functions.create_event_source_mapping(
        EventSourceArn=table["LatestStreamArn"], FunctionName=name, StartingPosition="TRIM_HORIZON", **settings)

    def put(*ids):
        for id in ids:
            dynamodb.put_item(TableName="Users", Item={"Id": {"S": id}})

    put.mapping, put.stream, put.function = mapping["UUID"], table["LatestStreamArn"], name
    return put


@pytest.fixture
def users(world):
    return make_users(world)


def got(account, function="notice"):
    """Whom the function printed, in order."""
    return [line.split()[-1] for line in account.logs_of(function) if line.startswith("got ")]
