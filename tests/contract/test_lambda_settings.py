"""Code signing configurations, scaling, logging and SnapStart settings: what is kept and shown."""

import json
import shutil

import pytest
from botocore.exceptions import ClientError

HANDLER = "def handler(event, context): return event\n"
PROFILE = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/mine/abcdefgh"


@pytest.fixture
def lam(client):
    return client("lambda")


def refused(call, *args, **kwargs):
    with pytest.raises(ClientError) as error:
        call(*args, **kwargs)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


# -- code signing


@pytest.fixture
def signing(lam):
    created = lam.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [PROFILE]}, Description="mine")
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    return created["CodeSigningConfig"]


def test_code_signing_config(lam, signing, account):
    arn = signing["CodeSigningConfigArn"]
    assert arn == f"arn:aws:lambda:us-east-1:{account}:code-signing-config:{signing['CodeSigningConfigId']}"
    assert signing["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Warn"}
    assert lam.get_code_signing_config(CodeSigningConfigArn=arn)["CodeSigningConfig"] == signing
    updated = lam.update_code_signing_config(
        CodeSigningConfigArn=arn, CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"})["CodeSigningConfig"]
    assert updated["CodeSigningPolicies"] == {"UntrustedArtifactOnDeployment": "Enforce"}
    assert (updated["Description"], updated["AllowedPublishers"]) == ("mine", {"SigningProfileVersionArns": [PROFILE]})
    assert arn in [c["CodeSigningConfigArn"] for c in lam.list_code_signing_configs()["CodeSigningConfigs"]]
    assert lam.delete_code_signing_config(CodeSigningConfigArn=arn)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refused(lam.get_code_signing_config, CodeSigningConfigArn=arn)[0] == "ResourceNotFoundException"


def test_functions_of_a_code_signing_config(lam, signing, make_function):
    arn = signing["CodeSigningConfigArn"]
    name = make_function(HANDLER, CodeSigningConfigArn=arn)
    shown = lam.get_function_code_signing_config(FunctionName=name)
    assert (shown["CodeSigningConfigArn"], shown["FunctionName"]) == (arn, name)
    function_arn = lam.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    assert lam.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"] == [function_arn]
    assert refused(lam.delete_code_signing_config, CodeSigningConfigArn=arn)[0] == "ResourceConflictException"
    lam.delete_function_code_signing_config(FunctionName=name)
    assert "CodeSigningConfigArn" not in lam.get_function_code_signing_config(FunctionName=name)
    assert lam.put_function_code_signing_config(FunctionName=name, CodeSigningConfigArn=arn)["CodeSigningConfigArn"] == arn


def test_code_signing_config_errors(lam, make_function, account):
    missing = f"arn:aws:lambda:us-east-1:{account}:code-signing-config:csc-0123456789abcdef0"
    assert refused(make_function, HANDLER, CodeSigningConfigArn=missing)[0] == "CodeSigningConfigNotFoundException"
    name = make_function(HANDLER)
    assert refused(lam.put_function_code_signing_config, FunctionName=name, CodeSigningConfigArn=missing)[0] == (
        "CodeSigningConfigNotFoundException")
    assert refused(lam.create_code_signing_config, AllowedPublishers={"SigningProfileVersionArns": ["x"]})[0] == "ValidationException"


def test_tags_of_a_code_signing_config(raw, account):
    body = {"AllowedPublishers": {"SigningProfileVersionArns": [PROFILE]}, "Tags": {"a": "1"}}
    arn = raw("lambda", "POST", "/2020-04-22/code-signing-configs", json.dumps(body)).json()["CodeSigningConfig"]["CodeSigningConfigArn"]
    path = "/2017-03-31/tags/" + arn.replace(":", "%3A")
    assert raw("lambda", "GET", path).json() == {"Tags": {"a": "1"}}
    assert raw("lambda", "POST", path, json.dumps({"Tags": {"b": "2"}})).status == 204
    assert raw("lambda", "GET", path).json() == {"Tags": {"a": "1", "b": "2"}}


# -- what newer SDKs than ours know


def configure(raw, name, settings):
    return raw("lambda", "PUT", f"/2015-03-31/functions/{name}/configuration", json.dumps(settings))


def test_json_logs_have_levels(raw, make_function):
    name = make_function(HANDLER)
    group = f"/aws/lambda/{name}"
    shown = configure(raw, name, {"LoggingConfig": {"LogFormat": "JSON"}}).json()["LoggingConfig"]
    assert shown == {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", "LogGroup": group}
    assert configure(raw, name, {"LoggingConfig": {"LogFormat": "Text", "ApplicationLogLevel": "INFO"}}).status == 400
    assert configure(raw, name, {"LoggingConfig": {"LogFormat": "Text"}}).json()["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": group}


def test_snap_start_optimises_published_versions(lam, make_function):
    name = make_function(HANDLER, SnapStart={"ApplyOn": "PublishedVersions"})
    assert lam.get_function_configuration(FunctionName=name)["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert lam.publish_version(FunctionName=name)["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}


def test_scaling_config(raw, lam, make_function):
    name = make_function(HANDLER)
    version = lam.publish_version(FunctionName=name)["Version"]
    path = f"/2025-11-30/functions/{name}/function-scaling-config?Qualifier={version}"
    wanted = {"MinExecutionEnvironments": 1, "MaxExecutionEnvironments": 5}
    put = raw("lambda", "PUT", path, json.dumps({"FunctionScalingConfig": wanted}))
    assert (put.status, put.json()) == (202, {"FunctionState": "Active"})
    shown = raw("lambda", "GET", path).json()  # applied at once, so no longer asked for
    assert shown["AppliedFunctionScalingConfig"] == wanted and "RequestedFunctionScalingConfig" not in shown


NODE = """
exports.handler = async (event, context) => {
  console.debug('unseen');
  console.info('seen %s', event.word);
  console.warn({tea: 'pot'});
  console.error('failed', new RangeError('far'));
  process.stdout.write('plain\\n');
};
"""


# What Lambda reads from the text that a function writes, whichever way: prints of JSON objects have levels too.
def test_json_lines_below_the_level_are_left_out(raw, lam, client, make_function):
    name = make_function(
        "import json\n"
        "def handler(event, context):\n"
        "    for line in ({'level': 'debug', 'n': 1}, {'level': 'warn', 'n': 2}, {'n': 3}, {'level': 'error', 'n': 4}):\n"
        "        print(json.dumps(line))\n"
        "    print('plain')\n"
        "    raise ValueError('seen')\n")
    configure(raw, name, {"LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "SystemLogLevel": "WARN"}})
    lam.invoke(FunctionName=name)
    lines = [e["message"] for e in client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]]
    assert lines[:3] == ['{"level": "warn", "n": 2}\n', '{"level": "error", "n": 4}\n', "plain\n"]
    assert json.loads(lines[3])["errorMessage"] == "seen" and len(lines) == 4


@pytest.mark.skipif(not shutil.which("node"), reason="node isn't on the PATH")
def test_json_logs_of_a_node_function(raw, lam, client, make_function, package):
    name = make_function("", Runtime="nodejs20.x", Code={"ZipFile": package({"index.js": NODE})})
    configure(raw, name, {"LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN"}})
    answer = lam.invoke(FunctionName=name, Payload=b'{"word": "tea"}')
    request_id = answer["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
    lines = [e["message"] for e in client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]]
    assert lines[3:] == ["plain\n"]  # no platform events: nothing failed
    info, warning, error = (json.loads(line) for line in lines[:3])
    assert {k: info[k] for k in ("level", "requestId", "message")} == {"level": "INFO", "requestId": request_id, "message": "seen tea"}
    assert (warning["level"], warning["message"]) == ("WARN", {"tea": "pot"})
    assert (error["level"], error["errorType"], error["errorMessage"]) == ("ERROR", "RangeError", "far")
    assert error["stackTrace"][0] == "RangeError: far"


def test_what_snap_start_excludes(lam, make_function):
    name = make_function(HANDLER, SnapStart={"ApplyOn": "PublishedVersions"})
    assert refused(lam.update_function_configuration, FunctionName=name, Runtime="python3.11") == (
        "InvalidParameterValueException", "python3.11 is not supported for SnapStart enabled functions.")
    assert "EphemeralStorage" in refused(lam.update_function_configuration, FunctionName=name, EphemeralStorage={"Size": 1024})[1]
    version = lam.publish_version(FunctionName=name)["Version"]
    assert "SnapStart" in refused(lam.put_provisioned_concurrency_config, FunctionName=name, Qualifier=version,
                                  ProvisionedConcurrentExecutions=1)[1]


# Reserved concurrency holds all that is provisioned of the function.
def test_reserved_and_provisioned_concurrency_agree(lam, make_function):
    name = make_function(HANDLER)
    version = lam.publish_version(FunctionName=name)["Version"]
    lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=3)
    lam.put_provisioned_concurrency_config(FunctionName=name, Qualifier=version, ProvisionedConcurrentExecutions=2)
    lam.update_function_configuration(FunctionName=name, Description="another")
    other = lam.publish_version(FunctionName=name)["Version"]
    with pytest.raises(lam.exceptions.InvalidParameterValueException):
        lam.put_provisioned_concurrency_config(FunctionName=name, Qualifier=other, ProvisionedConcurrentExecutions=2)
    with pytest.raises(lam.exceptions.InvalidParameterValueException):
        lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    lam.delete_provisioned_concurrency_config(FunctionName=name, Qualifier=version)
    lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
