"""The READMEs' tables of operations hold: what they call full or partial is answered, what they call absent is not (501), and
every operation of the API is listed. A room has such a table if its README has one headed `| operation | state |`: names with
commas, then `full`, `partial` or `absent` and what else there is to say."""

import pathlib
import re

import boto3
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Room, boto3's name of the service, the protocol's way to name an operation.
ROOMS = [
    ("dynamodb", "dynamodb", "DynamoDB_20120810"),
    ("streams", "dynamodbstreams", "DynamoDBStreams_20120810"),
    ("logs", "logs", "Logs_20140328"),
    ("sqs", "sqs", "AmazonSQS"),
    ("iam", "iam", "query"),
    ("sts", "sts", "query"),
    ("sns", "sns", "query"),
    ("lambda", "lambda", "rest"),
    # Operations of this one share their paths: no probe tells them apart.
    ("s3", "s3", None),
]
SIGNING = {"dynamodbstreams": "dynamodb"}


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


@pytest.mark.parametrize("room, service, wire", ROOMS, ids=[room for room, *_ in ROOMS])
def test_a_rooms_table_says_what_the_server_does(raw, room, service, wire):
    listed = table_of(room)
    if not listed:
        pytest.skip(f"emulator/services/{room}/README.md has no table of operations")
    model = boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b").meta.service_model
    missing = set(model.operation_names) - set(listed)
    assert not missing, f"not listed: {sorted(missing)}"
    if not wire:
        return
    asked = set(listed) & set(model.operation_names) if wire == "rest" else set(listed)
    wrong = {name: listed[name] for name in sorted(asked)
             if is_answered(raw, service, wire, model, name) == (listed[name] == "absent")}
    assert not wrong, f"the table is wrong about {wrong}"
