"""Roles, their inline and attached policies: the calls that aws_iam_role and its companions make."""

import json

import pytest
from botocore.exceptions import ClientError


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


LAMBDA_TRUST = document({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
READS = document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


@pytest.fixture
def iam(client):
    return client("iam")


@pytest.fixture
def role(iam, unique):
    return iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=LAMBDA_TRUST)["Role"]


def refusal(call, *args, **kwargs):
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# What CreateRole answers and what only GetRole adds; ListRoles has neither tags nor RoleLastUsed.
def test_role_views(iam, unique, account):
    name = unique("role")
    tags = [{"Key": "team", "Value": "blue"}]
    made = iam.create_role(
        RoleName=name, Path="/app/", AssumeRolePolicyDocument=LAMBDA_TRUST, Description="reads: 100% + more", Tags=tags
    )["Role"]
    assert made["Arn"] == f"arn:aws:iam::{account}:role/app/{name}"
    assert made["RoleId"].startswith("AROA") and len(made["RoleId"]) == 21
    assert made["AssumeRolePolicyDocument"] == json.loads(LAMBDA_TRUST)
    assert made["Tags"] == tags and "MaxSessionDuration" not in made and "RoleLastUsed" not in made
    got = iam.get_role(RoleName=name)["Role"]
    assert got["MaxSessionDuration"] == 3600 and got["RoleLastUsed"] == {} and got["Tags"] == tags
    assert got["Description"] == "reads: 100% + more" and got["CreateDate"] == made["CreateDate"]
    listed = iam.list_roles(PathPrefix="/app/")["Roles"]
    assert [r["RoleName"] for r in listed] == [name]
    assert listed[0]["MaxSessionDuration"] == 3600 and "Tags" not in listed[0] and "RoleLastUsed" not in listed[0]


# The document in an answer is percent-encoded by RFC 3986, percent signs and plus signs of its own included.
def test_documents_survive_their_encoding(iam, role, raw):
    odd = document({"Sid": "a", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/%3A+ ü/*"})
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="p", PolicyDocument=odd)
    got = iam.get_role_policy(RoleName=role["RoleName"], PolicyName="p")
    assert got["PolicyDocument"] == json.loads(odd)
    body = f"Action=GetRolePolicy&RoleName={role['RoleName']}&PolicyName=p&Version=2010-05-08"
    text = raw("iam", body=body, headers={"Content-Type": "application/x-www-form-urlencoded"}).text
    encoded = text.split("<PolicyDocument>")[1].split("</PolicyDocument>")[0]
    assert "+" not in encoded and " " not in encoded and "%253A" in encoded and "%2B" in encoded


# Terraform sends MaxSessionDuration alone and expects the description to stay.
def test_update_role_keeps_what_is_not_sent(iam, unique):
    name = unique("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA_TRUST, Description="keep me")
    iam.update_role(RoleName=name, MaxSessionDuration=7200)
    got = iam.get_role(RoleName=name)["Role"]
    assert (got["Description"], got["MaxSessionDuration"]) == ("keep me", 7200)
    assert iam.update_role_description(RoleName=name, Description="new")["Role"]["Description"] == "new"
    assert iam.get_role(RoleName=name)["Role"]["MaxSessionDuration"] == 7200


def test_inline_policies(iam, role):
    name = role["RoleName"]
    iam.put_role_policy(RoleName=name, PolicyName="b", PolicyDocument=READS)
    iam.put_role_policy(RoleName=name, PolicyName="a", PolicyDocument=READS)
    listed = iam.list_role_policies(RoleName=name)
    assert listed["PolicyNames"] == ["a", "b"] and listed["IsTruncated"] is False
    first = iam.list_role_policies(RoleName=name, MaxItems=1)
    assert first["PolicyNames"] == ["a"] and first["IsTruncated"]
    assert iam.list_role_policies(RoleName=name, Marker=first["Marker"])["PolicyNames"] == ["b"]
    iam.delete_role_policy(RoleName=name, PolicyName="a")
    assert refusal(iam.get_role_policy, RoleName=name, PolicyName="a") == (
        "NoSuchEntity",
        "The role policy with name a cannot be found.",
    )


def test_attachments(iam, role, unique, account):
    name = role["RoleName"]
    policy = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=READS)["Policy"]
    iam.attach_role_policy(RoleName=name, PolicyArn=BASIC)
    iam.attach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
    iam.attach_role_policy(RoleName=name, PolicyArn=policy["Arn"])  # again: nothing happens
    listed = iam.list_attached_role_policies(RoleName=name)
    assert listed["IsTruncated"] is False
    assert {p["PolicyArn"] for p in listed["AttachedPolicies"]} == {BASIC, policy["Arn"]}
    assert iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["AttachmentCount"] == 1
    entities = iam.list_entities_for_policy(PolicyArn=policy["Arn"])
    assert [r["RoleName"] for r in entities["PolicyRoles"]] == [name] and entities["PolicyUsers"] == []
    assert refusal(iam.delete_policy, PolicyArn=policy["Arn"]) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )
    iam.detach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
    missing = f"arn:aws:iam::{account}:policy/missing"
    assert refusal(iam.attach_role_policy, RoleName=name, PolicyArn=missing) == (
        "NoSuchEntity",
        f"Policy {missing} does not exist or is not attachable.",
    )
    assert refusal(iam.detach_role_policy, RoleName=name, PolicyArn=policy["Arn"]) == (
        "NoSuchEntity",
        f"Policy {policy['Arn']} was not found.",
    )
    assert refusal(iam.attach_role_policy, RoleName=name, PolicyArn="this is not an arn at all") == (
        "ValidationError",
        "Invalid ARN:  Could not be parsed!",
    )


def test_delete_refusals_in_order(iam, role, unique):
    name, profile = role["RoleName"], unique("profile")
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=READS)
    iam.attach_role_policy(RoleName=name, PolicyArn=BASIC)
    iam.create_instance_profile(InstanceProfileName=profile)
    iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=name)
    refused = lambda: refusal(iam.delete_role, RoleName=name)
    head = "Cannot delete entity, must "
    assert refused() == ("DeleteConflict", head + "remove roles from instance profile first.")
    iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=name)
    assert refused() == ("DeleteConflict", head + "detach all policies first.")
    iam.detach_role_policy(RoleName=name, PolicyArn=BASIC)
    assert refused() == ("DeleteConflict", head + "delete policies first.")
    iam.delete_role_policy(RoleName=name, PolicyName="p")
    iam.delete_role(RoleName=name)
    assert refusal(iam.get_role, RoleName=name) == ("NoSuchEntity", f"The role with name {name} cannot be found.")
    iam.delete_instance_profile(InstanceProfileName=profile)


def test_names_are_unique_without_case(iam, role):
    upper = role["RoleName"].upper()
    assert refusal(iam.create_role, RoleName=upper, AssumeRolePolicyDocument=LAMBDA_TRUST) == (
        "EntityAlreadyExists",
        f"Role with name {upper} already exists.",
    )


@pytest.mark.parametrize(
    "trust, message",
    [
        ("{", "This policy contains invalid Json"),
        (document({"Effect": "Allow", "Action": "sts:AssumeRole"}), "Missing required field Principal"),
        (
            document({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}),
            "Has prohibited field Resource.",
        ),
        (
            document({"Effect": "Allow", "Principal": {"Service": "lambda"}, "Action": "sts:AssumeRole"}),
            'Invalid principal in policy: "SERVICE":"lambda"',
        ),
        (
            document({"Effect": "Allow", "Principal": {"AWS": "somebody"}, "Action": "sts:AssumeRole"}),
            'Invalid principal in policy: "AWS":"somebody"',
        ),
    ],
)
def test_trust_policy_faults(iam, unique, trust, message):
    assert refusal(iam.create_role, RoleName=unique("role"), AssumeRolePolicyDocument=trust) == (
        "MalformedPolicyDocument",
        message,
    )


def test_a_trusted_role_must_exist(iam, unique, account):
    arn = f"arn:aws:iam::{account}:role/{unique('missing')}"
    trust = document({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"})
    assert refusal(iam.create_role, RoleName=unique("role"), AssumeRolePolicyDocument=trust) == (
        "MalformedPolicyDocument",
        f'Invalid principal in policy: "AWS":"{arn}"',
    )


# A deleted role stays in the trust policies that name it as its unique id, so that a namesake isn't trusted.
def test_a_deleted_principal_becomes_its_id(iam, unique):
    trusted = iam.create_role(RoleName=unique("trusted"), AssumeRolePolicyDocument=LAMBDA_TRUST)["Role"]
    trust = document({"Effect": "Allow", "Principal": {"AWS": trusted["Arn"]}, "Action": "sts:AssumeRole"})
    name = unique("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.delete_role(RoleName=trusted["RoleName"])
    stored = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert stored["Statement"][0]["Principal"] == {"AWS": trusted["RoleId"]}


def test_inline_policy_quota(iam, role):
    # White space doesn't count, so the document may be longer than the quota.
    spacious = READS + " " * 11_000
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="spacious", PolicyDocument=spacious)
    big = document({"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::" + "b" * 50 + str(i) for i in range(200)]})
    assert refusal(iam.put_role_policy, RoleName=role["RoleName"], PolicyName="big", PolicyDocument=big) == (
        "LimitExceeded",
        f"Maximum policy size of 10240 bytes exceeded for role {role['RoleName']}",
    )


def test_tags(iam, role):
    name = role["RoleName"]
    iam.tag_role(RoleName=name, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    iam.tag_role(RoleName=name, Tags=[{"Key": "A", "Value": "3"}])
    assert {t["Value"] for t in iam.list_role_tags(RoleName=name)["Tags"]} == {"3", "2"}
    iam.untag_role(RoleName=name, TagKeys=["b"])
    assert [t["Value"] for t in iam.get_role(RoleName=name)["Role"]["Tags"]] == ["3"]
    assert refusal(iam.tag_role, RoleName=name, Tags=[{"Key": "x", "Value": "1"}, {"Key": "X", "Value": "1"}]) == (
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )


def test_permissions_boundary(iam, unique):
    policy = iam.create_policy(PolicyName=unique("boundary"), PolicyDocument=READS)["Policy"]["Arn"]
    name = unique("role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA_TRUST, PermissionsBoundary=policy)
    expected = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy}
    assert iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"] == expected
    assert iam.get_policy(PolicyArn=policy)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    iam.delete_role_permissions_boundary(RoleName=name)
    assert "PermissionsBoundary" not in iam.get_role(RoleName=name)["Role"]


def test_service_linked_role(iam):
    made = iam.create_service_linked_role(AWSServiceName="replication.dynamodb.amazonaws.com")["Role"]
    assert made["Path"] == "/aws-service-role/replication.dynamodb.amazonaws.com/"
    assert made["RoleName"] == "AWSServiceRoleForDynamoDBReplication"
    assert refusal(iam.create_service_linked_role, AWSServiceName="replication.dynamodb.amazonaws.com") == (
        "InvalidInput",
        "Service role name AWSServiceRoleForDynamoDBReplication has been taken in this account, please try a different "
        "suffix.",
    )
    code, _ = refusal(iam.delete_role, RoleName=made["RoleName"])
    assert code == "UnmodifiableEntity"
    task = iam.delete_service_linked_role(RoleName=made["RoleName"])["DeletionTaskId"]
    assert task.startswith("task/aws-service-role/replication.dynamodb.amazonaws.com/")
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"


def test_instance_profile(iam, role, unique):
    name = unique("profile")
    iam.create_instance_profile(InstanceProfileName=name, Tags=[{"Key": "a", "Value": "b"}])
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role["RoleName"])
    got = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert [r["RoleName"] for r in got["Roles"]] == [role["RoleName"]] and got["Tags"] == [{"Key": "a", "Value": "b"}]
    held = iam.list_instance_profiles_for_role(RoleName=role["RoleName"])["InstanceProfiles"]
    assert [p["InstanceProfileName"] for p in held] == [name]
    assert refusal(iam.add_role_to_instance_profile, InstanceProfileName=name, RoleName=role["RoleName"]) == (
        "LimitExceeded",
        "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
    )


@pytest.mark.parametrize("service, name, policy", [
    ("cloudtrail", "CloudTrail", "CloudTrailServiceRolePolicy"),
    ("cassandra.application-autoscaling", "ApplicationAutoScaling_CassandraTable", "AWSApplicationAutoscalingCassandraTablePolicy"),
    ("ops.apigateway", "APIGateway", "APIGatewayServiceRolePolicy"),
    ("eks-nodegroup", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
])
def test_service_linked_roles_are_called_as_on_aws(iam, service, name, policy):
    principal = service + ".amazonaws.com"
    made = iam.create_service_linked_role(AWSServiceName=principal)["Role"]
    assert made["RoleName"] == "AWSServiceRoleFor" + name
    assert made["AssumeRolePolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}]
    assert iam.list_attached_role_policies(RoleName=made["RoleName"])["AttachedPolicies"] == [
        {"PolicyName": policy, "PolicyArn": f"arn:aws:iam::aws:policy/aws-service-role/{policy}"}]


def test_suffixes_of_service_linked_roles(iam):
    assert refusal(iam.create_service_linked_role, AWSServiceName="config.amazonaws.com", CustomSuffix="x") == (
        "InvalidInput", "Custom suffix is not allowed for config.amazonaws.com")
    made = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="mine")["Role"]
    assert made["RoleName"] == "AWSServiceRoleForAutoScaling_mine"
