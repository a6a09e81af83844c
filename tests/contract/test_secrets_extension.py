"""AWS's Parameters and Secrets extension: what handlers with its layer read at localhost:2773."""

import json
import urllib.parse

import pytest
from harness.own_server import endpoint, server  # noqa: F401

LAYER = "arn:aws:lambda:us-east-1:177933569100:layer:AWS-Parameters-and-Secrets-Lambda-Extension:11"

SOURCE = """
import json, os, urllib.error, urllib.request

PORT = os.environ.get("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", "2773")

def ask(path, token, method="GET"):
    headers = {"X-Aws-Parameters-Secrets-Token": token} if token else {}
    request = urllib.request.Request(f"http://localhost:{PORT}{path}", headers=headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return [answer.status, json.load(answer)]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]

AT_START = ask("/secretsmanager/get?secretId=x", os.environ["AWS_SESSION_TOKEN"])

def handler(event, context):
    if event.get("start"):
        return AT_START
    return ask(event["path"], event.get("token", os.environ["AWS_SESSION_TOKEN"]), event.get("method", "GET"))
"""


@pytest.fixture
def ask(client, make_function):
    """ask(path, **event) through a function that has the layer; ask.function(**settings) makes another."""

    class Ask:
        def function(self, **settings):
            name = make_function(SOURCE, Layers=[LAYER], **settings)

            def call(path="", **event):
                answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps({"path": path, **event}))
                document = json.load(answer["Payload"])
                assert "FunctionError" not in answer, document
                return tuple(document)

            return call

    return Ask()


def parameter(name, **more):
    return "/systemsmanager/parameters/get?" + urllib.parse.urlencode({"name": name, **more})


def secret(name, **more):
    return "/secretsmanager/get?" + urllib.parse.urlencode({"secretId": name, **more})


def test_parameters(client, ask, unique):
    ssm, name = client("ssm"), "/app/" + unique("name")
    ssm.put_parameter(Name=name, Value="one", Type="String")
    ssm.put_parameter(Name=name, Value="two", Type="String", Overwrite=True)
    ssm.label_parameter_version(Name=name, ParameterVersion=1, Labels=["old"])
    secure = name + "/secure"
    ssm.put_parameter(Name=secure, Value="hidden", Type="SecureString")
    call = ask.function()
    status, document = call(parameter(name))
    known = ssm.get_parameter(Name=name)["Parameter"]
    stamp = document["Parameter"].pop("LastModifiedDate")
    assert status == 200 and document == {
        "Parameter": {"ARN": known["ARN"], "DataType": "text", "Name": name, "Type": "String", "Value": "two", "Version": 2,
                      "Selector": None, "SourceResult": None},
        "ResultMetadata": {}}
    assert stamp.endswith("Z") and "T" in stamp
    assert call(parameter(name, version=1))[1]["Parameter"]["Value"] == "one"
    assert call(parameter(name, label="old"))[1]["Parameter"]["Selector"] == ":old"
    assert call(parameter(secure))[1]["Parameter"]["Value"] != "hidden"
    assert call(parameter(secure, withDecryption="true"))[1]["Parameter"]["Value"] == "hidden"
    assert call(parameter(name + "/absent"))[0] == 400


def test_secrets(client, ask, unique):
    manager, name = client("secretsmanager"), unique("secret")
    first = manager.create_secret(Name=name, SecretString="one")["VersionId"]
    manager.put_secret_value(SecretId=name, SecretString="two")
    call = ask.function()
    status, document = call(secret(name))
    assert status == 200 and document["SecretString"] == "two" and document["VersionStages"] == ["AWSCURRENT"]
    assert document["SecretBinary"] is None and document["ResultMetadata"] == {} and document["CreatedDate"].endswith("Z")
    assert call(secret(name, versionStage="AWSPREVIOUS"))[1]["SecretString"] == "one"
    assert call(secret(name, versionId=first))[1]["SecretString"] == "one"
    assert call(secret(name + "x")) == (400, "ResourceNotFoundException: Secrets Manager can't find the specified secret.")


def test_answers_are_remembered_for_a_while(client, ask, unique, emulator_clock):
    ssm, manager, name = client("ssm"), client("secretsmanager"), unique("name")
    ssm.put_parameter(Name=name, Value="one", Type="String")
    manager.create_secret(Name=name, SecretString="one")
    call = ask.function(Environment={"Variables": {"SECRETS_MANAGER_TTL": "60"}})
    assert call(parameter(name))[1]["Parameter"]["Value"] == call(secret(name))[1]["SecretString"] == "one"
    ssm.put_parameter(Name=name, Value="two", Type="String", Overwrite=True)
    manager.put_secret_value(SecretId=name, SecretString="two")
    assert call(parameter(name))[1]["Parameter"]["Value"] == call(secret(name))[1]["SecretString"] == "one"
    emulator_clock.advance(61)
    assert (call(parameter(name))[1]["Parameter"]["Value"], call(secret(name))[1]["SecretString"]) == ("one", "two")
    emulator_clock.advance(240)
    assert call(parameter(name))[1]["Parameter"]["Value"] == "two"


def test_who_may_ask(ask):
    call = ask.function()
    for token in ("", "another"):
        assert call(secret("x"), token=token)[0] == 401
    assert call("/elsewhere")[0] == 404
    assert call(secret("x"), method="POST")[0] == 405
    assert call(start=True) == (400, "not ready to serve traffic, please wait")


def test_the_functions_role_is_asked(client, ask, unique, make_role):
    name = unique("name")
    client("ssm").put_parameter(Name=name, Value="v", Type="String")
    call = ask.function(Role=make_role({"Effect": "Allow", "Action": "logs:*", "Resource": "*"}))
    status, text = call(parameter(name))
    assert status == 400 and text.startswith("AccessDeniedException: User: arn:aws:sts::") and "ssm:GetParameter" in text


def test_two_functions_at_once_on_the_ports_of_their_choice(client, ask, unique):
    name = unique("name")
    client("ssm").put_parameter(Name=name, Value="v", Type="String")
    first = ask.function()
    second = ask.function(Environment={"Variables": {"PARAMETERS_SECRETS_EXTENSION_HTTP_PORT": "27731"}})
    for call in (first, second, first):
        assert call(parameter(name))[1]["Parameter"]["Value"] == "v"


def test_the_layer_is_shown(client, make_function):
    arm = LAYER.replace(":11", "-Arm64:3")
    name = make_function("def handler(event, context):\n    return 1\n", Layers=[LAYER, arm])
    assert [layer["Arn"] for layer in client("lambda").get_function_configuration(FunctionName=name)["Layers"]] == [LAYER, arm]
