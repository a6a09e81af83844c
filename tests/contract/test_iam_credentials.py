"""Credentials and their use: passwords, the credential report, when keys and roles were used last."""

import base64
import csv
import io
import json

import pytest
from botocore.exceptions import ClientError

from harness import aws
from harness.s3 import form_body
from harness.server import Server


@pytest.fixture
def iam(client):
    return client("iam")


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def user(iam, unique, endpoint):
    """(name, factory of clients with the user's key)"""
    name = unique("user")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]

    def make(service):
        return aws.make_client(endpoint, service, key["AccessKeyId"], secret=key["SecretAccessKey"])

    make.key = key["AccessKeyId"]
    return name, make


def code(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def test_a_user_changes_his_password(iam, user):
    name, as_user = user
    change = {"OldPassword": "old-Pass-1", "NewPassword": "new-Pass-2"}
    assert code(as_user("iam").change_password, **change) == "AccessDenied"
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(
        {"Effect": "Allow", "Action": "iam:ChangePassword", "Resource": "arn:aws:iam::*:user/${aws:username}"}))
    assert code(as_user("iam").change_password, **change) == "NoSuchEntity"
    iam.create_login_profile(UserName=name, Password="old-Pass-1", PasswordResetRequired=True)
    assert code(as_user("iam").change_password, OldPassword="wrong", NewPassword="new-Pass-2") == "AccessDenied"
    assert code(as_user("iam").change_password, OldPassword="old-Pass-1", NewPassword="short") == "PasswordPolicyViolation"
    as_user("iam").change_password(**change)
    assert iam.get_login_profile(UserName=name)["LoginProfile"]["PasswordResetRequired"] is False
    as_user("iam").change_password(OldPassword="new-Pass-2", NewPassword="third-Pass-3")
    assert code(iam.change_password, **change) == "InvalidUserType"  # the account's root


def test_the_password_policy_may_let_everyone_change_his_own(iam, user):
    name, as_user = user
    iam.create_login_profile(UserName=name, Password="old-Pass-1")
    iam.update_account_password_policy(AllowUsersToChangePassword=True)
    try:
        as_user("iam").change_password(OldPassword="old-Pass-1", NewPassword="new-Pass-2")
    finally:
        iam.delete_account_password_policy()


def test_last_use_of_a_key(iam, user):
    name, as_user = user
    fresh = iam.get_access_key_last_used(AccessKeyId=as_user.key)
    assert fresh["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    assert code(as_user("dynamodb").list_tables) == "AccessDeniedException"
    used = iam.get_access_key_last_used(AccessKeyId=as_user.key)
    assert used["UserName"] == name
    assert (used["AccessKeyLastUsed"]["ServiceName"], used["AccessKeyLastUsed"]["Region"]) == ("dynamodb", "us-east-1")


def test_last_use_survives_a_restart(tmp_path):
    data = tmp_path / "data"
    with Server(tmp_path / "one.log", data_dir=data) as server:
        iam = aws.make_client(server.endpoint, "iam", "111122223333")
        iam.create_user(UserName="ada")
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        as_ada = aws.make_client(server.endpoint, "iam", key["AccessKeyId"], secret=key["SecretAccessKey"])
        assert code(as_ada.list_users) == "AccessDenied"
        assert server.stop() == 0  # a use isn't awaited: kill -9 may lose the last one
    with Server(tmp_path / "two.log", data_dir=data) as server:
        iam = aws.make_client(server.endpoint, "iam", "111122223333")
        used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
        assert used["ServiceName"] == "iam" and used["LastUsedDate"]


def test_last_use_of_a_role(client, iam, endpoint, account, unique):
    name = unique("role")
    trust = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": account}})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
    assert iam.get_role(RoleName=name)["Role"]["RoleLastUsed"] == {}
    keys = client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="night")["Credentials"]
    session = aws.make_client(
        endpoint, "dynamodb", keys["AccessKeyId"], region="eu-west-1", secret=keys["SecretAccessKey"], token=keys["SessionToken"]
    )
    assert code(session.list_tables) == "AccessDeniedException"
    assert iam.get_role(RoleName=name)["Role"]["RoleLastUsed"]["Region"] == "eu-west-1"
    details = iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    assert [r["RoleLastUsed"]["Region"] for r in details if r["RoleName"] == name] == ["eu-west-1"]


def test_credential_report(client, endpoint):
    account = aws.new_account()
    iam = aws.make_client(endpoint, "iam", account)
    assert code(iam.get_credential_report) == "ReportNotPresent"
    iam.create_user(UserName="ada")
    iam.create_login_profile(UserName="ada", Password="a-Password-1")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    as_ada = aws.make_client(endpoint, "sqs", key["AccessKeyId"], secret=key["SecretAccessKey"])
    with pytest.raises(ClientError):
        as_ada.list_queues()
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    report = iam.get_credential_report()
    assert report["ReportFormat"] == "text/csv" and report["GeneratedTime"]
    rows = list(csv.DictReader(io.StringIO(report["Content"].decode())))
    assert [row["user"] for row in rows] == ["<root_account>", "ada"]
    root, ada = rows
    assert root["arn"] == f"arn:aws:iam::{account}:root" and root["password_enabled"] == "not_supported"
    assert len(ada) == 22 and None not in ada and None not in ada.values()
    assert (ada["password_enabled"], ada["password_last_used"], ada["mfa_active"]) == ("true", "no_information", "false")
    assert (ada["access_key_1_active"], ada["access_key_1_last_used_service"]) == ("true", "sqs")
    assert ada["access_key_1_last_rotated"].endswith("+00:00")
    assert (ada["access_key_2_active"], ada["access_key_2_last_rotated"]) == ("false", "N/A")


def test_mfa_device_of_a_user(iam, user):
    name, _ = user
    serial = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    iam.enable_mfa_device(UserName=name, SerialNumber=serial, **codes)
    iam.resync_mfa_device(UserName=name, SerialNumber=serial, **codes)
    assert {m["SerialNumber"] for m in iam.list_mfa_devices(UserName=name)["MFADevices"]} == {serial}
    iam.deactivate_mfa_device(UserName=name, SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)


def test_unknown_keys_are_refused_where_signatures_are_verified(tmp_path):
    with Server(tmp_path / "server.log", data_dir=tmp_path / "data") as server:
        iam = aws.make_client(server.endpoint, "iam", "111122223333")
        iam.create_user(UserName="ada")
        key = iam.create_access_key(UserName="ada")["AccessKey"]
        aws.make_client(server.endpoint, "s3", "111122223333").create_bucket(Bucket="b-of-mine")
    with Server(tmp_path / "strict.log", data_dir=tmp_path / "data", arguments=["--verify-signatures"]) as server:
        for service, operation, expected in (
            ("sts", "get_caller_identity", "InvalidClientTokenId"),
            ("s3", "list_buckets", "InvalidAccessKeyId"),
            ("dynamodb", "list_tables", "UnrecognizedClientException"),
            ("lambda", "list_functions", "UnrecognizedClientException"),
        ):
            assert code(getattr(aws.make_client(server.endpoint, service, "111122223333"), operation)) == expected
        raw = aws.Raw(server.endpoint, "111122223333")
        for version in ("s3v4", "s3"):
            strange = aws.make_client(server.endpoint, "s3", "111122223333", signature_version=version)
            content_type, body = form_body(strange.generate_presigned_post("b-of-mine", "k")["fields"])
            answer = raw("s3", "POST", "/b-of-mine", body, {"Content-Type": content_type}, sign=False)
            assert answer.status == 403 and "<Code>InvalidAccessKeyId</Code>" in answer.text
        ada = aws.make_client(server.endpoint, "sts", key["AccessKeyId"], secret=key["SecretAccessKey"])
        assert ada.get_caller_identity()["Arn"] == "arn:aws:iam::111122223333:user/ada"
