"""Secrets Manager: rotation by a function, its four steps, schedules and recovery windows on the emulator's clock."""

import json

import pytest
from harness.own_server import endpoint, server  # noqa: F401
from harness.tables import refusal, until

DAY_S = 86_400
# As AWS's templates do it; what it was asked is kept in a table.
ROTATES = """
import boto3, json, time

def handler(event, context):
    boto3.client("dynamodb").put_item(TableName=TABLE, Item={"pk": {"S": str(time.time())}, "event": {"S": json.dumps(event)}})
    if event["Step"] == FAILS:
        raise Exception("it fails")
    client = boto3.client("secretsmanager")
    arn, token = event["SecretId"], event["ClientRequestToken"]
    stages = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    if "AWSPENDING" not in stages[token]:
        raise ValueError("not pending")
    if event["Step"] == "createSecret":
        try:
            client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        except client.exceptions.ResourceNotFoundException:
            client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString="rotated", VersionStages=["AWSPENDING"])
    if event["Step"] == "finishSecret":
        current, = [version for version, names in stages.items() if "AWSCURRENT" in names]
        client.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current)
"""


@pytest.fixture
def secrets(client):
    return client("secretsmanager")


@pytest.fixture
def secret(secrets, unique):
    name = unique("rotated") + "_s"
    secrets.create_secret(Name=name, SecretString="one")
    return name


@pytest.fixture
def make_rotation(client, make_function, make_table):
    """make_rotation(fails="setSecret") -> (the function's ARN, a function that gives the events it had)."""

    def make(fails="", permitted=True):
        table, aws_lambda = make_table(), client("lambda")
        name = make_function(f"TABLE, FAILS = {table!r}, {fails!r}\n" + ROTATES, Timeout=20)
        if permitted:
            aws_lambda.add_permission(FunctionName=name, StatementId="s", Action="lambda:InvokeFunction",
                                      Principal="secretsmanager.amazonaws.com")

        def events():
            items = client("dynamodb").scan(TableName=table)["Items"]
            return [json.loads(item["event"]["S"]) for item in sorted(items, key=lambda item: item["pk"]["S"])]

        return aws_lambda.get_function(FunctionName=name)["Configuration"]["FunctionArn"], events

    return make


def test_four_steps(secrets, secret, make_rotation, drain):
    function, events = make_rotation()
    old = secrets.get_secret_value(SecretId=secret)["VersionId"]
    answer = secrets.rotate_secret(SecretId=secret, RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 10})
    drain()
    new, arn = answer["VersionId"], answer["ARN"]
    assert events() == [{"Step": step, "SecretId": arn, "ClientRequestToken": new}
                        for step in ("createSecret", "setSecret", "testSecret", "finishSecret")]
    described = secrets.describe_secret(SecretId=secret)
    assert described["VersionIdsToStages"] == {old: ["AWSPREVIOUS"], new: ["AWSCURRENT"]}
    assert (described["RotationEnabled"], described["RotationLambdaARN"]) == (True, function)
    assert described["RotationRules"] == {"AutomaticallyAfterDays": 10}
    assert secrets.get_secret_value(SecretId=secret)["SecretString"] == "rotated"


def test_a_schedule_rotates(secrets, secret, make_rotation, emulator_clock, drain):
    function, events = make_rotation()
    secrets.rotate_secret(SecretId=secret, RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 10})
    drain()
    first = secrets.describe_secret(SecretId=secret)
    emulator_clock.advance(10 * DAY_S + 60)
    until(lambda: len(events()) == 8)
    drain()
    second = secrets.describe_secret(SecretId=secret)
    assert len(second["VersionIdsToStages"]) == 2 and second["VersionIdsToStages"] != first["VersionIdsToStages"]
    assert (second["LastRotatedDate"] - first["LastRotatedDate"]).days == 10


def test_a_failed_step_is_tried_again_later(secrets, secret, make_rotation, emulator_clock, drain, client):
    function, events = make_rotation(fails="setSecret")
    old = secrets.get_secret_value(SecretId=secret)["VersionId"]
    new = secrets.rotate_secret(SecretId=secret, RotationLambdaARN=function)["VersionId"]
    drain()
    assert [event["Step"] for event in events()] == ["createSecret", "setSecret"]
    stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert stages == {old: ["AWSCURRENT"], new: ["AWSPENDING"]}
    emulator_clock.advance(61)
    until(lambda: [event["Step"] for event in events()] == ["createSecret", "setSecret"] * 2)
    code, message = refusal(secrets.rotate_secret, SecretId=secret)
    assert (code, message) == ("InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted.")
    cancelled = secrets.cancel_rotate_secret(SecretId=secret)
    assert cancelled["Name"] == secret
    assert secrets.describe_secret(SecretId=secret)["RotationEnabled"] is False


def test_what_cant_rotate(secrets, secret, make_rotation):
    assert refusal(secrets.rotate_secret, SecretId=secret) == (
        "InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")
    denied = ("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
              "access to the principal secretsmanager.amazonaws.com.")
    function, events = make_rotation(permitted=False)
    for arn in (function, function + "-nobody"):
        assert refusal(secrets.rotate_secret, SecretId=secret, RotationLambdaARN=arn) == denied
    assert "RotationEnabled" not in secrets.describe_secret(SecretId=secret)
    assert events() == []


def test_without_rotating_at_once_only_the_test_runs(secrets, secret, make_rotation, drain, emulator_clock):
    function, events = make_rotation()
    answer = secrets.rotate_secret(SecretId=secret, RotationLambdaARN=function, RotateImmediately=False,
                                   RotationRules={"ScheduleExpression": "rate(5 days)"})
    drain()
    assert [event["Step"] for event in events()] == ["testSecret"] and "VersionId" not in answer
    assert len(secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]) == 1
    emulator_clock.advance(5 * DAY_S + 60)
    until(lambda: secrets.get_secret_value(SecretId=secret)["SecretString"] == "rotated")


def test_schedules_by_cron(secrets, secret, make_rotation, drain, emulator_clock):
    function, events = make_rotation()
    # The last has a character that the API's model doesn't let in.
    for wrong, code in (("cron(0 0 * *)", "InvalidParameterException"), ("rate(1 hour)", "InvalidParameterException"),
                        ("at(2030-01-01T00:00:00)", "ValidationException")):
        assert refusal(secrets.rotate_secret, SecretId=secret, RotationLambdaARN=function,
                       RotationRules={"ScheduleExpression": wrong})[0] == code
    secrets.rotate_secret(SecretId=secret, RotationLambdaARN=function, RotateImmediately=False,
                          RotationRules={"ScheduleExpression": "cron(0 16 1,15 * ? *)"})
    drain()
    assert [event["Step"] for event in events()] == ["testSecret"]
    emulator_clock.advance(17 * DAY_S)
    until(lambda: secrets.get_secret_value(SecretId=secret)["SecretString"] == "rotated")


def test_a_recovery_window_ends(secrets, secret, emulator_clock):
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    emulator_clock.advance(6 * DAY_S)
    assert secrets.describe_secret(SecretId=secret)["DeletedDate"]
    emulator_clock.advance(DAY_S + 1)
    assert refusal(secrets.describe_secret, SecretId=secret)[0] == "ResourceNotFoundException"
    secrets.create_secret(Name=secret)
