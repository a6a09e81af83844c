"""The READMEs' tables of operations hold: what they call full or partial is answered, what they call absent is not (501), and
every operation of the API is listed. Such a table is headed `| operation | state |`: names with commas, then `full`, `partial` or `absent` and what else there is to say."""

import pathlib
import re

import boto3
import botocore
import botocore.exceptions
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Room, boto3's name of the service, the protocol's way to name an operation.
ROOMS = [
    ("dynamodb", "dynamodb", "DynamoDB_20120810"),
    ("streams", "dynamodbstreams", "DynamoDBStreams_20120810"),
    ("logs", "logs", "Logs_20140328"),
    ("sqs", "sqs", "AmazonSQS"),
    ("kms", "kms", "TrentService"),
    ("eventbridge", "events", "AWSEvents"),
    ("scheduler", "scheduler", "rest"),
    ("pipes", "pipes", "rest"),
    ("cloudwatch", "cloudwatch", "query"),
    ("ssm", "ssm", "AmazonSSM"),
    ("autoscaling", "application-autoscaling", "AnyScaleFrontendService"),
    ("secretsmanager", "secretsmanager", "secretsmanager"),
    ("iam", "iam", "query"),
    ("sts", "sts", "query"),
    ("sns", "sns", "query"),
    ("lambda", "lambda", "rest"),
    # S3's operations share their paths: boto3 makes the request.
    ("s3", "s3", "client"),
]
SIGNING = {"dynamodbstreams": "dynamodb", "cloudwatch": "monitoring"}


def table_of(room):
    """{operation: state} of the room's README; empty: it has no such table."""
    listed, inside = {}, False
    for line in (ROOT / "emulator" / "services" / room / "README.md").read_text().splitlines():
        if line.startswith("| operation | state |"):
            inside = True
        elif inside and line.startswith("|"):
            names, state = [cell.strip() for cell in line.strip("|").split("|")][:2]
            if not names.startswith("-"):
                assert re.match(r"(full|partial|absent)\b", state), line
                for name in names.split(","):
                    assert name.strip() not in listed, f"{name.strip()} stands twice"
                    listed[name.strip()] = re.match(r"\w+", state)[0]
        else:
            inside = False
    return listed


def is_answered(raw, service, wire, model, operation):
    """Whether the server knows the operation: an empty request to it may be wrong, but isn't unimplemented."""
    signing = SIGNING.get(service, service)
    if wire == "rest":
        request = model.operation_model(operation).http
        response = raw(signing, request["method"], re.sub(r"{\w+}", "x", request["requestUri"]), "{}")
        return response.status != 501
    if wire == "query":
        body, headers = f"Action={operation}&Version={model.api_version}", {"Content-Type": "application/x-www-form-urlencoded"}
    else:
        body, headers = "{}", {"X-Amz-Target": f"{wire}.{operation}", "Content-Type": "application/x-amz-json-1.0"}
    response = raw(signing, "POST", "/", body, headers)
    return response.status != 501 and "UnknownOperation" not in response.text


def least(shape):
    """The least input of that shape."""
    if shape.type_name == "structure":
        return {name: least(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [least(shape.member)]
    simple = {"integer": 1, "long": 1, "boolean": True, "timestamp": 0, "blob": b"x", "map": {}}
    return simple.get(shape.type_name) or (shape.enum or ["nobody-here"])[0]


def client_is_answered(client, operation):
    method = getattr(client, botocore.xform_name(operation))
    try:
        shape = client.meta.service_model.operation_model(operation).input_shape
        method(**(least(shape) if shape else {}))
    except botocore.exceptions.ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] != 501
    return True


@pytest.mark.parametrize("room, service, wire", ROOMS, ids=[room for room, *_ in ROOMS])
def test_a_rooms_table_says_what_the_server_does(raw, client, room, service, wire):
    listed = table_of(room)
    model = boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b").meta.service_model
    missing = set(model.operation_names) - set(listed)
    assert not missing, f"not listed: {sorted(missing)}"
    asked = set(listed) & set(model.operation_names) if wire in ("rest", "client") else set(listed)
    if wire == "client":
        probe = client(service, parameter_validation=False, inject_host_prefix=False)
        answered = {name: client_is_answered(probe, name) for name in asked}
    else:
        answered = {name: is_answered(raw, service, wire, model, name) for name in asked}
    wrong = {name: listed[name] for name in sorted(asked) if answered[name] == (listed[name] == "absent")}
    assert not wrong, f"the table is wrong about {wrong}"
