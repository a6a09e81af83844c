"""KMS: who may use a key. Its policy decides, IAM counts where it says so, grants add to both."""

import json

import pytest
from harness.tables import refusal


@pytest.fixture
def kms(client):
    return client("kms")


def statement(principal, action="kms:*", effect="Allow", **more):
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*", **more}


@pytest.fixture
def make_key(kms, account):
    """make_key(*statements): the account's root may manage it, and besides what the statements say."""

    def make(*statements):
        manage = statement({"AWS": f"arn:aws:iam::{account}:root"}, ["kms:PutKeyPolicy", "kms:CreateGrant", "kms:ListGrants",
                                                                    "kms:RevokeGrant", "kms:Encrypt", "kms:ScheduleKeyDeletion"])
        policy = json.dumps({"Version": "2012-10-17", "Statement": [manage, *statements]})
        return kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]

    return make


ALL = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}


def test_iam_counts_where_the_key_delegates(kms, make_principal, make_key):
    delegating, user = kms.create_key()["KeyMetadata"]["Arn"], make_principal(ALL).client("kms")
    blob = user.encrypt(KeyId=delegating, Plaintext=b"x")["CiphertextBlob"]
    assert user.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    nobody = make_principal().client("kms")
    code, message = refusal(nobody.decrypt, CiphertextBlob=blob)
    assert code == "AccessDeniedException" and message.endswith(
        f"is not authorized to perform: kms:Decrypt on resource: {delegating} because no identity-based policy allows the kms:Decrypt action")
    code, message = refusal(user.decrypt, CiphertextBlob=kms.encrypt(KeyId=make_key(), Plaintext=b"x")["CiphertextBlob"])
    assert code == "AccessDeniedException" and message.endswith("because no resource-based policy allows the kms:Decrypt action")


def test_a_policy_that_names_the_caller_suffices(make_principal, make_key, kms):
    user = make_principal()
    key = make_key(statement({"AWS": user.arn}, "kms:Decrypt"))
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert user.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert refusal(user.client("kms").encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"


def test_a_deny_holds_for_everybody(make_key, kms):
    key = make_key(statement({"AWS": "*"}, "kms:Decrypt", "Deny"))
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    code, message = refusal(kms.decrypt, CiphertextBlob=blob)
    assert code == "AccessDeniedException" and "with an explicit deny in a resource-based policy" in message


def test_conditions(make_principal, make_key, kms):
    user = make_principal()
    key = make_key(
        statement({"AWS": user.arn}, "kms:Encrypt", Condition={"StringEquals": {"kms:EncryptionContext:team": "blue"}}),
        statement({"AWS": user.arn}, "kms:GenerateDataKey", Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}))
    mine = user.client("kms")
    assert mine.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"team": "blue", "more": "y"})
    assert refusal(mine.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"team": "red"})[0] == "AccessDeniedException"
    assert refusal(mine.generate_data_key, KeyId=key, KeySpec="AES_256")[0] == "AccessDeniedException"


def test_grants(make_principal, make_key, kms):
    user = make_principal()
    key, mine = make_key(), user.client("kms")
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "b", "c": "d"})["CiphertextBlob"]
    opening = dict(CiphertextBlob=blob, EncryptionContext={"a": "b", "c": "d"})
    assert refusal(mine.decrypt, **opening)[0] == "AccessDeniedException"
    wrong = kms.create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Decrypt"],
                             Constraints={"EncryptionContextEquals": {"a": "b"}})
    assert refusal(mine.decrypt, **opening)[0] == "AccessDeniedException"
    right = kms.create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Decrypt", "RetireGrant"], Name="reader",
                             Constraints={"EncryptionContextSubset": {"a": "b"}})
    assert mine.decrypt(**opening)["Plaintext"] == b"x"
    assert kms.create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Decrypt", "RetireGrant"], Name="reader",
                            Constraints={"EncryptionContextSubset": {"a": "b"}})["GrantId"] == right["GrantId"]
    listed = {grant["GrantId"]: grant for grant in kms.list_grants(KeyId=key)["Grants"]}
    assert set(listed) == {wrong["GrantId"], right["GrantId"]} and len(right["GrantId"]) == 64
    shown = listed[right["GrantId"]]
    assert (shown["Name"], shown["GranteePrincipal"], shown["KeyId"], shown["Operations"], shown["Constraints"]) == (
        "reader", user.arn, key, ["Decrypt", "RetireGrant"], {"EncryptionContextSubset": {"a": "b"}})
    mine.retire_grant(GrantToken=right["GrantToken"])
    assert refusal(mine.decrypt, **opening)[0] == "AccessDeniedException"
    kms.revoke_grant(KeyId=key, GrantId=wrong["GrantId"])
    assert kms.list_grants(KeyId=key)["Grants"] == []
    assert refusal(kms.revoke_grant, KeyId=key, GrantId=wrong["GrantId"])[0] == "NotFoundException"
    assert refusal(kms.retire_grant, GrantToken="none")[0] == "InvalidGrantTokenException"
    for nobody in ("nobody", user.arn + "x"):
        assert refusal(kms.create_grant, KeyId=key, GranteePrincipal=nobody, Operations=["Decrypt"])[0] == "InvalidArnException"


def test_retirable_grants(make_principal, make_key, kms):
    user = make_principal()
    grant = kms.create_grant(KeyId=make_key(), GranteePrincipal="lambda.amazonaws.com", RetiringPrincipal=user.arn, Operations=["Decrypt"])
    assert [g["GrantId"] for g in kms.list_retirable_grants(RetiringPrincipal=user.arn)["Grants"]] == [grant["GrantId"]]
    user.client("kms").retire_grant(GrantToken=grant["GrantToken"])
    assert kms.list_retirable_grants(RetiringPrincipal=user.arn)["Grants"] == []


def test_another_account_needs_both(kms, client, account):
    stranger = client("kms", account="323232323232")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    assert refusal(stranger.encrypt, KeyId=key, Plaintext=b"x")[0] == "AccessDeniedException"
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps({"Version": "2012-10-17", "Statement": [
        statement({"AWS": [f"arn:aws:iam::{account}:root", "arn:aws:iam::323232323232:root"]})]}))
    blob = stranger.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
