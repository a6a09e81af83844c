"""Functions: creating, reading, updating, deleting, and the errors in AWS's words and order."""

import base64
import hashlib
import re
import urllib.request

import pytest
from botocore.exceptions import ClientError

HANDLER = "def handler(event, context):\n    return {'event': event, 'version': context.function_version}\n"


@pytest.fixture
def lam(client):
    return client("lambda")


@pytest.fixture
def create(lam, package, make_role, unique):
    """create(**settings): the raw answer of CreateFunction for a small function."""

    def make(**settings):
        options = {
            "FunctionName": unique("f"),
            "Runtime": "python3.12",
            "Handler": "index.handler",
            "Code": {"ZipFile": package(HANDLER)},
            **settings,
        }
        options = {name: value for name, value in options.items() if value is not None}
        if "Role" not in options:
            options["Role"] = make_role()
        return lam.create_function(**options)

    return make


def refused(call, *args, **kwargs):
    """(code, message, parsed response) of the error that the call ends in."""
    with pytest.raises(ClientError) as error:
        call(*args, **kwargs)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"], error.value.response


# -- the shapes


def test_create_shows_exactly_these_members(raw, package, make_role, unique, account):
    import json

    name, code = unique("f"), package(HANDLER)
    body = {"FunctionName": name, "Runtime": "python3.12", "Handler": "index.handler", "Role": make_role(),
            "Code": {"ZipFile": base64.b64encode(code).decode()}}
    answer = raw("lambda", "POST", "/2015-03-31/functions", json.dumps(body))
    assert answer.status == 201
    shown = answer.json()
    assert list(shown) == [
        "FunctionName", "FunctionArn", "Runtime", "Role", "Handler", "CodeSize", "Description", "Timeout", "MemorySize",
        "LastModified", "CodeSha256", "Version", "TracingConfig", "RevisionId", "State", "StateReason", "StateReasonCode",
        "PackageType", "Architectures", "EphemeralStorage", "SnapStart", "RuntimeVersionConfig", "LoggingConfig",
    ]
    assert shown["FunctionArn"] == f"arn:aws:lambda:us-east-1:{account}:function:{name}"
    assert shown["CodeSha256"] == base64.b64encode(hashlib.sha256(code).digest()).decode()
    assert shown["CodeSize"] == len(code)
    assert (shown["Version"], shown["State"], shown["StateReasonCode"]) == ("$LATEST", "Pending", "Creating")
    assert (shown["Timeout"], shown["MemorySize"], shown["Description"]) == (3, 128, "")
    assert shown["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", shown["LastModified"])


def test_get_function_after_creation(lam, create):
    created = create(Tags={"team": "mill"}, Environment={"Variables": {"KEY": "1"}})
    shown = lam.get_function(FunctionName=created["FunctionName"])
    configuration = shown["Configuration"]
    assert configuration["State"] == "Active" and configuration["LastUpdateStatus"] == "Successful"
    assert "StateReason" not in configuration
    assert configuration["Environment"] == {"Variables": {"KEY": "1"}}
    assert configuration["RevisionId"] != created["RevisionId"]  # the end of the creation is a change
    assert configuration["RevisionId"] == lam.get_function(FunctionName=created["FunctionName"])["Configuration"]["RevisionId"]
    assert shown["Tags"] == {"team": "mill"} and "Concurrency" not in shown
    assert shown["Code"]["RepositoryType"] == "S3"


def test_code_location_gives_the_package(lam, create, package):
    name = create()["FunctionName"]
    with urllib.request.urlopen(lam.get_function(FunctionName=name)["Code"]["Location"], timeout=10) as answer:
        assert answer.read() == package(HANDLER)


def test_environment_is_absent_unless_given(lam, create):
    assert "Environment" not in create()
    assert create(Environment={"Variables": {}})["Environment"] == {"Variables": {}}


def test_qualified_reads_show_the_qualifier(lam, create):
    name = create()["FunctionName"]
    shown = lam.get_function_configuration(FunctionName=name, Qualifier="$LATEST")
    assert shown["FunctionArn"].endswith(f":function:{name}:$LATEST")
    assert lam.get_function_configuration(FunctionName=name)["FunctionArn"].endswith(f":function:{name}")


@pytest.mark.parametrize("form", ["{n}", "function:{n}", "{a}:function:{n}", "arn:aws:lambda:us-east-1:{a}:function:{n}", "{n}:$LATEST"])
def test_forms_of_a_name(lam, create, account, form):
    name = create()["FunctionName"]
    assert lam.get_function(FunctionName=form.format(n=name, a=account))["Configuration"]["FunctionName"] == name


def test_lists_leave_states_out(lam, create):
    name = create()["FunctionName"]
    listed = [f for page in lam.get_paginator("list_functions").paginate() for f in page["Functions"]]
    shown = next(f for f in listed if f["FunctionName"] == name)
    assert not {"State", "LastUpdateStatus", "RuntimeVersionConfig"} & set(shown)
    versions = lam.list_versions_by_function(FunctionName=name)["Versions"]
    assert [v["Version"] for v in versions] == ["$LATEST"]
    assert versions[0]["FunctionArn"].endswith(":$LATEST")


def test_list_functions_pages(client, package, unique):
    lam = client("lambda", region="eu-central-1")
    iam = client("iam")
    role = iam.create_role(
        RoleName=unique("r"),
        AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}',
    )["Role"]["Arn"]
    names = sorted(unique("f") for _ in range(3))
    for name in names:
        lam.create_function(FunctionName=name, Runtime="python3.12", Handler="i.h", Role=role, Code={"ZipFile": package(HANDLER)})
    first = lam.list_functions(MaxItems=2)
    second = lam.list_functions(MaxItems=2, Marker=first["NextMarker"])
    assert [f["FunctionName"] for f in first["Functions"] + second["Functions"]] == names
    assert "NextMarker" not in second


# -- updates


def test_update_configuration(lam, create):
    name = create(Environment={"Variables": {"KEY": "1"}}, Timeout=7)["FunctionName"]
    before = lam.get_function_configuration(FunctionName=name)["RevisionId"]
    answer = lam.update_function_configuration(FunctionName=name, MemorySize=256, Environment={"Variables": {"OTHER": "2"}})
    assert (answer["State"], answer["LastUpdateStatus"], answer["LastUpdateStatusReasonCode"]) == ("Active", "InProgress", "Creating")
    assert answer["LastUpdateStatusReason"] == "The function is being created."
    after = lam.get_function_configuration(FunctionName=name)
    assert (after["MemorySize"], after["Timeout"], after["Environment"]["Variables"]) == (256, 7, {"OTHER": "2"})
    assert after["LastUpdateStatus"] == "Successful"
    assert len({before, answer["RevisionId"], after["RevisionId"]}) == 3


def test_update_code_is_what_runs(lam, create, package):
    name = create()["FunctionName"]
    assert lam.invoke(FunctionName=name)["Payload"].read() == b'{"event": {}, "version": "$LATEST"}'
    code = package("def handler(event, context): return 'new'\n")
    assert lam.update_function_code(FunctionName=name, ZipFile=code)["CodeSize"] == len(code)
    assert lam.invoke(FunctionName=name)["Payload"].read() == b'"new"'


def test_update_code_dry_run_changes_nothing(lam, create, package):
    created = create()
    answer = lam.update_function_code(FunctionName=created["FunctionName"], ZipFile=package("x = 1\n"), DryRun=True)
    assert answer["CodeSha256"] != created["CodeSha256"]
    assert lam.get_function_configuration(FunctionName=created["FunctionName"])["CodeSha256"] == created["CodeSha256"]


def test_wrong_revision(lam, create, package):
    name = create()["FunctionName"]
    for call in (
        lambda: lam.update_function_code(FunctionName=name, ZipFile=package("x=1"), RevisionId="wrong"),
        lambda: lam.update_function_configuration(FunctionName=name, RevisionId="wrong"),
        lambda: lam.publish_version(FunctionName=name, RevisionId="wrong"),
    ):
        code, message, response = refused(call)
        assert code == "PreconditionFailedException" and response["ResponseMetadata"]["HTTPStatusCode"] == 412
        assert message == ("The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
                           "retrieve the latest Revision Id")


# -- errors


def test_not_found(lam, account, unique):
    name = unique("missing")
    arn = f"arn:aws:lambda:us-east-1:{account}:function:{name}"
    for call in (lam.get_function, lam.get_function_configuration, lam.delete_function):
        assert refused(call, FunctionName=name)[:2] == ("ResourceNotFoundException", f"Function not found: {arn}")
    assert refused(lam.get_function, FunctionName=name, Qualifier="1")[1] == f"Function not found: {arn}:1"


def test_member_case_differs_by_error(raw, unique):
    import json

    missing = raw("lambda", "GET", f"/2015-03-31/functions/{unique('missing')}")
    assert missing.status == 404 and missing.headers["x-amzn-errortype"] == "ResourceNotFoundException"
    assert list(missing.json()) == ["Type", "Message"] and missing.json()["Type"] == "User"
    invalid = raw("lambda", "POST", "/2015-03-31/event-source-mappings", json.dumps({"FunctionName": "x"}))
    assert invalid.status == 400 and list(invalid.json()) == ["Type", "message"]
    broken = raw("lambda", "POST", "/2015-03-31/functions", "{")
    assert broken.status == 400 and broken.headers["x-amzn-errortype"] == "InvalidRequestContentException"
    constraint = raw("lambda", "POST", "/2015-03-31/functions", "{}")
    assert constraint.status == 400 and list(constraint.json()) == ["message"]
    assert constraint.headers["x-amzn-errortype"] == "ValidationException"


def test_qualifier_error_comes_first(lam):
    code, message, _ = refused(lam.get_function, FunctionName="f!", Qualifier="a b")
    assert code == "ValidationException" and message.startswith("2 validation errors detected: Value 'a b' at 'qualifier'")


def test_other_region_and_other_qualifier(lam, create, account):
    name = create()["FunctionName"]
    elsewhere = f"arn:aws:lambda:eu-west-1:{account}:function:{name}"
    assert refused(lam.get_function, FunctionName=elsewhere)[:2] == (
        "ResourceNotFoundException", "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')")
    assert refused(lam.get_function, FunctionName=f"{name}:1", Qualifier="2")[:2] == (
        "InvalidParameterValueException", "The derived qualifier from the function name does not match the specified qualifier.")


def test_another_accounts_function_is_denied(client, create):
    arn = create()["FunctionArn"]
    stranger = client("lambda", account="999999999999")
    assert refused(stranger.get_function, FunctionName=arn)[0] == "AccessDeniedException"
    assert refused(stranger.invoke, FunctionName=arn)[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    "settings, code, message",
    [
        ({"Runtime": "python3.7"}, "InvalidParameterValueException",
         "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions. We recommend you "
         "use a supported runtime while creating or updating functions."),
        ({"Role": "r1"}, "ValidationException",
         r"1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression "
         r"pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"),
        ({"Role": "arn:aws:iam::OWN:role/nobody"}, "InvalidParameterValueException",
         "The role defined for the function cannot be assumed by Lambda."),
        ({"Code": {"ZipFile": b"not a zip"}}, "InvalidParameterValueException",
         "Could not unzip uploaded file. Please check your file, then try to upload again."),
        ({"Runtime": None}, "InvalidParameterValueException",
         "Runtime and Handler are mandatory parameters for functions created with deployment packages."),
        ({"Architectures": ["X86_64"]}, "ValidationException",
         "1 validation error detected: Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy "
         "constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "InvalidParameterValueException",
         "Lambda was unable to configure your environment variables because the environment variables you have provided contains "
         "reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION"),
        ({"Environment": {"Variables": {"BIG": "x" * 4100}}}, "InvalidParameterValueException",
         "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded "
         'the 4KB limit. String measured: {"BIG":"' + "x" * 4100 + '"}'),
        ({"Code": {"S3Bucket": "no-such-bucket-here", "S3Key": "k"}}, "InvalidParameterValueException",
         "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist"),
        ({"FunctionName": "n" * 65}, "InvalidParameterValueException",
         f"1 validation error detected: Value '{'n' * 65}' at 'functionName' failed to satisfy constraint: Member must have length "
         "less than or equal to 64"),
        ({"Timeout": 901}, "ValidationException",
         "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or "
         "equal to 900"),
    ],
)
def test_create_is_refused(create, account, settings, code, message):
    if "Role" in settings:
        settings = {**settings, "Role": settings["Role"].replace("OWN", account)}
    assert refused(create, **settings)[:2] == (code, message)


def test_unknown_runtime(create):
    code, message, _ = refused(create, Runtime="cobol85")
    assert code == "InvalidParameterValueException"
    assert message.startswith("Value cobol85 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [")
    assert message.endswith("] or be a valid ARN")


def test_the_same_name_again(create):
    name = create()["FunctionName"]
    code, message, response = refused(create, FunctionName=name)
    assert (code, message) == ("ResourceConflictException", f"Function already exist: {name}")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_archive_may_not_leave_its_folder(create, package):
    code = package({"../outside.py": "x = 1\n", "index.py": HANDLER})
    assert refused(create, Code={"ZipFile": code})[1].startswith("Could not unzip uploaded file.")


def test_deleting(lam, create, client):
    name = create()["FunctionName"]
    assert lam.delete_function(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refused(lam.get_function, FunctionName=name)[0] == "ResourceNotFoundException"
    again = create(FunctionName=name)
    assert again["Version"] == "$LATEST"
    assert refused(lam.delete_function, FunctionName=name, Qualifier="$LATEST")[1] == (
        "$LATEST version cannot be deleted without deleting the function.")


# -- reads that Terraform makes of every function


def test_settings_that_are_never_set(raw, create):
    created = create()
    name = created["FunctionName"]
    for path, shown in (
        (f"/2020-06-30/functions/{name}/code-signing-config", {"FunctionName": name}),
        (f"/2021-07-20/functions/{name}/runtime-management-config", {"UpdateRuntimeOn": "Auto", "FunctionArn": created["FunctionArn"]}),
        (f"/2024-08-31/functions/{name}/recursion-config", {"RecursiveLoop": "Terminate"}),
    ):
        answer = raw("lambda", "GET", path)
        assert (answer.status, answer.json()) == (200, shown)


def test_tags(lam, create):
    created = create(Tags={"a": "1"})
    arn, name = created["FunctionArn"], created["FunctionName"]
    revision = lam.get_function_configuration(FunctionName=name)["RevisionId"]
    lam.tag_resource(Resource=arn, Tags={"b": "2"})
    assert lam.list_tags(Resource=arn)["Tags"] == {"a": "1", "b": "2"}
    assert lam.get_function_configuration(FunctionName=name)["RevisionId"] != revision
    lam.untag_resource(Resource=arn, TagKeys=["a", "never-there"])
    assert lam.get_function(FunctionName=name)["Tags"] == {"b": "2"}
    assert refused(lam.tag_resource, Resource=arn, Tags={f"k{i}": "" for i in range(51)})[1] == "Number of tags exceeds resource tag limit."
    assert refused(lam.tag_resource, Resource=arn, Tags={})[1] == "An error occurred and the request cannot be processed."
    assert refused(lam.tag_resource, Resource=arn + ":1", Tags={"a": "b"})[1] == (
        "Tags on function aliases and versions are not supported. Please specify a function ARN.")
    assert refused(lam.list_tags, Resource=arn + "x")[1] == f"Function not found: {arn}x"


def test_reserved_concurrency(lam, create, account):
    name = create()["FunctionName"]
    assert "ReservedConcurrentExecutions" not in lam.get_function_concurrency(FunctionName=name)
    assert lam.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)["ReservedConcurrentExecutions"] == 0
    assert lam.get_function(FunctionName=name)["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    code, message, response = refused(lam.invoke, FunctionName=name)
    assert (code, message) == ("TooManyRequestsException", "Rate Exceeded.")
    assert response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    lam.delete_function_concurrency(FunctionName=name)
    assert lam.invoke(FunctionName=name)["StatusCode"] == 200
    missing = refused(lam.put_function_concurrency, FunctionName="nobody", ReservedConcurrentExecutions=1)[1]
    assert missing == f"Function not found: arn:aws:lambda:us-east-1:{account}:function:nobody:$LATEST"


def test_hot_reload_runs_from_a_folder(create, lam, tmp_path):
    (tmp_path / "index.py").write_text("def handler(event, context): return 1\n")
    name = create(Code={"S3Bucket": "hot-reload", "S3Key": str(tmp_path)})["FunctionName"]
    assert lam.invoke(FunctionName=name)["Payload"].read() == b"1"
    (tmp_path / "index.py").write_text("def handler(event, context): return 'changed'\n")
    assert lam.invoke(FunctionName=name)["Payload"].read() == b'"changed"'


# AWS gives no reason to those of other accounts.
def test_another_accounts_function(raw):
    answer = raw("lambda", "GET", "/2015-03-31/functions/arn:aws:lambda:us-east-1:999999999999:function:theirs")
    assert (answer.status, answer.headers["x-amzn-errortype"], answer.json()) == (403, "AccessDeniedException", {"Message": None})
