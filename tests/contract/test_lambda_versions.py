"""Versions, aliases, layers, permissions."""

import json

import pytest
from botocore.exceptions import ClientError


def refused(call, *args, **kwargs):
    with pytest.raises(ClientError) as error:
        call(*args, **kwargs)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


@pytest.fixture
def lam(client):
    return client("lambda")


@pytest.fixture
def arn(account):
    return lambda name: f"arn:aws:lambda:us-east-1:{account}:function:{name}"


VERSION = "def handler(event, context): return context.function_version\n"


def test_versions(lam, make_function, arn, package):
    name = make_function(VERSION)
    first = lam.publish_version(FunctionName=name)
    assert first["Version"] == "1" and first["FunctionArn"] == arn(name) + ":1"
    again = lam.publish_version(FunctionName=name)  # nothing changed
    assert (again["Version"], again["RevisionId"]) == ("1", first["RevisionId"])
    lam.update_function_configuration(FunctionName=name, Timeout=9)
    second = lam.publish_version(FunctionName=name, Description="two")
    assert (second["Version"], second["Timeout"], second["Description"]) == ("2", 9, "two")
    assert [v["Version"] for v in lam.list_versions_by_function(FunctionName=name)["Versions"]] == ["$LATEST", "1", "2"]
    assert lam.get_function_configuration(FunctionName=name, Qualifier="1")["Timeout"] == 3
    assert lam.invoke(FunctionName=name, Qualifier="1")["Payload"].read() == b'"1"'
    lam.delete_function(FunctionName=name, Qualifier="2")
    lam.update_function_configuration(FunctionName=name, Timeout=10)
    assert lam.publish_version(FunctionName=name)["Version"] == "3"  # numbers are never used again
    assert refused(lam.publish_version, FunctionName=name, CodeSha256="wrong")[1].startswith(
        "CodeSHA256 (wrong) is different from current CodeSHA256 in $LATEST (")


# AWS compares code and configuration, not descriptions.
def test_another_description_makes_no_version(lam, make_function):
    name = make_function(VERSION)
    first = lam.publish_version(FunctionName=name, Description="a")
    for description in ("b", ""):
        again = lam.publish_version(FunctionName=name, Description=description)
        assert (again["Version"], again["Description"], again["RevisionId"]) == ("1", "a", first["RevisionId"])


def test_a_new_version_gives_latest_a_new_revision(lam, make_function):
    name = make_function(VERSION)
    before = lam.get_function_configuration(FunctionName=name)["RevisionId"]
    lam.publish_version(FunctionName=name, RevisionId=before)
    after = lam.get_function_configuration(FunctionName=name)["RevisionId"]
    assert after != before
    lam.publish_version(FunctionName=name)  # nothing changed
    assert lam.get_function_configuration(FunctionName=name)["RevisionId"] == after


def test_code_that_is_published_at_once_is_shown_as_its_version(lam, make_function, package, arn):
    name = make_function(VERSION)
    shown = lam.update_function_code(FunctionName=name, ZipFile=package("def handler(event, context): return 2\n"), Publish=True)
    assert (shown["FunctionArn"], shown["Version"]) == (arn(name) + ":1", "1")
    assert (shown["State"], shown["StateReasonCode"], shown["StateReason"]) == ("Pending", "Creating", "The function is being created.")
    assert "LastUpdateStatus" not in shown
    assert lam.get_function_configuration(FunctionName=name, Qualifier="1")["State"] == "Active"


# While an alias or a function has no policy, its own revision stands for the policy's.
def test_the_first_permission_may_name_its_holders_revision(lam, make_function):
    name = make_function(VERSION)
    lam.publish_version(FunctionName=name)
    alias = lam.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    grant = {"FunctionName": name, "StatementId": "a", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    assert refused(lam.add_permission, Qualifier="live", RevisionId="0" * 8, **grant)[0] == "PreconditionFailedException"
    lam.add_permission(Qualifier="live", RevisionId=alias["RevisionId"], **grant)
    lam.add_permission(RevisionId=lam.get_function_configuration(FunctionName=name)["RevisionId"], **grant)


def test_create_with_publish(lam, package, make_role, unique):
    answer = lam.create_function(FunctionName=unique("f"), Runtime="python3.12", Handler="index.handler", Role=make_role(),
                                 Code={"ZipFile": package(VERSION)}, Publish=True)
    assert answer["Version"] == "1" and answer["FunctionArn"].endswith(answer["FunctionName"])


def test_a_version_keeps_its_code(lam, make_function, package):
    name = make_function("def handler(event, context): return 'old'\n")
    lam.publish_version(FunctionName=name)
    lam.update_function_code(FunctionName=name, ZipFile=package("def handler(event, context): return 'new'\n"))
    assert lam.invoke(FunctionName=name + ":1")["Payload"].read() == b'"old"'
    assert lam.invoke(FunctionName=name)["Payload"].read() == b'"new"'


def test_aliases(lam, make_function, arn):
    name = make_function(VERSION)
    lam.publish_version(FunctionName=name)
    created = lam.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    assert created["AliasArn"] == arn(name) + ":live"
    assert created["Description"] == "" and "RoutingConfig" not in created
    answer = lam.invoke(FunctionName=name, Qualifier="live")
    assert answer["ExecutedVersion"] == "1"
    shown = lam.get_function_configuration(FunctionName=name, Qualifier="live")
    assert (shown["FunctionArn"], shown["Version"]) == (arn(name) + ":live", "1")
    assert refused(lam.create_alias, FunctionName=name, Name="live", FunctionVersion="1") == (
        "ResourceConflictException", f"Alias already exists: {arn(name)}:live")
    assert refused(lam.create_alias, FunctionName=name, Name="a", FunctionVersion="10")[1] == f"Function not found: {arn(name)}:10"
    assert refused(lam.get_alias, FunctionName=name, Name="no")[1] == f"Cannot find alias arn: {arn(name)}:no"
    assert refused(lam.update_alias, FunctionName=name, Name="no")[1] == f"Alias not found: {arn(name)}:no"
    assert refused(lam.delete_function, FunctionName=name, Qualifier="live")[1] == "Deletion of aliases is not currently supported."
    updated = lam.update_alias(FunctionName=name, Name="live", Description="d")
    assert updated["Description"] == "d" and updated["RevisionId"] != created["RevisionId"]
    assert [a["Name"] for a in lam.list_aliases(FunctionName=name)["Aliases"]] == ["live"]
    for _ in range(2):  # the second time there is nothing to delete
        assert lam.delete_alias(FunctionName=name, Name="live")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_weighted_alias(lam, make_function):
    name = make_function(VERSION)
    lam.publish_version(FunctionName=name)
    lam.update_function_configuration(FunctionName=name, Timeout=9)
    lam.publish_version(FunctionName=name)
    routing = {"AdditionalVersionWeights": {"2": 0.5}}
    assert lam.create_alias(FunctionName=name, Name="both", FunctionVersion="1", RoutingConfig=routing)["RoutingConfig"] == routing
    seen = {lam.invoke(FunctionName=name, Qualifier="both")["ExecutedVersion"] for _ in range(40)}
    assert seen == {"1", "2"}
    for version in ("1", "2"):  # with and without a weight
        assert refused(lam.delete_function, FunctionName=name, Qualifier=version) == (
            "ResourceConflictException", "Unable to delete version because the following aliases reference it: [both]")
    assert refused(lam.update_alias, FunctionName=name, Name="both", RoutingConfig={"AdditionalVersionWeights": {"1": 0.1}})[1] == (
        "Invalid function version 1. Function version 1 is already included in routing configuration.")
    assert refused(lam.update_alias, FunctionName=name, Name="both",
                   RoutingConfig={"AdditionalVersionWeights": {"1": 0.1, "2": 0.1}})[1] == (
        "Number of items in AdditionalVersionWeights cannot be greater than 1")
    lam.update_alias(FunctionName=name, Name="both", RoutingConfig={})
    assert {lam.invoke(FunctionName=name, Qualifier="both")["ExecutedVersion"] for _ in range(10)} == {"1"}


def test_layers(lam, make_function, package, unique, account):
    layer = unique("layer")
    zipped = package({"python/from_layer.py": "TEXT = 'from the layer'\n"})
    published = lam.publish_layer_version(LayerName=layer, Content={"ZipFile": zipped}, CompatibleRuntimes=["python3.12"])
    assert published["LayerVersionArn"] == f"arn:aws:lambda:us-east-1:{account}:layer:{layer}:1"
    assert (published["Version"], published["Content"]["CodeSize"]) == (1, len(zipped))
    name = make_function("import from_layer\ndef handler(event, context): return from_layer.TEXT\n", Layers=[published["LayerVersionArn"]])
    assert lam.get_function_configuration(FunctionName=name)["Layers"] == [{"Arn": published["LayerVersionArn"], "CodeSize": len(zipped)}]
    lam.delete_layer_version(LayerName=layer, VersionNumber=1)  # the function keeps it
    assert lam.invoke(FunctionName=name)["Payload"].read() == b'"from the layer"'
    assert lam.publish_layer_version(LayerName=layer, Content={"ZipFile": zipped})["Version"] == 2
    shown = lam.get_layer_version(LayerName=layer, VersionNumber=2)
    assert shown["LayerArn"].endswith(f":layer:{layer}") and shown["Description"] == ""
    assert lam.get_layer_version_by_arn(Arn=shown["LayerVersionArn"])["Version"] == 2
    assert [v["Version"] for v in lam.list_layer_versions(LayerName=layer)["LayerVersions"]] == [2]
    assert lam.list_layer_versions(LayerName="never")["LayerVersions"] == []
    assert refused(lam.get_layer_version, LayerName=layer, VersionNumber=0)[1] == "Layer Version Cannot be less than 1"
    assert refused(lam.get_layer_version, LayerName=layer, VersionNumber=7)[0] == "ResourceNotFoundException"
    assert layer in [entry["LayerName"] for entry in lam.list_layers()["Layers"]]


# The documented layout for packages of one version; the function's label decides, not the Python that happens to run.
def test_a_layer_for_the_functions_version(lam, make_function, package, unique):
    zipped = package({"python/lib/python3.13/site-packages/of_the_version.py": "TEXT = 'found'\n"})
    layer = lam.publish_layer_version(LayerName=unique("layer"), Content={"ZipFile": zipped})["LayerVersionArn"]
    source = "import of_the_version\ndef handler(event, context): return of_the_version.TEXT\n"
    assert lam.invoke(FunctionName=make_function(source, Runtime="python3.13", Layers=[layer]))["Payload"].read() == b'"found"'


def test_a_layer_of_another_account(lam, client, make_function, package, unique, account):
    from harness import aws

    other = aws.new_account()
    owner = client("lambda", account=other)
    layer = owner.publish_layer_version(LayerName=unique("layer"), Content={"ZipFile": package({"python/theirs.py": "TEXT = 'theirs'\n"})})
    arn = layer["LayerVersionArn"]
    source = "import theirs\ndef handler(event, context): return theirs.TEXT\n"
    assert refused(make_function, source, Layers=[arn])[0] == "AccessDeniedException"
    name = make_function(source)
    assert refused(lam.update_function_configuration, FunctionName=name, Layers=[arn])[0] == "AccessDeniedException"
    owner.add_layer_version_permission(LayerName=layer["LayerArn"], VersionNumber=1, StatementId="s", Principal=account,
                                       Action="lambda:GetLayerVersion")
    lam.update_function_configuration(FunctionName=name, Layers=[arn])
    assert lam.invoke(FunctionName=name)["Payload"].read() == b'"theirs"'


def test_layers_that_are_refused(lam, make_function, package, unique, account):
    layer = unique("layer")
    arns = [lam.publish_layer_version(LayerName=layer, Content={"ZipFile": package(f"x = {i}\n")})["LayerVersionArn"] for i in range(2)]
    missing = f"arn:aws:lambda:us-east-1:{account}:layer:{layer}:99"
    elsewhere = f"arn:aws:lambda:eu-west-1:{account}:layer:{layer}:1"
    for layers, message in (
        ([missing], f"Layer version {missing} does not exist."),
        (arns, "Two different versions of the same layer are not allowed to be referenced in the same function. "
               f"{arns[0]} and {arns[1]} are versions of the same layer."),
        ([elsewhere], "Layers are not in the same region as the function. Layers are expected to be in region us-east-1."),
        ([arns[0]] * 6, "Cannot reference more than 5 layers."),
    ):
        assert refused(make_function, VERSION, Layers=layers) == ("InvalidParameterValueException", message)
    unversioned = arns[0].rpartition(":")[0]
    assert refused(make_function, VERSION, Layers=[arns[0], unversioned]) == (
        "ValidationException",
        f"1 validation error detected: Value '[{arns[0]}, {unversioned}]' at 'layers' failed to satisfy constraint: Member must satisfy "
        "constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must "
        r"satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:"
        r"layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member must not be null]")


def test_permissions(lam, make_function, arn):
    name = make_function(VERSION)
    assert refused(lam.get_policy, FunctionName=name)[1] == "The resource you requested does not exist."
    added = lam.add_permission(FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                               SourceArn="arn:aws:s3:::bucket")
    statement = {"Sid": "s3", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "lambda:InvokeFunction",
                 "Resource": arn(name), "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"}}}
    assert added["Statement"] == json.dumps(statement, separators=(",", ":"))
    policy = lam.get_policy(FunctionName=name)
    assert json.loads(policy["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    assert refused(lam.add_permission, FunctionName=name, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com") == (
        "ResourceConflictException",
        "The statement id (s3) provided already exists. Please provide a new statement id, or remove the existing statement.")
    other = lam.add_permission(FunctionName=name, StatementId="other", Action="lambda:InvokeFunction", Principal="123456789012")
    assert json.loads(other["Statement"])["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert refused(lam.add_permission, FunctionName=name, StatementId="x", Action="lambda:InvokeFunction", Principal="nobody")[1] == (
        "The provided principal was invalid. Please check the principal and try again.")
    assert refused(lam.add_permission, FunctionName=name, StatementId="x", Action="lambda:InvokeFunction", Principal="*",
                   Qualifier="$LATEST")[1] == "We currently do not support adding policies for $LATEST."
    assert refused(lam.remove_permission, FunctionName=name, StatementId="no")[1] == "Statement no is not found in resource policy."
    lam.remove_permission(FunctionName=name, StatementId="s3")
    lam.remove_permission(FunctionName=name, StatementId="other")
    assert refused(lam.remove_permission, FunctionName=name, StatementId="s3")[1] == "No policy is associated with the given resource."
    assert refused(lam.remove_permission, FunctionName="nobody", StatementId="s3")[1] == f"No policy found for: {arn('nobody')}"


def test_a_permission_lets_another_account_in(client, make_function, arn, lam):
    name = make_function(VERSION)
    stranger = client("lambda", account="888888888888")
    assert refused(stranger.invoke, FunctionName=arn(name))[0] == "AccessDeniedException"
    lam.add_permission(FunctionName=name, StatementId="in", Action="lambda:InvokeFunction", Principal="888888888888")
    assert stranger.invoke(FunctionName=arn(name))["StatusCode"] == 200


def test_provisioned_concurrency(lam, make_function, until):
    name = make_function(VERSION)
    version = lam.publish_version(FunctionName=name)["Version"]
    put = lam.put_provisioned_concurrency_config(FunctionName=name, Qualifier=version, ProvisionedConcurrentExecutions=2)
    assert (put["Status"], put["RequestedProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 2)
    read = lambda: lam.get_provisioned_concurrency_config(FunctionName=name, Qualifier=version)  # noqa: E731
    until(lambda: read()["Status"] == "READY", "both environments are initialised")
    assert read()["AvailableProvisionedConcurrentExecutions"] == 2
    listed = lam.list_provisioned_concurrency_configs(FunctionName=name)["ProvisionedConcurrencyConfigs"]
    assert [c["FunctionArn"].rsplit(":", 1)[1] for c in listed] == [version]
    lam.delete_provisioned_concurrency_config(FunctionName=name, Qualifier=version)
    assert refused(lam.get_provisioned_concurrency_config, FunctionName=name, Qualifier=version) == (
        "ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function")
