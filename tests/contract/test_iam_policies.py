"""Managed policies and their versions, AWS's own among them, and simulation."""

import json

import pytest
from botocore.exceptions import ClientError


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


READS = document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})


@pytest.fixture
def iam(client):
    return client("iam")


@pytest.fixture
def policy(iam, unique):
    return iam.create_policy(PolicyName=unique("policy"), PolicyDocument=READS, Description="d")["Policy"]


def refusal(call, *args, **kwargs):
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_views(iam, policy):
    assert policy["PolicyId"].startswith("ANPA") and policy["DefaultVersionId"] == "v1"
    assert policy["AttachmentCount"] == 0 and policy["IsAttachable"] is True and policy["Path"] == "/"
    assert "Description" not in policy
    got = iam.get_policy(PolicyArn=policy["Arn"])["Policy"]
    assert got["Description"] == "d" and got["Tags"] == []
    version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(READS) and version["IsDefaultVersion"] is True


def test_versions(iam, policy):
    arn = policy["Arn"]
    for _ in range(4):
        made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=READS, SetAsDefault=True)["PolicyVersion"]
        assert made["IsDefaultVersion"] is True and "Document" not in made
    assert [v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v5", "v4", "v3", "v2", "v1"]
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=READS) == (
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing "
        "version.",
    )
    assert refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v5") == (
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
    )
    code, message = refusal(iam.delete_policy, PolicyArn=arn)
    assert code == "DeleteConflict" and message.startswith("This policy has more than one version.")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    for version in ("v1", "v3", "v4", "v5"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    # A version's number is never given twice.
    assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=READS)["PolicyVersion"]["VersionId"] == "v6"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v6")
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", f"Policy {arn} was not found.")


def test_duplicates_and_missing_versions(iam, policy):
    assert refusal(iam.create_policy, PolicyName=policy["PolicyName"], PolicyDocument=READS) == (
        "EntityAlreadyExists",
        f"A policy called {policy['PolicyName']} already exists. Duplicate names are not allowed.",
    )
    assert refusal(iam.get_policy_version, PolicyArn=policy["Arn"], VersionId="v9") == (
        "NoSuchEntity",
        f"Policy {policy['Arn']} version v9 does not exist or is not attachable.",
    )


@pytest.mark.parametrize(
    "text, message",
    [
        ("not json", "Syntax errors in policy."),
        ('{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}',
         "Policy document must be version 2012-10-17 or greater."),
        (document({"Effect": "Allow", "Resource": "*"}), "Policy statement must contain actions."),
        (document({"Effect": "Allow", "Action": "s3:*"}), "Policy statement must contain resources."),
        (document({"Effect": "Allow", "Action": "invalid", "Resource": "*"}),
         "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        (document({"Effect": "Allow", "Action": "s3:*", "Resource": "nope"}),
         'Resource nope must be in ARN format or "*".'),
    ],
)
def test_malformed_documents(iam, unique, text, message):
    assert refusal(iam.create_policy, PolicyName=unique("policy"), PolicyDocument=text) == (
        "MalformedPolicyDocument",
        message,
    )


def test_aws_managed_policies(iam):
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"
    got = iam.get_policy(PolicyArn=arn)["Policy"]
    assert got["Path"] == "/service-role/" and got["DefaultVersionId"] == "v1"
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert "dynamodb:GetShardIterator" in version["Document"]["Statement"][0]["Action"]
    names = [p["PolicyName"] for page in iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={"PageSize": 7})
             for p in page["Policies"]]
    assert "AdministratorAccess" in names and names == sorted(names) and len(names) == len(set(names))


def test_simulation(iam, unique, account):
    user = unique("user")
    iam.create_user(UserName=user)
    text = json.dumps(
        {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::data/*"},
            {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}]}, indent=1)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=text)
    results = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{account}:user/{user}",
        ActionNames=["s3:GetObject", "s3:DeleteObject", "sqs:SendMessage"],
        ResourceArns=["arn:aws:s3:::data/k"],
    )["EvaluationResults"]
    assert [r["EvalDecision"] for r in results] == ["allowed", "explicitDeny", "implicitDeny"]
    matched = results[0]["MatchedStatements"]
    assert [m["SourcePolicyId"] for m in matched] == [f"user_{user}_p"]
    assert matched[0]["StartPosition"] == {"Line": 4, "Column": 4}
    custom = iam.simulate_custom_policy(
        PolicyInputList=[document({"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                                   "Condition": {"Bool": {"aws:SecureTransport": "true"}}})],
        ActionNames=["s3:GetObject"],
    )["EvaluationResults"][0]
    assert custom["EvalDecision"] == "implicitDeny" and custom["MissingContextValues"] == ["aws:SecureTransport"]
    custom = iam.simulate_custom_policy(
        PolicyInputList=[READS], ActionNames=["s3:GetObject"],
        ContextEntries=[{"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": ["true"], "ContextKeyType": "boolean"}],
    )["EvaluationResults"][0]
    assert custom["EvalDecision"] == "allowed"


# The boundary is judged by itself, whether it decided or not; every pair of action and resource has a result of its own.
def test_simulation_with_a_boundary(iam):
    def simulate(identity, boundary, resources=("*",)):
        return iam.simulate_custom_policy(
            PolicyInputList=[document(identity)], PermissionsBoundaryPolicyInputList=[document(boundary)],
            ActionNames=["s3:GetObject"], ResourceArns=list(resources))["EvaluationResults"]

    reads, writes = ({"Effect": "Allow", "Action": f"s3:{verb}*", "Resource": "*"} for verb in ("Get", "Put"))
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    for identity, boundary, decision, by_boundary in (
            (reads, reads, "allowed", True), (reads, writes, "implicitDeny", False), (writes, reads, "implicitDeny", True),
            (writes, writes, "implicitDeny", False), (reads, deny, "explicitDeny", False)):
        [result] = simulate(identity, boundary)
        assert result["EvalDecision"] == decision
        for of in (result, result["ResourceSpecificResults"][0]):
            assert of["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] is by_boundary
    one, other = "arn:aws:s3:::one/k", "arn:aws:s3:::other/k"
    results = simulate({**reads, "Resource": one}, reads, [one, other])
    assert [(r["EvalResourceName"], r["EvalDecision"]) for r in results] == [(one, "allowed"), (other, "implicitDeny")]
    assert [r["ResourceSpecificResults"][0]["EvalResourceDecision"] for r in results] == ["allowed", "implicitDeny"]


@pytest.mark.parametrize("version", [{}, {"Version": "2008-10-17"}])
def test_inline_policies_need_no_version(version, iam, unique):
    text = json.dumps({**version, "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}})
    for kind, more in (("user", {}), ("group", {}), ("role", {"AssumeRolePolicyDocument": trust})):
        name = {kind.capitalize() + "Name": unique(kind)}
        getattr(iam, f"create_{kind}")(**name, **more)
        getattr(iam, f"put_{kind}_policy")(**name, PolicyName="p", PolicyDocument=text)
    arn = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=document(
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}))["Policy"]["Arn"]
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=text) == (
        "MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater.")
