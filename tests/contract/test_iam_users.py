"""Users, groups, keys, the other credentials, and what belongs to the account."""

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
def user(iam, unique):
    name = unique("user")
    iam.create_user(UserName=name)
    return name


def refusal(call, *args, **kwargs):
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_user(iam, unique, account):
    name = unique("user")
    made = iam.create_user(UserName=name, Path="/ops/", Tags=[{"Key": "a", "Value": "b"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{account}:user/ops/{name}" and made["UserId"].startswith("AIDA")
    assert iam.get_user(UserName=name)["User"]["Tags"] == [{"Key": "a", "Value": "b"}]
    assert [u["UserName"] for u in iam.list_users(PathPrefix="/ops/")["Users"]] == [name]
    new = unique("renamed")
    iam.update_user(UserName=name, NewUserName=new, NewPath="/")
    assert iam.get_user(UserName=new)["User"]["Arn"] == f"arn:aws:iam::{account}:user/{new}"
    assert refusal(iam.get_user, UserName=name) == ("NoSuchEntity", f"The user with name {name} cannot be found.")
    iam.delete_user(UserName=new)


# The calls that Terraform makes before it deletes a user with force_destroy.
def test_lists_before_force_destroy(iam, user):
    assert iam.list_groups_for_user(UserName=user)["Groups"] == []
    assert iam.list_user_policies(UserName=user)["PolicyNames"] == []
    assert iam.list_attached_user_policies(UserName=user)["AttachedPolicies"] == []
    assert iam.list_access_keys(UserName=user)["AccessKeyMetadata"] == []
    assert iam.list_ssh_public_keys(UserName=user)["SSHPublicKeys"] == []
    assert iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"] == []
    assert iam.list_mfa_devices(UserName=user)["MFADevices"] == []
    assert refusal(iam.delete_login_profile, UserName=user)[0] == "NoSuchEntity"
    assert iam.list_signing_certificates(UserName=user)["Certificates"] == []
    assert iam.list_service_specific_credentials(UserName=user)["ServiceSpecificCredentials"] == []
    iam.delete_user(UserName=user)


def test_delete_refusals(iam, user, unique):
    group = unique("group")
    iam.create_group(GroupName=group)
    head = "Cannot delete entity, must "
    steps = [
        (lambda: iam.create_service_specific_credential(UserName=user, ServiceName="codecommit.amazonaws.com"),
         "remove referenced objects first."),
        (lambda: iam.create_login_profile(UserName=user, Password="Secret-1234"), "delete login profile first."),
        (lambda: iam.create_access_key(UserName=user), "delete access keys first."),
        (lambda: iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=READS), "delete policies first."),
        (lambda: iam.attach_user_policy(UserName=user, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"),
         "detach all policies first."),
        (lambda: iam.add_user_to_group(GroupName=group, UserName=user), "remove users from group first."),
    ]
    for step, message in steps:
        step()
        assert refusal(iam.delete_user, UserName=user) == ("DeleteConflict", head + message)
    assert refusal(iam.delete_group, GroupName=group) == ("DeleteConflict", head + "remove users from group first.")


def test_groups(iam, user, unique):
    group = unique("group")
    made = iam.create_group(GroupName=group)["Group"]
    assert made["GroupId"].startswith("AGPA")
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.add_user_to_group(GroupName=group, UserName=user)
    assert [u["UserName"] for u in iam.get_group(GroupName=group)["Users"]] == [user]
    new = unique("renamed")
    iam.update_group(GroupName=group, NewGroupName=new)
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName=user)["Groups"]] == [new]
    iam.remove_user_from_group(GroupName=new, UserName=user)
    iam.delete_group(GroupName=new)


def test_access_keys(iam, user):
    first = iam.create_access_key(UserName=user)["AccessKey"]
    assert first["AccessKeyId"].startswith("AKIA") and len(first["SecretAccessKey"]) == 40
    iam.create_access_key(UserName=user)
    assert refusal(iam.create_access_key, UserName=user) == (
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )
    used = iam.get_access_key_last_used(AccessKeyId=first["AccessKeyId"])
    assert used["UserName"] == user and used["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    iam.update_access_key(UserName=user, AccessKeyId=first["AccessKeyId"], Status="Inactive")
    states = {k["AccessKeyId"]: k["Status"] for k in iam.list_access_keys(UserName=user)["AccessKeyMetadata"]}
    assert states[first["AccessKeyId"]] == "Inactive" and len(states) == 2
    iam.delete_access_key(UserName=user, AccessKeyId=first["AccessKeyId"])
    assert refusal(iam.delete_access_key, UserName=user, AccessKeyId=first["AccessKeyId"])[0] == "NoSuchEntity"
    assert refusal(iam.update_access_key, UserName=user, AccessKeyId=first["AccessKeyId"], Status="On") == (
        "ValidationError",
        "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value "
        "set: [Active, Inactive, Expired]",
    )


def test_paging_over_users(iam, unique):
    path = f"/{unique('page')}/"
    names = sorted(unique("user") for _ in range(5))
    for name in names:
        iam.create_user(UserName=name, Path=path)
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix=path, PaginationConfig={"PageSize": 2}))
    assert [len(p["Users"]) for p in pages] == [2, 2, 1]
    assert [u["UserName"] for p in pages for u in p["Users"]] == names


def test_virtual_mfa_device(iam, user, unique, account):
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=unique("mfa"))["VirtualMFADevice"]
    serial = device["SerialNumber"]
    assert serial.startswith(f"arn:aws:iam::{account}:mfa/") and device["Base32StringSeed"]
    iam.enable_mfa_device(UserName=user, SerialNumber=serial, AuthenticationCode1="123456", AuthenticationCode2="654321")
    assert [d["SerialNumber"] for d in iam.list_mfa_devices(UserName=user)["MFADevices"]] == [serial]
    assert refusal(iam.delete_virtual_mfa_device, SerialNumber=serial)[0] == "DeleteConflict"
    iam.deactivate_mfa_device(UserName=user, SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)


def test_account_alias_and_password_policy(iam, account):
    iam.create_account_alias(AccountAlias="my-alias")
    assert iam.list_account_aliases()["AccountAliases"] == ["my-alias"]
    iam.delete_account_alias(AccountAlias="my-alias")
    assert iam.list_account_aliases()["AccountAliases"] == []
    assert refusal(iam.get_account_password_policy) == (
        "NoSuchEntity",
        f"The Password Policy with domain name {account} cannot be found.",
    )
    iam.update_account_password_policy(MinimumPasswordLength=12, RequireNumbers=True, MaxPasswordAge=90)
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    assert policy["MinimumPasswordLength"] == 12 and policy["RequireNumbers"] is True
    assert policy["ExpirePasswords"] is True and policy["RequireSymbols"] is False
    iam.delete_account_password_policy()


def test_oidc_provider(iam, account):
    arn = iam.create_open_id_connect_provider(
        Url="https://token.example.com/path", ClientIDList=["app"], ThumbprintList=["a" * 40]
    )["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{account}:oidc-provider/token.example.com/path"
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert got["Url"] == "token.example.com/path" and got["ClientIDList"] == ["app"]
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="other")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="app")
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert got["ClientIDList"] == ["other"] and got["Tags"] == [{"Key": "a", "Value": "b"}]
    again = refusal(
        iam.create_open_id_connect_provider, Url="https://token.example.com/path", ThumbprintList=["a" * 40]
    )
    assert again == ("EntityAlreadyExists", "Provider with url https://token.example.com/path already exists.")
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


def test_saml_provider(iam, account):
    metadata = '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x">' + " " * 1000 + "</EntityDescriptor>"
    arn = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=metadata)["SAMLProviderArn"]
    assert arn == f"arn:aws:iam::{account}:saml-provider/idp"
    assert iam.get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"] == metadata
    assert refusal(iam.update_saml_provider, SAMLProviderArn=arn, SAMLMetadataDocument="x" * 1000) == (
        "InvalidInput",
        "Could not parse metadata",
    )
    iam.delete_saml_provider(SAMLProviderArn=arn)


def test_authorization_details_and_summary(iam, user, unique):
    group = unique("group")
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=READS)
    pages = iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3})
    users = {u["UserName"]: u for page in pages for u in page["UserDetailList"]}
    assert users[user]["GroupList"] == [group]
    assert users[user]["UserPolicyList"] == [{"PolicyName": "p", "PolicyDocument": json.loads(READS)}]
    assert iam.get_account_summary()["SummaryMap"]["Users"] == len(users)


def test_service_specific_credentials(iam, user):
    no_such = ("NoSuchEntity", "No such service x.amazonaws.com is supported for Service Specific Credentials")
    assert refusal(iam.create_service_specific_credential, UserName=user, ServiceName="x.amazonaws.com") == no_such
    assert refusal(iam.list_service_specific_credentials, UserName=user, ServiceName="x.amazonaws.com") == no_such
    assert refusal(iam.create_service_specific_credential, UserName="nobody", ServiceName="x.amazonaws.com")[1].startswith("The user with name")
    for call in (iam.delete_service_specific_credential, iam.reset_service_specific_credential):
        assert refusal(call, UserName=user, ServiceSpecificCredentialId="a-b" * 8) == (
            "ValidationError", "1 validation error detected: Value at 'serviceSpecificCredentialId' failed to "
            "satisfy constraint: Member must satisfy regular expression pattern: [\\w]+")


def test_lists_of_credentials_say_whether_they_are_whole(iam, user, raw):
    answer = raw.query("iam", "ListServiceSpecificCredentials", "2010-05-08", {"UserName": user})
    assert "<IsTruncated>false</IsTruncated>" in answer.text
