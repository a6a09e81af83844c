"""What Lambda's control plane refuses, case by case: operation, parameters, code, message. `{f}` is a function that
exists, `{arn}` its ARN."""

import io
import zipfile

import pytest
from botocore.exceptions import ClientError

BASE = "1 validation error detected: Value "
CREATE = "create_function"


def code():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): return event\n")
    return buffer.getvalue()


def invalid(value, path, constraint):
    return "ValidationException", f"{BASE}{value} at '{path}' failed to satisfy constraint: {constraint}"


TAGGABLE = ("Member must satisfy regular expression pattern: "
            r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:"
            r"(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|"
            r"event-source-mapping:[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}|capacity-provider:[a-zA-Z0-9-_]+)")

CASES = [
    # Bounds of a function's settings.
    (CREATE, {"Timeout": 0}, *invalid("'0'", "timeout", "Member must have value greater than or equal to 1")),
    (CREATE, {"MemorySize": 64}, *invalid("'64'", "memorySize", "Member must have value greater than or equal to 128")),
    (CREATE, {"EphemeralStorage": {"Size": 511}},
     *invalid("'511'", "ephemeralStorage.size", "Member must have value greater than or equal to 512")),
    (CREATE, {"EphemeralStorage": {"Size": 10241}},
     *invalid("'10241'", "ephemeralStorage.size", "Member must have value less than or equal to 10240")),
    (CREATE, {"Handler": "a b"}, *invalid("'a b'", "handler", r"Member must satisfy regular expression pattern: [^\s]+")),
    (CREATE, {"Handler": "h" * 129}, *invalid(f"'{'h' * 129}'", "handler", "Member must have length less than or equal to 128")),
    (CREATE, {"Description": "d" * 257}, *invalid(f"'{'d' * 257}'", "description", "Member must have length less than or equal to 256")),
    (CREATE, {"Environment": {"Variables": {"1a": "x"}}},
     *invalid("'{1a=x}'", "environment.variables",
              "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]")),
    (CREATE, {"TracingConfig": {"Mode": "On"}},
     *invalid("'On'", "tracingConfig.mode", "Member must satisfy enum value set: [Active, PassThrough]")),
    (CREATE, {"SnapStart": {"ApplyOn": "All"}},
     *invalid("'All'", "snapStart.applyOn", "Member must satisfy enum value set: [PublishedVersions, None]")),
    (CREATE, {"Code": {}}, "InvalidParameterValueException", "Please provide a source for function code."),
    (CREATE, {"Tags": {f"k{i}": "" for i in range(51)}}, "InvalidParameterValueException", "Number of tags exceeds resource tag limit."),
    (CREATE, {"FunctionName": "arn:aws:lambda:eu-west-1:{account}:function:g"}, "ResourceNotFoundException",
     "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"),
    # What isn't there.
    ("update_function_configuration", {"FunctionName": "nope"}, "ResourceNotFoundException", "Function not found: {nope}"),
    ("update_function_code", {"FunctionName": "nope", "ZipFile": code()}, "ResourceNotFoundException", "Function not found: {nope}"),
    ("publish_version", {"FunctionName": "nope"}, "ResourceNotFoundException", "Function not found: {nope}"),
    ("list_versions_by_function", {"FunctionName": "nope"}, "ResourceNotFoundException", "Function not found: {nope}"),
    ("list_aliases", {"FunctionName": "nope"}, "ResourceNotFoundException", "Function not found: {nope}"),
    ("delete_function", {"FunctionName": "{f}", "Qualifier": "7"}, "ResourceNotFoundException", "Function not found: {arn}:7"),
    ("invoke", {"FunctionName": "{f}", "Qualifier": "9"}, "ResourceNotFoundException", "Function not found: {arn}:9"),
    ("get_function_event_invoke_config", {"FunctionName": "nope"}, "ResourceNotFoundException",
     "The function {nope}:$LATEST doesn't have an EventInvokeConfig"),
    # Lists.
    ("list_functions", {"FunctionVersion": "X"}, *invalid("'X'", "functionVersion", "Member must satisfy enum value set: [ALL]")),
    ("list_functions", {"MaxItems": 0}, *invalid("'0'", "maxItems", "Member must have value greater than or equal to 1")),
    # Aliases.
    ("create_alias", {"FunctionName": "{f}", "Name": "12", "FunctionVersion": "1"},
     *invalid("'12'", "name", "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)")),
    ("create_alias", {"FunctionName": "{f}", "Name": "a", "FunctionVersion": "x"},
     *invalid("'x'", "functionVersion", r"Member must satisfy regular expression pattern: (\$LATEST|[0-9]+)")),
    ("create_alias", {"FunctionName": "{f}", "Name": "a", "FunctionVersion": "$LATEST",
                      "RoutingConfig": {"AdditionalVersionWeights": {"1": 2.0}}},
     *invalid("'{1=2.0}'", "routingConfig.additionalVersionWeights",
              "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
              "Member must have value greater than or equal to 0.0, Member must not be null]")),
    ("create_alias", {"FunctionName": "nope", "Name": "a", "FunctionVersion": "1"}, "ResourceNotFoundException",
     "Function not found: {nope}:1"),
    ("create_alias", {"FunctionName": "{f}", "Name": "a", "FunctionVersion": "$LATEST",
                      "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}},
     "InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version"),
    # Concurrency.
    ("put_function_concurrency", {"FunctionName": "{f}", "ReservedConcurrentExecutions": 950}, "InvalidParameterValueException",
     "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of "
     "[100]."),
    ("put_provisioned_concurrency_config", {"FunctionName": "{f}", "Qualifier": "$LATEST", "ProvisionedConcurrentExecutions": 1},
     "InvalidParameterValueException", "Provisioned Concurrency Configs cannot be applied to unpublished function versions."),
    ("put_provisioned_concurrency_config", {"FunctionName": "{f}", "Qualifier": "9", "ProvisionedConcurrentExecutions": 1},
     "ResourceNotFoundException", "Function not found: {arn}:9"),
    ("put_provisioned_concurrency_config", {"FunctionName": "{f}", "Qualifier": "gone", "ProvisionedConcurrentExecutions": 1},
     "ResourceNotFoundException", "Cannot find alias arn: {arn}:gone"),
    ("get_provisioned_concurrency_config", {"FunctionName": "{f}", "Qualifier": "gone"}, "ResourceNotFoundException",
     "Cannot find alias arn: {arn}:gone"),
    ("delete_provisioned_concurrency_config", {"FunctionName": "{f}", "Qualifier": "gone"}, "ResourceNotFoundException",
     "Cannot find alias arn: {arn}:gone"),
    ("get_provisioned_concurrency_config", {"FunctionName": "{f}", "Qualifier": "$LATEST"}, "InvalidParameterValueException",
     "The function resource provided must be an alias or a published version."),
    ("delete_provisioned_concurrency_config", {"FunctionName": "{f}", "Qualifier": "$LATEST"}, "InvalidParameterValueException",
     "The function resource provided must be an alias or a published version."),
    # Events.
    ("put_function_event_invoke_config", {"FunctionName": "{f}", "MaximumRetryAttempts": 3},
     *invalid("'3'", "maximumRetryAttempts", "Member must have value less than or equal to 2")),
    ("put_function_event_invoke_config", {"FunctionName": "{f}", "MaximumEventAgeInSeconds": 59},
     *invalid("'59'", "maximumEventAgeInSeconds", "Member must have value greater than or equal to 60")),
    ("put_function_event_invoke_config", {"FunctionName": "{f}", "DestinationConfig": {"OnSuccess": {"Destination": "x"}}},
     "InvalidParameterValueException", "The destination ARN x is invalid."),
    # Permissions.
    ("add_permission", {"FunctionName": "{f}", "StatementId": "a b", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"},
     *invalid("'a b'", "statementId", "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)")),
    ("add_permission", {"FunctionName": "{f}", "StatementId": "a", "Action": "s3:Get", "Principal": "s3.amazonaws.com"},
     *invalid("'s3:Get'", "action", "Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])")),
    ("add_permission", {"FunctionName": "{f}", "Qualifier": "gone", "StatementId": "a", "Action": "lambda:InvokeFunction",
                        "Principal": "s3.amazonaws.com"}, "ResourceNotFoundException", "Cannot find alias arn: {arn}:gone"),
    ("remove_permission", {"FunctionName": "{f}", "Qualifier": "gone", "StatementId": "a"}, "ResourceNotFoundException",
     "Cannot find alias arn: {arn}:gone"),
    ("remove_permission", {"FunctionName": "nope", "StatementId": "a"}, "ResourceNotFoundException", "No policy found for: {nope}"),
    ("delete_function", {"FunctionName": "nope", "Qualifier": "$LATEST"}, "ResourceNotFoundException", "Function not found: {nope}"),
    # Function URLs.
    ("update_function_url_config", {"FunctionName": "nope", "AuthType": "NONE"}, "ResourceNotFoundException", "Function does not exist"),
    ("create_function_url_config", {"FunctionName": "{f}", "Qualifier": "1", "AuthType": "NONE"},
     *invalid("'1'", "qualifier", r"Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)")),
    ("create_function_url_config", {"FunctionName": "{f}", "AuthType": "X"},
     *invalid("'X'", "authType", "Member must satisfy enum value set: [NONE, AWS_IAM]")),
    # Layers.
    ("publish_layer_version", {"LayerName": "l", "Content": {"ZipFile": code()}, "CompatibleArchitectures": ["x"]},
     *invalid("'[x]'", "compatibleArchitectures",
              "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]")),
    ("get_layer_version_policy", {"LayerName": "gone", "VersionNumber": 1}, "ResourceNotFoundException",
     "Layer version {layer}gone:1 does not exist."),
    ("remove_layer_version_permission", {"LayerName": "gone", "VersionNumber": 1, "StatementId": "a"}, "ResourceNotFoundException",
     "Layer version {layer}gone:1 does not exist."),
    # Tags: what isn't a kind of resource that has them is a matter of the pattern.
    ("list_tags", {"Resource": "arn:aws:something"}, *invalid("'arn:aws:something'", "resource", TAGGABLE)),
    ("tag_resource", {"Resource": "{mapping}:alias", "Tags": {"a": "b"}}, *invalid("'{mapping}:alias'", "resource", TAGGABLE)),
    ("untag_resource", {"Resource": "{arn}:1:2", "TagKeys": ["a"]}, *invalid("'{arn}:1:2'", "resource", TAGGABLE)),
    # Payloads, in the words of AWS's parser.
    ("invoke", {"FunctionName": "{f}", "ClientContext": "string"}, "InvalidRequestContentException",
     "Client context must be a valid Base64-encoded JSON object."),
    ("invoke", {"FunctionName": "{f}", "ClientContext": "WzFd"}, "InvalidRequestContentException",
     "Client context must be a valid Base64-encoded JSON object."),
    ("invoke", {"FunctionName": "{f}", "Payload": b'{"a":1'}, "InvalidRequestContentException",
     "Could not parse request body into json: Could not parse payload into json: Unexpected end-of-input: expected close marker for Object "
     "(start marker at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])\n at [Source: "
     "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 7]"),
    ("invoke", {"FunctionName": "{f}", "Payload": b"{abc}"}, "InvalidRequestContentException",
     "Could not parse request body into json: Could not parse payload into json: Unexpected character ('a' (code 97)): was expecting "
     "double-quote to start field name\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, "
     "column: 2]"),
    ("invoke", {"FunctionName": "{f}", "Payload": b"abc"}, "InvalidRequestContentException",
     "Could not parse request body into json: Could not parse payload into json: Unrecognized token 'abc': was expecting (JSON String, "
     "Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED "
     "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 4]"),
]

NAMES = [f"{operation}-{'-'.join(k for k in parameters if k != 'FunctionName')}-{i}" for i, (operation, parameters, *_) in enumerate(CASES)]

_there = {}


@pytest.fixture
def there(make_function, account):
    """The function that exists, one for all cases."""
    if account not in _there:
        _there[account] = make_function("def handler(event, context): return event\n")
    return _there[account]


@pytest.mark.parametrize("operation, parameters, error, message", CASES, ids=NAMES)
def test_refused(client, make_role, there, account, operation, parameters, error, message):
    prefix = f"arn:aws:lambda:us-east-1:{account}:function:"

    def fill(text):
        for name, value in {"f": there, "arn": prefix + there, "nope": prefix + "nope", "account": account,
                            "layer": prefix.replace("function", "layer"),
                            "mapping": prefix.replace("function:", "event-source-mapping:01234567-89ab-cdef-0123-456789abcdef")}.items():
            text = text.replace("{" + name + "}", value)
        return text

    lam = client("lambda", parameter_validation=False)
    given = {k: fill(v) if isinstance(v, str) else v for k, v in parameters.items()}
    if operation == CREATE:
        given = {"FunctionName": "never", "Runtime": "python3.12", "Handler": "index.handler", "Role": make_role(),
                 "Code": {"ZipFile": code()}, **given}
    with pytest.raises(ClientError) as refusal:
        getattr(lam, operation)(**given)
    shown = refusal.value.response["Error"]
    assert (shown["Code"], shown["Message"]) == (error, fill(message))


# What boto3 of Debian 12 doesn't know yet.
@pytest.mark.parametrize("method, path, body, path_of_error, values", [
    ("POST", "/2021-10-31/functions/{f}/url", '{"AuthType": "NONE", "InvokeMode": "X"}', "invokeMode", "RESPONSE_STREAM, BUFFERED"),
    ("PUT", "/2024-08-31/functions/{f}/recursion-config", '{"RecursiveLoop": "X"}', "recursiveLoop", "Terminate, Allow"),
    ("POST", "/2015-03-31/event-source-mappings", '{"FunctionName": "{f}", "LoggingConfig": {"SystemLogLevel": "X"}}',
     "loggingConfig.systemLogLevel", "DEBUG, INFO, WARN"),
])
def test_refused_enumerations(raw, there, method, path, body, path_of_error, values):
    answer = raw("lambda", method, path.replace("{f}", there), body.replace("{f}", there))
    assert (answer.status, answer.json()["message"]) == (
        400, f"{BASE}'X' at '{path_of_error}' failed to satisfy constraint: Member must satisfy enum value set: [{values}]")


KMS_KEY = r"Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"
ORGANIZATION = "Member must satisfy regular expression pattern: o-[a-z0-9]{10,32}"
TOO_LONG = "n" * 141
SHORT_NAME = (f"'{TOO_LONG}'", "functionName", "Member must have length less than or equal to 140")
ONE_TO_FIFTY = ("'51'", "maxItems", "Member must have value less than or equal to 50")


@pytest.mark.parametrize("method, path, body, value, member, constraint", [
    # The operations that take no longer names than CreateFunction; the others find no such function.
    *((method, path.replace("{n}", TOO_LONG), body, *SHORT_NAME) for method, path, body in [
        ("GET", "/2015-03-31/functions/{n}/aliases", ""), ("GET", "/2015-03-31/functions/{n}/aliases/a", ""),
        ("POST", "/2015-03-31/functions/{n}/aliases", '{"Name": "a", "FunctionVersion": "1"}'),
        ("PUT", "/2015-03-31/functions/{n}/aliases/a", "{}"), ("POST", "/2015-03-31/functions/{n}/versions", "{}"),
        ("PUT", "/2015-03-31/functions/{n}/code", "{}"), ("PUT", "/2015-03-31/functions/{n}/configuration", "{}"),
        ("GET", "/2019-09-30/functions/{n}/concurrency", ""), ("DELETE", "/2017-10-31/functions/{n}/concurrency", ""),
        ("PUT", "/2017-10-31/functions/{n}/concurrency", '{"ReservedConcurrentExecutions": 1}'),
        ("GET", "/2019-09-30/functions/{n}/provisioned-concurrency?Qualifier=1", ""),
        ("GET", "/2019-09-30/functions/{n}/provisioned-concurrency?List=ALL", ""),
        ("GET", "/2021-10-31/functions/{n}/url", ""), ("GET", "/2021-10-31/functions/{n}/urls", ""),
        ("GET", "/2024-08-31/functions/{n}/recursion-config", "")]),
    # Pages of at most fifty.
    *(("GET", f"{path}MaxItems=51", "", *ONE_TO_FIFTY) for path in [
        "/2021-10-31/functions/{f}/urls?", "/2019-09-25/functions/{f}/event-invoke-config/list?",
        "/2019-09-30/functions/{f}/provisioned-concurrency?List=ALL&"]),
    ("GET", "/2015-03-31/functions?MasterRegion=here", "", "'here'", "masterRegion",
     r"Member must satisfy regular expression pattern: ALL|[a-z]{2}(-gov)?-[a-z]+-\d{1}"),
    ("PUT", "/2015-03-31/functions/{f}/configuration", '{"KMSKeyArn": "key"}', "'key'", "kMSKeyArn", KMS_KEY),
    ("PUT", "/2015-03-31/functions/{f}/configuration", '{"DurableConfig": {"RetentionPeriodInDays": 91}}', "'91'",
     "durableConfig.retentionPeriodInDays", "Member must have value less than or equal to 90"),
    ("POST", "/2015-03-31/functions/{f}/policy",
     '{"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*", "PrincipalOrgID": "o-SHORTSHORTS"}', "'o-SHORTSHORTS'",
     "principalOrgID", ORGANIZATION),
    ("POST", "/2018-10-31/layers/l/versions/1/policy",
     '{"StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": "*", "OrganizationId": "o-x"}', "'o-x'", "organizationId", ORGANIZATION),
    ("DELETE", "/2018-10-31/layers/l/versions/1/policy/a.b", "", "'a.b'", "statementId",
     "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"),
    ("POST", "/2015-03-31/event-source-mappings", '{"FunctionName": "{f}", "KMSKeyArn": "key"}', "'key'", "kMSKeyArn", KMS_KEY),
    ("POST", "/2015-03-31/event-source-mappings", '{"FunctionName": "{f}", "ProvisionedPollerConfig": {"MinimumPollers": 201}}', "'201'",
     "provisionedPollerConfig.minimumPollers", "Member must have value less than or equal to 200"),
    ("POST", "/2015-03-31/event-source-mappings", '{"FunctionName": "{f}", "MetricsConfig": {"Metrics": ["EventCount", "EventCount", '
     '"EventCount", "EventCount"]}}', "'[EventCount, EventCount, EventCount, EventCount]'", "metricsConfig.metrics",
     "Member must have length less than or equal to 3"),
])  # fmt: skip
def test_constraints_of_the_model(raw, there, method, path, body, value, member, constraint):
    answer = raw("lambda", method, path.replace("{f}", there), body.replace("{f}", there))
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "ValidationException"), answer
    assert answer.json()["message"] == f"{BASE}{value} at '{member}' failed to satisfy constraint: {constraint}"


@pytest.mark.parametrize("method, path, operation", [
    ("GET", "/2025-12-01/functions/f/durable-executions", "ListDurableExecutionsByFunction"),
    ("POST", "/2025-12-01/durable-execution-callbacks/c/fail", "SendDurableExecutionCallbackFailure"),
    ("POST", "/2025-12-01/durable-executions/arn%3Aa%2Fb/stop", "StopDurableExecution"),
])  # fmt: skip
def test_what_is_not_built_is_named(raw, method, path, operation):
    answer = raw("lambda", method, path, "{}")
    assert (answer.status, answer.json()["message"]) == (501, f"The operation {operation} is not implemented."), answer


def test_a_runtime_that_isnt_one(client, make_function, raw, account):
    with pytest.raises(ClientError) as refusal:
        make_function("", Runtime="fortran77")
    message = refusal.value.response["Error"]["Message"]
    assert message.startswith("Value fortran77 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [")
    names = message.partition("[")[2].partition("]")[0].split(", ")
    assert len(names) == 25 and {"dotnet10", "python3.14", "nodejs24.x"} <= set(names) and "python3.7" not in names
    for path in ("/2018-10-31/layers?CompatibleRuntime=x", "/2018-10-31/layers/l/versions?CompatibleRuntime=x"):
        answer = raw("lambda", "GET", path)
        assert answer.status == 400 and answer.json()["message"].startswith(f"{BASE}'x' at 'compatibleRuntime' failed to satisfy")
    assert client("lambda").list_layers(CompatibleRuntime="python3.7")["Layers"] == []
