"""KMS: customers' keys, their states, aliases, policies, tags, rotation, imported material, replicas."""

import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from harness.tables import refusal

ABSENT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def kms(client):
    return client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]


@pytest.fixture
def call(raw):
    def send(operation, body):
        return json.loads(raw("kms", "POST", "/", json.dumps(body), {
            "X-Amz-Target": f"TrentService.{operation}", "Content-Type": "application/x-amz-json-1.1"}).text or "{}")

    return send


def test_a_key_is_described(kms, account, key):
    described = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert described == key
    described.pop("CreationDate"), described.pop("CurrentKeyMaterialId", None)
    assert described == {
        "AWSAccountId": account, "KeyId": key["KeyId"], "Arn": f"arn:aws:kms:us-east-1:{account}:key/{key['KeyId']}", "Enabled": True,
        "Description": "", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False}
    assert {"KeyId": key["KeyId"], "KeyArn": key["Arn"]} in kms.list_keys()["Keys"]
    assert json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]) == {
        "Version": "2012-10-17", "Id": "key-default-1", "Statement": [
            {"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
             "Action": "kms:*", "Resource": "*"}]}
    kms.update_key_description(KeyId=key["Arn"], Description="mine")
    assert kms.describe_key(KeyId=key["Arn"])["KeyMetadata"]["Description"] == "mine"


@pytest.mark.parametrize("spec, usage, member, algorithms", [
    ("ECC_NIST_P256", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_256"]),
    ("HMAC_384", "GENERATE_VERIFY_MAC", "MacAlgorithms", ["HMAC_SHA_384"]),
    ("RSA_2048", "ENCRYPT_DECRYPT", "EncryptionAlgorithms", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]),
])
def test_specs(kms, spec, usage, member, algorithms):
    made = kms.create_key(CustomerMasterKeySpec=spec, KeyUsage=usage)["KeyMetadata"]
    assert (made["KeySpec"], made["KeyUsage"], made[member]) == (spec, usage, algorithms)
    assert refusal(kms.create_key, KeySpec=spec) == (
        "ValidationException", "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.")


def test_usage_and_spec_must_fit(kms):
    assert refusal(kms.create_key, KeySpec="RSA_2048", KeyUsage="KEY_AGREEMENT") == (
        "ValidationException", "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048")


def test_a_disabled_key_encrypts_nothing(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key["KeyId"])
    shown = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert (shown["KeyState"], shown["Enabled"]) == ("Disabled", False)
    disabled = ("DisabledException", f"{key['Arn']} is disabled.")
    assert refusal(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x") == disabled
    assert refusal(kms.decrypt, CiphertextBlob=blob) == disabled
    assert refusal(kms.enable_key_rotation, KeyId=key["KeyId"]) == disabled
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_a_deletion_is_scheduled_and_cancelled(kms, key):
    answer = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert (answer["KeyId"], answer["KeyState"], answer["PendingWindowInDays"]) == (key["Arn"], "PendingDeletion", 7)
    pending = ("KMSInvalidStateException", f"{key['Arn']} is pending deletion.")
    for function, more in ((kms.encrypt, {"Plaintext": b"x"}), (kms.schedule_key_deletion, {}), (kms.enable_key, {}), (kms.disable_key, {}),
                           (kms.tag_resource, {"Tags": []}), (kms.untag_resource, {"TagKeys": []}), (kms.generate_data_key, {"KeySpec": "AES_256"}),
                           (kms.update_key_description, {"Description": ""}), (kms.enable_key_rotation, {}), (kms.disable_key_rotation, {}),
                           (kms.list_grants, {}), (kms.create_grant, {"GranteePrincipal": "lambda.amazonaws.com", "Operations": ["Decrypt"]})):
        assert refusal(function, KeyId=key["KeyId"], **more) == pending
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["DeletionDate"] == answer["DeletionDate"]
    assert kms.cancel_key_deletion(KeyId=key["KeyId"])["KeyId"] == key["Arn"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    assert refusal(kms.schedule_key_deletion, KeyId=key["KeyId"], PendingWindowInDays=3)[0] == "ValidationException"
    assert refusal(kms.cancel_key_deletion, KeyId=key["KeyId"])[0] == "KMSInvalidStateException"


def test_keys_that_are_not_there(kms, account):
    for function, more in ((kms.encrypt, {"Plaintext": b"x"}), (kms.disable_key, {}), (kms.enable_key, {}), (kms.schedule_key_deletion, {}),
                           (kms.cancel_key_deletion, {}), (kms.get_key_policy, {"PolicyName": "default"}), (kms.list_key_policies, {}),
                           (kms.put_key_policy, {"PolicyName": "default", "Policy": "{}"}), (kms.list_resource_tags, {}),
                           (kms.tag_resource, {"Tags": []}), (kms.untag_resource, {"TagKeys": []}), (kms.enable_key_rotation, {}),
                           (kms.get_key_rotation_status, {}), (kms.list_grants, {}), (kms.revoke_grant, {"GrantId": "x"}),
                           (kms.get_public_key, {}), (kms.sign, {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}),
                           (kms.generate_mac, {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}), (kms.update_key_description, {"Description": ""}),
                           (kms.generate_data_key, {"KeySpec": "AES_256"}), (kms.generate_data_key_pair, {"KeyPairSpec": "ECC_NIST_P256"}),
                           (kms.get_parameters_for_import, {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}),
                           (kms.delete_imported_key_material, {}), (kms.replicate_key, {"ReplicaRegion": "eu-west-1"}),
                           (kms.update_primary_region, {"PrimaryRegion": "eu-west-1"})):
        assert refusal(function, KeyId=ABSENT, **more) == (
            "NotFoundException", f"Key 'arn:aws:kms:us-east-1:{account}:key/{ABSENT}' does not exist")
    assert refusal(kms.encrypt, KeyId="fake-key-id", Plaintext=b"x") == ("NotFoundException", "Invalid keyId 'fake-key-id'")


def test_aliases(kms, key, account, unique):
    name = "alias/" + unique("alias")
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    arn = f"arn:aws:kms:us-east-1:{account}:{name}"
    for by in (name, arn):
        assert kms.describe_key(KeyId=by)["KeyMetadata"]["Arn"] == key["Arn"]
    alias, = kms.list_aliases(KeyId=key["KeyId"])["Aliases"]
    assert (alias["AliasName"], alias["AliasArn"], alias["TargetKeyId"]) == (name, arn, key["KeyId"])
    assert refusal(kms.create_alias, AliasName=name, TargetKeyId=key["KeyId"]) == (
        "AlreadyExistsException", f"An alias with the name {arn} already exists")
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName=name, TargetKeyId=other)
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == other
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    assert refusal(kms.update_alias, AliasName=name, TargetKeyId=mac)[0] == "ValidationException"
    kms.delete_alias(AliasName=name)
    gone = ("NotFoundException", f"Alias {arn} is not found.")
    assert refusal(kms.describe_key, KeyId=name) == refusal(kms.delete_alias, AliasName=name) == gone
    assert refusal(kms.update_alias, AliasName=name, TargetKeyId=other) == gone
    assert refusal(kms.create_alias, AliasName="mine", TargetKeyId=other) == (
        "ValidationException", 'Alias must start with the prefix "alias/". Please see '
        "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html")
    assert refusal(kms.create_alias, AliasName="alias/aws/mine", TargetKeyId=other)[0] == "NotAuthorizedException"


def test_policies(kms, key, account):
    statement = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=text)
    assert kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"] == text
    assert kms.list_key_policies(KeyId=key["KeyId"])["PolicyNames"] == ["default"]
    locked = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Action": "kms:Decrypt"}]})
    assert refusal(kms.put_key_policy, KeyId=key["KeyId"], PolicyName="default", Policy=locked) == (
        "MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=locked, BypassPolicyLockoutSafetyCheck=True)
    for bad in ("{", "{}"):
        assert refusal(kms.create_key, Policy=bad)[0] == "MalformedPolicyDocumentException"
    nobody = json.dumps({"Version": "2012-10-17", "Statement": [statement, {**statement, "Principal": {"AWS": f"arn:aws:iam::{account}:role/nobody"}}]})
    invalid = ("MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")
    assert refusal(kms.create_key, Policy=nobody) == refusal(kms.put_key_policy, KeyId=key["KeyId"], PolicyName="default", Policy=nobody) == invalid
    strangers = nobody.replace(f"arn:aws:iam::{account}:role/nobody", "arn:aws:iam::212121212121:role/somebody")
    kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=strangers)


def test_tags(kms, key):
    kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": "2"}])
    kms.untag_resource(KeyId=key["KeyId"], TagKeys=["a"])
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [{"TagKey": "b", "TagValue": "2"}]
    for tags, message in (([{"TagKey": "a", "TagValue": ""}] * 2, "Duplicate tag keys"),
                          ([{"TagKey": f"k{i}", "TagValue": ""} for i in range(51)], "Too many tags"),
                          ([{"TagKey": "aws:x", "TagValue": ""}], "Tags beginning with aws: are reserved")):
        assert refusal(kms.create_key, Tags=tags) == refusal(kms.tag_resource, KeyId=key["KeyId"], Tags=tags) == ("TagException", message)


@pytest.mark.parametrize("settings", [{"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
                                      {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}])
def test_keys_that_never_rotate_say_so(kms, settings):
    never = kms.create_key(**settings)["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=never)["KeyRotationEnabled"] is False
    with pytest.raises(kms.exceptions.UnsupportedOperationException):
        kms.enable_key_rotation(KeyId=never)


def test_rotation_on_demand(kms, key, call):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert call("GetKeyRotationStatus", {"KeyId": key["KeyId"]}) == {"KeyId": key["Arn"], "KeyRotationEnabled": False}
    call("EnableKeyRotation", {"KeyId": key["KeyId"], "RotationPeriodInDays": 90})
    status = call("GetKeyRotationStatus", {"KeyId": key["KeyId"]})
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90) and status["NextRotationDate"]
    before = call("DescribeKey", {"KeyId": key["KeyId"]})["KeyMetadata"]["CurrentKeyMaterialId"]
    assert call("RotateKeyOnDemand", {"KeyId": key["KeyId"]}) == {"KeyId": key["Arn"]}
    after = call("DescribeKey", {"KeyId": key["KeyId"]})["KeyMetadata"]["CurrentKeyMaterialId"]
    assert before != after
    rotation, = call("ListKeyRotations", {"KeyId": key["KeyId"]})["Rotations"]
    assert (rotation["KeyMaterialId"], rotation["RotationType"]) == (after, "ON_DEMAND")
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    kms.disable_key_rotation(KeyId=key["KeyId"])
    assert call("GetKeyRotationStatus", {"KeyId": key["KeyId"]})["KeyRotationEnabled"] is False
    for _ in range(24):
        call("RotateKeyOnDemand", {"KeyId": key["KeyId"]})
    assert call("RotateKeyOnDemand", {"KeyId": key["KeyId"]}) == {
        "__type": "LimitExceededException", "message": "The on-demand rotations limit has been reached for the given keyId. No more "
        f"on-demand rotations can be performed for this key: {key['Arn']}"}
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    assert call("RotateKeyOnDemand", {"KeyId": mac}) == {"__type": "UnsupportedOperationException"}


def offered(kms, key_id, material, **more):
    """The arguments of an ImportKeyMaterial, wrapped as the region's key asks."""
    offer = kms.get_parameters_for_import(KeyId=key_id, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    wrapping = serialization.load_der_public_key(offer["PublicKey"])
    wrapped = wrapping.encrypt(material, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    return dict(KeyId=key_id, ImportToken=offer["ImportToken"], EncryptedKeyMaterial=wrapped, **more)


def test_a_replica_waits_for_imported_material(kms, client):
    europe = client("kms", region="eu-west-1")
    mine = kms.create_key(Origin="EXTERNAL", MultiRegion=True)["KeyMetadata"]["KeyId"]
    forever = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    kms.import_key_material(**offered(kms, mine, b"k" * 32, **forever))
    blob = kms.encrypt(KeyId=mine, Plaintext=b"x")["CiphertextBlob"]
    kms.replicate_key(KeyId=mine, ReplicaRegion="eu-west-1")
    replica = europe.describe_key(KeyId=mine)["KeyMetadata"]
    assert (replica["KeyState"], replica["Enabled"], replica.get("ExpirationModel")) == ("PendingImport", False, None)
    assert refusal(europe.decrypt, CiphertextBlob=blob) == ("KMSInvalidStateException", f"{replica['Arn']} is pending import.")
    assert kms.describe_key(KeyId=mine)["KeyMetadata"]["KeyState"] == "Enabled"
    assert refusal(europe.import_key_material, **offered(europe, mine, b"j" * 32, **forever))[0] == "IncorrectKeyMaterialException"
    europe.import_key_material(**offered(europe, mine, b"k" * 32, **forever))
    assert europe.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_imported_material(kms, key):
    mine = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert (mine["KeyState"], mine["Enabled"], mine["Origin"]) == ("PendingImport", False, "EXTERNAL")
    assert refusal(kms.encrypt, KeyId=mine["KeyId"], Plaintext=b"x") == ("KMSInvalidStateException", f"{mine['Arn']} is pending import.")
    wanted = dict(WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    assert refusal(kms.get_parameters_for_import, KeyId=key["KeyId"], **wanted) == (
        "UnsupportedOperationException", f"{key['Arn']} origin is AWS_KMS which is not valid for this operation.")

    def give(material, **more):
        return offered(kms, mine["KeyId"], material, **more)

    forever = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    assert refusal(kms.import_key_material, **give(b"k" * 32)) == (
        "ValidationException", "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
    assert refusal(kms.import_key_material, **give(b"k" * 31, **forever))[0] == "IncorrectKeyMaterialException"
    assert refusal(kms.import_key_material, **{**give(b"k" * 32, **forever), "ImportToken": b"x"})[0] == "InvalidImportTokenException"
    kms.import_key_material(**give(b"k" * 32, **forever))
    shown = kms.describe_key(KeyId=mine["KeyId"])["KeyMetadata"]
    assert (shown["KeyState"], shown["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    blob = kms.encrypt(KeyId=mine["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=mine["KeyId"])
    assert kms.describe_key(KeyId=mine["KeyId"])["KeyMetadata"]["KeyState"] == "PendingImport"
    assert refusal(kms.import_key_material, **give(b"j" * 32, **forever))[0] == "IncorrectKeyMaterialException"
    kms.import_key_material(**give(b"k" * 32, **forever))
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_replicas_share_id_and_material(kms, client):
    europe = client("kms", region="eu-west-1")
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]
    assert key["KeyId"].startswith("mrk-") and key["MultiRegionConfiguration"]["MultiRegionKeyType"] == "PRIMARY"
    first = kms.replicate_key(KeyId=key["KeyId"], ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]
    assert first["KeyState"] == "Creating"
    replica = europe.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert (replica["KeyState"], replica["MultiRegionConfiguration"]["MultiRegionKeyType"]) == ("Enabled", "REPLICA")
    assert replica["MultiRegionConfiguration"]["ReplicaKeys"] == [{"Arn": replica["Arn"], "Region": "eu-west-1"}]
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert europe.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert refusal(europe.replicate_key, KeyId=key["KeyId"], ReplicaRegion="eu-north-1") == (
        "UnsupportedOperationException", f"{replica['Arn']} is not a multi-region primary key.")
    assert refusal(kms.replicate_key, KeyId=key["KeyId"], ReplicaRegion="eu-west-1")[0] == "AlreadyExistsException"
    assert kms.schedule_key_deletion(KeyId=key["KeyId"])["KeyState"] == "PendingReplicaDeletion"
    kms.cancel_key_deletion(KeyId=key["KeyId"])
    kms.enable_key(KeyId=key["KeyId"])
    kms.update_primary_region(KeyId=key["KeyId"], PrimaryRegion="eu-west-1")
    assert europe.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["MultiRegionConfiguration"]["MultiRegionKeyType"] == "PRIMARY"
