"""hashicorp/aws 6.x isn't on the machines at hand: what it sends is replayed, resource by resource and as the example stack."""

import base64
import io
import json
import zipfile

import pytest

from harness import aws
from harness.leftovers import leftovers
from provider6.replay import Replay

CODE = "def handler(event, context):\n    return {}\n"


@pytest.fixture
def replay(server, unique):
    """In an account of its own; names are the replay's."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", CODE)
    names = {kind: unique(kind) for kind in ("table", "role", "function", "queue", "provider")}
    return Replay(server.endpoint, aws.new_account(),
                  {**names, "bucket": unique("s3-files"), "zip": base64.b64encode(packed.getvalue()).decode()})


@pytest.mark.parametrize("resource", [
    "dynamodb_table", "dynamodb_more", "dynamodb_replicas", "dynamodb_strong_replicas", "s3_bucket", "s3_bucket_settings", "iam_role",
    "iam_role_changes", "log_group", "log_group_changes", "log_group_protected", "log_resource_policy", "sqs_queue", "sns_topic",
    "ssm_parameter", "secretsmanager_secret", "kms_key", "api_gateway", "api_gateway_account", "api_gateway_domain_name", "apigatewayv2",
    "events_bus", "events_connection", "scheduler", "pipe", "cloudwatch_alarm", "appautoscaling",
])
def test_resource(replay, resource):
    replay.play(resource)


@pytest.mark.parametrize("resource", ["lambda_function_settings", "lambda_capacity_provider"])
def test_resource_with_a_role(replay, resource):
    replay.play("iam_role")
    replay.play(resource)


@pytest.mark.parametrize("resource", ["lambda_function_changes", "lambda_policy", "log_filters"])
def test_resource_with_a_function(replay, resource):
    replay.play("iam_role")
    replay.play("lambda_function")
    replay.play(resource)


def test_event_source_mappings(replay):
    for resource in ("dynamodb_table", "iam_role", "lambda_function", "lambda_event_source_mapping",
                     "lambda_event_source_mapping_settings", "lambda_event_source_mapping_gone"):
        replay.play(resource)


def test_functions_and_permissions(replay):
    replay.play("iam_role")
    replay.play("lambda_function")
    replay.play("lambda_permission")
    statements = {one["Sid"]: one for one in json.loads(replay.values["policy"])["Statement"]}
    # The client decodes conditions as text of text of text.
    assert statements["FunctionURLAllowInvokeAction"]["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    assert statements["FunctionURLAllowPublicAccess"]["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}


def test_the_example_stack(replay, drain, server):
    replay.play("users_stream")
    drain()
    assert leftovers(lambda service: aws.make_client(server.endpoint, service, replay.account)) == []
