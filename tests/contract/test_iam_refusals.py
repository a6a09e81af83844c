"""IAM's errors, operation by operation, in AWS's words: what is missing, what exists, what breaks a constraint."""

import json

import pytest
from botocore.exceptions import ClientError

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
NONE = "arn:aws:iam::111122223333:policy/none"
KEY = "AKIA0000000000000000"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def constraint(member, words):
    return "ValidationError", f"1 validation error detected: Value at '{member}' failed to satisfy constraint: {words}"


def missing(words):
    return "NoSuchEntity", words


@pytest.fixture(scope="module")
def iam(client):
    return client("iam", parameter_validation=False)


@pytest.fixture(scope="module")
def refusal(iam):
    def refusal(operation, **parameters):
        with pytest.raises(ClientError) as caught:
            getattr(iam, operation)(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return refusal


NO_USER, NO_ROLE, NO_GROUP = (missing(f"The {kind} with name none cannot be found.") for kind in ("user", "role", "group"))
def named(member):
    words = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
    return "ValidationError", f"The specified value for {member[0].lower()}{member[1:]} is invalid. {words}"


USER, ROLE, GROUP = {"UserName": "none"}, {"RoleName": "none"}, {"GroupName": "none"}


@pytest.mark.parametrize("operation, parameters, expected", [
    # What isn't there.
    ("get_role", ROLE, NO_ROLE), ("delete_role", ROLE, NO_ROLE), ("list_role_policies", ROLE, NO_ROLE), ("list_attached_role_policies", ROLE, NO_ROLE),
    ("list_role_tags", ROLE, NO_ROLE), ("update_role", ROLE, NO_ROLE), ("list_instance_profiles_for_role", ROLE, NO_ROLE),
    ("put_role_policy", {**ROLE, "PolicyName": "p", "PolicyDocument": document(ALLOW)}, NO_ROLE), ("attach_role_policy", {**ROLE, "PolicyArn": ADMIN}, NO_ROLE),
    ("put_role_permissions_boundary", {**ROLE, "PermissionsBoundary": ADMIN}, NO_ROLE),
    ("get_user", USER, NO_USER), ("delete_user", USER, NO_USER), ("list_access_keys", USER, NO_USER), ("create_access_key", USER, NO_USER),
    ("get_login_profile", USER, NO_USER), ("delete_access_key", {**USER, "AccessKeyId": KEY}, NO_USER), ("list_groups_for_user", USER, NO_USER),
    ("put_user_permissions_boundary", {**USER, "PermissionsBoundary": ADMIN}, NO_USER), ("list_user_tags", USER, NO_USER), ("list_mfa_devices", USER, NO_USER),
    ("get_group", GROUP, NO_GROUP), ("delete_group", GROUP, NO_GROUP), ("add_user_to_group", {**GROUP, **USER}, NO_GROUP),
    ("remove_user_from_group", {**GROUP, **USER}, NO_GROUP), ("list_group_policies", GROUP, NO_GROUP),
    ("get_policy", {"PolicyArn": NONE}, missing(f"Policy {NONE} was not found.")), ("delete_policy", {"PolicyArn": NONE}, missing(f"Policy {NONE} was not found.")),
    ("set_default_policy_version", {"PolicyArn": NONE, "VersionId": "v1"}, missing(f"Policy {NONE} was not found.")),
    ("get_policy_version", {"PolicyArn": ADMIN, "VersionId": "v99"}, missing(f"Policy {ADMIN} version v99 does not exist or is not attachable.")),
    ("get_instance_profile", {"InstanceProfileName": "none"}, missing("Instance Profile none cannot be found.")),
    ("delete_instance_profile", {"InstanceProfileName": "none"}, missing("Instance Profile none cannot be found.")),
    ("get_server_certificate", {"ServerCertificateName": "none"}, missing("The Server Certificate with name none cannot be found.")),
    ("simulate_principal_policy", {"PolicySourceArn": "arn:aws:iam::111122223333:role/none", "ActionNames": ["s3:GetObject"]}, NO_ROLE),
    # Names, paths, numbers.
    ("create_role", {"RoleName": "a b", "AssumeRolePolicyDocument": document(TRUST)},
     ("ValidationError", "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")),
    ("create_role", {"RoleName": "x" * 65, "AssumeRolePolicyDocument": document(TRUST)}, constraint("roleName", "Member must have length less than or equal to 64")),
    ("create_user", {"UserName": ""}, constraint("userName", "Member must have length greater than or equal to 1")),
    ("create_user", {"UserName": "u", "Path": "/people"},
     ("ValidationError", "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.")),
    ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": document(TRUST), "MaxSessionDuration": 100},
     constraint("maxSessionDuration", "Member must have value greater than or equal to 3600")),
    ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": document(TRUST), "Description": "x" * 1001},
     constraint("description", "Member must have length less than or equal to 1000")),
    ("list_roles", {"MaxItems": 0}, constraint("maxItems", "Member must have value greater than or equal to 1")),
    ("list_roles", {"MaxItems": 1001}, constraint("maxItems", "Member must have value less than or equal to 1000")),
    ("list_policies", {"Scope": "Mine"}, constraint("scope", "Member must satisfy enum value set: [All, AWS, Local]")),
    ("get_policy", {"PolicyArn": "none"}, constraint("policyArn", "Member must have length greater than or equal to 20")),
    ("update_account_password_policy", {"MinimumPasswordLength": 5}, constraint("minimumPasswordLength", "Member must have value greater than or equal to 6")),
    *[(operation, {**ROLE, **more, member: value}, named(member)) for operation, member, value, more in (
        ("get_role", "RoleName", "arn:aws:iam::111122223333:role/r", {}), ("delete_role", "RoleName", "a b", {}),
        ("attach_role_policy", "RoleName", "arn:aws:iam::111122223333:role/r", {"PolicyArn": ADMIN}),
        ("put_role_policy", "RoleName", "a/b", {"PolicyName": "p", "PolicyDocument": "{}"}), ("get_role_policy", "PolicyName", "a:b", {}),
        ("create_role", "RoleName", "é", {"AssumeRolePolicyDocument": "{}"}), ("update_assume_role_policy", "RoleName", "a\n", {"PolicyDocument": "{}"}),
        ("tag_role", "RoleName", "a b", {"Tags": []}), ("add_role_to_instance_profile", "RoleName", "a/b", {"InstanceProfileName": "none"}),
        ("add_role_to_instance_profile", "InstanceProfileName", "a/b", {}))],
    ("get_user", {"UserName": "a b"}, named("UserName")), ("list_access_keys", {"UserName": "arn:aws:iam::111122223333:user/u"}, named("UserName")),
    ("add_user_to_group", {"GroupName": "a b", "UserName": "c d"}, named("UserName")), ("get_group", {"GroupName": "a b"}, named("GroupName")),
    ("update_user", {"UserName": "none", "NewUserName": "a b"}, named("NewUserName")),
    ("update_group", {"GroupName": "none", "NewGroupName": "a b"}, named("NewGroupName")),
    ("get_server_certificate", {"ServerCertificateName": "a b"}, named("ServerCertificateName")),
    ("create_virtual_mfa_device", {"VirtualMFADeviceName": "a b"}, named("VirtualMFADeviceName")),
    ("list_role_tags", {"RoleName": "x" * 65}, constraint("roleName", "Member must have length less than or equal to 64")),
    ("tag_policy", {"PolicyArn": "none", "Tags": []}, constraint("policyArn", "Member must have length greater than or equal to 20")),
    ("list_users", {"PathPrefix": "people"}, (
        "ValidationError", "The specified value for pathPrefix is invalid. It must begin with / and contain only alphanumeric characters and/or / characters.")),
    # Tags.
    ("create_user", {"UserName": "u", "Tags": [{"Key": "", "Value": ""}]}, constraint("tags.1.member.key", "Member must have length greater than or equal to 1")),
    ("create_user", {"UserName": "u", "Tags": [{"Key": "k", "Value": ""}, {"Key": "é" * 129, "Value": ""}]},
     constraint("tags.2.member.key", "Member must have length less than or equal to 128")),
    ("create_user", {"UserName": "u", "Tags": [{"Key": "k", "Value": "v" * 257}]}, constraint("tags.1.member.value", "Member must have length less than or equal to 256")),
    ("create_user", {"UserName": "u", "Tags": [{"Key": "k!", "Value": ""}]},
     constraint("tags.1.member.key", r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+")),
    ("create_user", {"UserName": "u", "Tags": [{"Key": "k", "Value": "<v>"}]},
     constraint("tags.1.member.value", r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*")),
    ("create_user", {"UserName": "u", "Tags": [{"Key": "a", "Value": ""}, {"Key": "A", "Value": ""}]},
     ("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")),
    ("create_user", {"UserName": "u", "Tags": [{"Key": str(n), "Value": ""} for n in range(51)]}, constraint("tags", "Member must have length less than or equal to 50")),
    # Trust policies' principals.
    ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": document({**TRUST, "Principal": {"Federated": "nobody"}})},
     ("MalformedPolicyDocument", "Federated principals must be valid domain names or SAML metadata ARNs")),
    ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": document({**TRUST, "Principal": {"Federated": "arn:aws:iam::111122223333:role/r"}})},
     ("MalformedPolicyDocument", "Federated principals must be valid domain names or SAML metadata ARNs")),
])
def test_refusals(refusal, account, operation, parameters, expected):
    # The account that the rows name is the caller's own: another one's would be refused before anything is looked for.
    parameters, expected = json.loads(json.dumps([parameters, expected]).replace("111122223333", account))
    assert refusal(operation, **parameters) == tuple(expected)


def test_a_federated_provider_need_not_exist(iam, unique):
    for provider in ("accounts.google.com", "arn:aws:iam::111122223333:oidc-provider/idp.example.com", "arn:aws:iam::111122223333:saml-provider/idp"):
        iam.create_role(RoleName=unique("role"), AssumeRolePolicyDocument=document({**TRUST, "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity"}))


def test_tags_of_any_script(iam, unique):
    tags = [{"Key": "équipe 日本", "Value": "a b_.:/=+-@ ü"}]
    name = unique("user")
    iam.create_user(UserName=name, Tags=tags)
    assert iam.list_user_tags(UserName=name)["Tags"] == tags


@pytest.mark.parametrize("value", ["2026-03-01", "2026-03-01T12:00Z", "2026-03", "2026-03-01T12:00:00.5+01:00", "1772366400"])
def test_dates_in_conditions(iam, unique, value):
    statement = {**ALLOW, "Condition": {"DateLessThan": {"aws:CurrentTime": value}}}
    assert iam.create_policy(PolicyName=unique("policy"), PolicyDocument=document(statement))["Policy"]["DefaultVersionId"] == "v1"
