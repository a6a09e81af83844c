"""Secrets Manager: secrets, versions and their stages, deletion, policies, lists, and what is refused."""

import json
import uuid

import pytest
from harness.tables import refusal

MISSING = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
MARKED = ("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")


@pytest.fixture
def secrets(client):
    return client("secretsmanager")


@pytest.fixture
def secret(secrets, unique):
    """The name of a secret with the value "one"."""
    name = unique("secret") + "_s"
    secrets.create_secret(Name=name, SecretString="one")
    return name


@pytest.fixture
def call(raw):
    """Past boto3, which makes up tokens: call("PutSecretValue", {...}) -> document."""

    def send(operation, body):
        return json.loads(raw("secretsmanager", "POST", "/", json.dumps(body), {
            "X-Amz-Target": f"secretsmanager.{operation}", "Content-Type": "application/x-amz-json-1.1"}).text)

    return send


def plain(answer):
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def token():
    return str(uuid.uuid4())


def test_a_secret_is_made_read_and_described(secrets, unique, account):
    name = unique("app/db") + "_of_more_than_six"  # A hyphen and six characters at a name's end have rules of their own (below).
    made = secrets.create_secret(Name=name, SecretString="s3cret", Description="d", Tags=[{"Key": "a", "Value": "b"}])
    arn = made["ARN"]
    assert arn.startswith(f"arn:aws:secretsmanager:us-east-1:{account}:secret:{name}-") and len(arn.rsplit("-", 1)[1]) == 6
    read = secrets.get_secret_value(SecretId=name)
    assert (read["ARN"], read["Name"], read["SecretString"], read["VersionId"], read["VersionStages"]) == (
        arn, name, "s3cret", made["VersionId"], ["AWSCURRENT"])
    for by in (arn, arn[:-7]):
        assert secrets.get_secret_value(SecretId=by)["SecretString"] == "s3cret"
    shown = plain(secrets.describe_secret(SecretId=name))
    for date in ("CreatedDate", "LastChangedDate", "LastAccessedDate"):
        shown.pop(date)
    assert shown == {"ARN": arn, "Name": name, "Description": "d", "Tags": [{"Key": "a", "Value": "b"}],
                     "VersionIdsToStages": {made["VersionId"]: ["AWSCURRENT"]}}


def test_a_name_that_ends_like_an_arn_has_no_partial_arn(secrets, unique):
    name = unique("partial") + "-secret"
    arn = secrets.create_secret(Name=name, SecretString="x")["ARN"]
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "x"
    assert refusal(secrets.get_secret_value, SecretId=arn[:-7]) == MISSING


def test_a_secret_without_a_value_has_no_version(secrets, unique):
    name = unique("empty")
    assert "VersionId" not in secrets.create_secret(Name=name)
    assert "VersionIdsToStages" not in secrets.describe_secret(SecretId=name)
    assert refusal(secrets.get_secret_value, SecretId=name) == (
        "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")


def test_binary_values(secrets, unique):
    name = unique("binary")
    secrets.create_secret(Name=name, SecretBinary=b"\x00\xff")
    read = secrets.get_secret_value(SecretId=name)
    assert read["SecretBinary"] == b"\x00\xff" and "SecretString" not in read
    assert refusal(secrets.put_secret_value, SecretId=name, SecretBinary=b"a", SecretString="b")[0] == "InvalidParameterException"


def test_stages_follow_the_values(secrets, secret):
    first = secrets.get_secret_value(SecretId=secret)["VersionId"]
    second = secrets.put_secret_value(SecretId=secret, SecretString="two")
    assert second["VersionStages"] == ["AWSCURRENT"]
    assert secrets.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")["SecretString"] == "one"
    third = secrets.update_secret(SecretId=secret, SecretString="three")["VersionId"]
    versions = secrets.list_secret_version_ids(SecretId=secret)["Versions"]
    assert [(v["VersionId"], v["VersionStages"]) for v in versions] == [(second["VersionId"], ["AWSPREVIOUS"]), (third, ["AWSCURRENT"])]
    assert versions[0]["KmsKeyIds"] == ["DefaultEncryptionKey"]
    bare, = [v for v in secrets.list_secret_version_ids(SecretId=secret, IncludeDeprecated=True)["Versions"] if "VersionStages" not in v]
    assert bare["VersionId"] == first
    assert secrets.get_secret_value(SecretId=secret, VersionId=first)["SecretString"] == "one"


def test_custom_stages_leave_the_current_version_alone(secrets, secret):
    first = secrets.get_secret_value(SecretId=secret)["VersionId"]
    pending = secrets.put_secret_value(SecretId=secret, SecretString="two", VersionStages=["AWSPENDING"])["VersionId"]
    assert secrets.get_secret_value(SecretId=secret)["SecretString"] == "one"
    secrets.update_secret_version_stage(SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=pending, RemoveFromVersionId=first)
    assert secrets.describe_secret(SecretId=secret)["VersionIdsToStages"] == {
        first: ["AWSPREVIOUS"], pending: ["AWSCURRENT", "AWSPENDING"]}
    secrets.update_secret_version_stage(SecretId=secret, VersionStage="AWSPENDING", RemoveFromVersionId=pending)
    assert secrets.describe_secret(SecretId=secret)["VersionIdsToStages"] == {first: ["AWSPREVIOUS"], pending: ["AWSCURRENT"]}


def test_stage_moves_that_are_refused(secrets, secret):
    first = secrets.get_secret_value(SecretId=secret)["VersionId"]
    second = secrets.put_secret_value(SecretId=secret, SecretString="two")["VersionId"]
    assert refusal(secrets.update_secret_version_stage, SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=first) == (
        "InvalidParameterException",
        f"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version {second}, so you must "
        "explicitly reference that version in RemoveFromVersionId.")
    assert refusal(secrets.update_secret_version_stage, SecretId=secret, VersionStage="AWSCURRENT", RemoveFromVersionId=second) == (
        "InvalidParameterException",
        "You can only move staging label AWSCURRENT to a different secret version. It can\u2019t be completely removed.")
    assert refusal(secrets.update_secret_version_stage, SecretId=secret, VersionStage="x", MoveToVersionId=token())[0] == "ResourceNotFoundException"


def test_what_is_not_there(secrets, secret):
    gone = token()
    assert refusal(secrets.get_secret_value, SecretId="nowhere") == MISSING
    assert refusal(secrets.get_secret_value, SecretId=secret, VersionStage="AWSPREVIOUS") == (
        "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS")
    assert refusal(secrets.get_secret_value, SecretId=secret, VersionId=gone) == (
        "ResourceNotFoundException", f"Secrets Manager can't find the specified secret value for VersionId: {gone}")
    first = secrets.get_secret_value(SecretId=secret)["VersionId"]
    assert refusal(secrets.get_secret_value, SecretId=secret, VersionId=first, VersionStage="AWSPREVIOUS") == (
        "InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.")
    for function in (secrets.describe_secret, secrets.delete_secret, secrets.restore_secret, secrets.rotate_secret,
                     secrets.cancel_rotate_secret, secrets.list_secret_version_ids, secrets.get_resource_policy,
                     secrets.delete_resource_policy, secrets.stop_replication_to_replica, secrets.update_secret):
        assert refusal(function, SecretId="nowhere") == MISSING
    assert refusal(secrets.tag_resource, SecretId="nowhere", Tags=[]) == MISSING
    assert refusal(secrets.untag_resource, SecretId="nowhere", TagKeys=[]) == MISSING
    assert refusal(secrets.put_secret_value, SecretId="nowhere", SecretString="x") == MISSING


def test_tokens(secrets, secret, call):
    same = token()
    secrets.put_secret_value(SecretId=secret, SecretString="x", ClientRequestToken=same)
    assert secrets.put_secret_value(SecretId=secret, SecretString="x", ClientRequestToken=same)["VersionId"] == same
    assert refusal(secrets.put_secret_value, SecretId=secret, SecretString="y", ClientRequestToken=same) == (
        "ResourceExistsException", "A resource with the ID you requested already exists.")
    text = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
    for operation, body in (("CreateSecret", {"Name": "a"}), ("PutSecretValue", {"SecretId": secret, "SecretString": "a"}),
                            ("UpdateSecret", {"SecretId": secret})):
        assert call(operation, body) == {"__type": "InvalidRequestException", "Message": text}
    assert call("RotateSecret", {"SecretId": secret}) == {"__type": "InvalidParameterException", "Message": text}


def test_names(secrets, secret):
    assert refusal(secrets.create_secret, Name="no spaces") == (
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
    assert refusal(secrets.create_secret, Name=secret, SecretString="x") == (
        "ResourceExistsException", f"The operation failed because the secret {secret} already exists.")


def test_deletion_has_a_window(secrets, secret):
    answer = secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    described = secrets.describe_secret(SecretId=secret)
    assert (answer["DeletionDate"] - described["DeletedDate"]).days == 7
    for function, more in ((secrets.get_secret_value, {}), (secrets.put_secret_value, {"SecretString": "x"}), (secrets.update_secret, {}),
                           (secrets.tag_resource, {"Tags": []}), (secrets.delete_secret, {}), (secrets.get_resource_policy, {}),
                           (secrets.rotate_secret, {})):
        assert refusal(function, SecretId=secret, **more) == MARKED
    assert refusal(secrets.create_secret, Name=secret) == (
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.")
    assert [s["Name"] for s in secrets.list_secrets(Filters=[{"Key": "name", "Values": [secret]}])["SecretList"]] == []
    secrets.restore_secret(SecretId=secret)
    assert secrets.get_secret_value(SecretId=secret)["SecretString"] == "one"
    assert refusal(secrets.delete_secret, SecretId=secret, RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True) == (
        "InvalidParameterException", "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
    assert refusal(secrets.delete_secret, SecretId=secret, RecoveryWindowInDays=3) == (
        "InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    secrets.delete_secret(SecretId=secret)
    secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    assert refusal(secrets.describe_secret, SecretId=secret) == MISSING
    assert secrets.delete_secret(SecretId="nobody-has-it", ForceDeleteWithoutRecovery=True)["Name"] == "nobody-has-it"


def test_resource_policies(secrets, secret, account):
    def document(principal):
        return json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]})

    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId=secret)
    text = document({"AWS": f"arn:aws:iam::{account}:root"})
    secrets.put_resource_policy(SecretId=secret, ResourcePolicy=text, BlockPublicPolicy=True)
    assert secrets.get_resource_policy(SecretId=secret)["ResourcePolicy"] == text
    assert refusal(secrets.put_resource_policy, SecretId=secret, ResourcePolicy=document("*"), BlockPublicPolicy=True)[0] == "PublicPolicyException"
    for bad in ("{", json.dumps({"Statement": [{"Effect": "Allow"}]})):
        assert refusal(secrets.put_resource_policy, SecretId=secret, ResourcePolicy=bad)[0] == "MalformedPolicyDocumentException"
    nobody = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
                                                                 "Principal": {"AWS": f"arn:aws:iam::{account}:role/nobody"}}]})
    assert refusal(secrets.put_resource_policy, SecretId=secret, ResourcePolicy=nobody) == (
        "MalformedPolicyDocumentException", "This resource policy contains an unsupported principal")
    assert secrets.validate_resource_policy(ResourcePolicy=text)["PolicyValidationPassed"] is True
    assert secrets.validate_resource_policy(ResourcePolicy=document("*"))["PolicyValidationPassed"] is False
    secrets.delete_resource_policy(SecretId=secret)
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId=secret)


def test_a_policy_lets_another_account_in(secrets, secret, client):
    stranger = client("secretsmanager", account="212121212121")
    arn = secrets.describe_secret(SecretId=secret)["ARN"]
    assert refusal(stranger.get_secret_value, SecretId=arn)[0] == "AccessDeniedException"
    secrets.put_resource_policy(SecretId=secret, ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "212121212121"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}))
    assert stranger.get_secret_value(SecretId=arn)["SecretString"] == "one"


def test_who_may_read(secrets, secret, make_principal, client, unique):
    arn = secrets.describe_secret(SecretId=secret)["ARN"]
    pattern = f"arn:aws:secretsmanager:us-east-1:*:secret:{secret}-??????"
    user = make_principal({"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": pattern,
                           "Condition": {"StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}}}).client("secretsmanager")
    assert user.get_secret_value(SecretId=secret)["SecretString"] == "one"
    assert refusal(user.get_secret_value, SecretId=secret, VersionStage="AWSPREVIOUS")[0] == "AccessDeniedException"
    code, message = refusal(user.describe_secret, SecretId=secret)
    assert code == "AccessDeniedException" and f"secretsmanager:DescribeSecret on resource: {arn} because no identity-based policy" in message


def test_a_customers_key(secrets, make_principal, client, unique):
    kms, name = client("kms"), unique("sealed")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    secrets.create_secret(Name=name, SecretString="x", KmsKeyId=key)
    assert secrets.describe_secret(SecretId=name)["KmsKeyId"] == key
    assert secrets.list_secret_version_ids(SecretId=name)["Versions"][0]["KmsKeyIds"] == [key]
    user = make_principal({"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}).client("secretsmanager")
    assert refusal(user.get_secret_value, SecretId=name) == ("AccessDeniedException", "Access to KMS is not allowed")
    assert refusal(user.put_secret_value, SecretId=name, SecretString="y") == ("AccessDeniedException", "Access to KMS is not allowed")
    kms.disable_key(KeyId=key)
    assert refusal(secrets.get_secret_value, SecretId=name)[0] == "DecryptionFailure"
    assert refusal(secrets.put_secret_value, SecretId=name, SecretString="y")[0] == "EncryptionFailure"
    kms.enable_key(KeyId=key)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "x"


def test_values_follow_the_secrets_key(secrets, client, unique):
    """UpdateSecret puts the versions that AWS's stages are on under the new key; the old one isn't needed any more."""
    kms, name = client("kms"), unique("moved")
    first, second = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    secrets.create_secret(Name=name, SecretString="one", KmsKeyId=first)
    secrets.put_secret_value(SecretId=name, SecretString="two")
    assert refusal(secrets.update_secret, SecretId=name, KmsKeyId="alias/" + name)[0] == "EncryptionFailure"
    secrets.update_secret(SecretId=name, KmsKeyId=second)
    kms.disable_key(KeyId=first)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "two"
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "one"
    assert {tuple(v["KmsKeyIds"]) for v in secrets.list_secret_version_ids(SecretId=name)["Versions"]} == {(second,)}
    secrets.update_secret(SecretId=name, KmsKeyId="")
    kms.disable_key(KeyId=second)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "two"


def test_lists(secrets, unique):
    prefix = unique("list")
    names = [f"{prefix}/{leaf}" for leaf in "abc"]
    for name in names:
        secrets.create_secret(Name=name, SecretString="x", Description=f"the {name[-1]} one", Tags=[{"Key": prefix, "Value": name[-1]}])

    def listed(*filters, **more):
        pages = secrets.get_paginator("list_secrets").paginate(Filters=list(filters), **more)
        return sorted(s["Name"] for page in pages for s in page["SecretList"])

    mine = {"Key": "name", "Values": [prefix]}
    assert listed(mine) == listed({"Key": "tag-key", "Values": [prefix]}) == listed(mine, PaginationConfig={"PageSize": 1}) == names
    assert listed(mine, {"Key": "tag-value", "Values": ["b"]}) == names[1:2]
    assert listed(mine, {"Key": "tag-value", "Values": ["!b"]}) == [names[0], names[2]]
    assert listed(mine, {"Key": "description", "Values": ["C"]}) == names[2:]
    one = secrets.list_secrets(Filters=[mine], SortOrder="asc", MaxResults=1)["SecretList"][0]
    assert one["SecretVersionsToStages"] and one["Tags"] == [{"Key": prefix, "Value": "a"}]
    assert refusal(secrets.list_secrets, NextToken="x")[0] == "InvalidNextTokenException"


def test_batches(secret, call):
    answer = call("BatchGetSecretValue", {"SecretIdList": [secret, "nowhere"]})
    assert [s["SecretString"] for s in answer["SecretValues"]] == ["one"]
    assert answer["Errors"] == [{"SecretId": "nowhere", "ErrorCode": MISSING[0], "Message": MISSING[1]}]
    assert [s["Name"] for s in call("BatchGetSecretValue", {"Filters": [{"Key": "name", "Values": [secret]}]})["SecretValues"]] == [secret]
    assert call("BatchGetSecretValue", {})["Message"] == "Either 'SecretIdList' or 'Filters' must be provided, but not both."


def test_tags(secrets, secret):
    secrets.tag_resource(SecretId=secret, Tags=[{"Key": "a", "Value": "1"}])
    secrets.untag_resource(SecretId=secret, TagKeys=["a"])
    assert secrets.describe_secret(SecretId=secret)["Tags"] == []
    assert refusal(secrets.tag_resource, SecretId=secret, Tags=[{"Key": f"k{i}", "Value": ""} for i in range(51)])[0] == "LimitExceededException"


def test_random_passwords(secrets):
    assert len(secrets.get_random_password()["RandomPassword"]) == 32
    word = secrets.get_random_password(PasswordLength=200, ExcludePunctuation=True, ExcludeCharacters="abc0")["RandomPassword"]
    assert len(word) == 200 and word.isalnum() and not set(word) & set("abc0")
    assert {c.isdigit() for c in secrets.get_random_password(PasswordLength=4, ExcludePunctuation=True)["RandomPassword"]} == {True, False}
    only = dict(ExcludeNumbers=True, ExcludePunctuation=True, ExcludeUppercase=True, ExcludeLowercase=True)
    assert secrets.get_random_password(PasswordLength=3, IncludeSpace=True, **only)["RandomPassword"] == "   "
    assert refusal(secrets.get_random_password, PasswordLength=3)[0] == "InvalidParameterException"
    assert refusal(secrets.get_random_password, **only)[0] == "InvalidParameterException"


def test_replicas(secrets, secret, client):
    europe = client("secretsmanager", region="eu-west-1")
    answer = secrets.replicate_secret_to_regions(SecretId=secret, AddReplicaRegions=[{"Region": "eu-west-1"}])
    assert [(r["Region"], r["Status"]) for r in answer["ReplicationStatus"]] == [("eu-west-1", "InSync")]
    there = europe.describe_secret(SecretId=secret)
    assert (there["ARN"], there["PrimaryRegion"]) == (answer["ARN"].replace("us-east-1", "eu-west-1"), "us-east-1")
    secrets.put_secret_value(SecretId=secret, SecretString="two")
    assert europe.get_secret_value(SecretId=secret)["SecretString"] == "two"
    assert refusal(europe.put_secret_value, SecretId=secret, SecretString="x") == (
        "InvalidRequestException", "Operation not permitted on a replica secret. Call must be made in primary secret's region.")
    assert refusal(secrets.delete_secret, SecretId=secret)[0] == "InvalidRequestException"
    europe.stop_replication_to_replica(SecretId=secret)
    europe.put_secret_value(SecretId=secret, SecretString="own")
    assert secrets.get_secret_value(SecretId=secret)["SecretString"] == "two"
    secrets.replicate_secret_to_regions(SecretId=secret, AddReplicaRegions=[{"Region": "eu-central-1"}])
    assert secrets.remove_regions_from_replication(SecretId=secret, RemoveReplicaRegions=["eu-central-1"])["ReplicationStatus"] == []
    assert refusal(client("secretsmanager", region="eu-central-1").get_secret_value, SecretId=secret) == MISSING
