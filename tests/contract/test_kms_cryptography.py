"""KMS: what it encrypts, signs and computes is what another library makes of it."""

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, utils
from harness.tables import refusal


@pytest.fixture(scope="module")
def kms(client):
    return client("kms")


@pytest.fixture(scope="module")
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture(scope="module")
def made(kms):
    """made("RSA_2048", "SIGN_VERIFY") -> the ARN of one key of that kind for the whole file."""
    keys = {}

    def make(spec, usage):
        if (spec, usage) not in keys:
            keys[spec, usage] = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]
        return keys[spec, usage]

    return make


@pytest.fixture
def call(raw):
    def send(operation, body):
        return json.loads(raw("kms", "POST", "/", json.dumps(body), {
            "X-Amz-Target": f"TrentService.{operation}", "Content-Type": "application/x-amz-json-1.1"}).text)

    return send


def test_what_is_encrypted_is_decrypted_with_the_same_context(kms, key):
    context = {"purpose": "test", "a": "b"}
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=context)
    assert (sealed["KeyId"], sealed["EncryptionAlgorithm"]) == (key, "SYMMETRIC_DEFAULT")
    blob = sealed["CiphertextBlob"]
    assert b"secret" not in blob and blob != kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=context)["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    assert (opened["Plaintext"], opened["KeyId"], opened["EncryptionAlgorithm"]) == (b"secret", key, "SYMMETRIC_DEFAULT")
    for wrong in (dict(EncryptionContext={}), dict(EncryptionContext={**context, "more": "x"})):
        assert refusal(kms.decrypt, CiphertextBlob=blob, **wrong)[0] == "InvalidCiphertextException"
    for wrong in (blob[:-1] + bytes([blob[-1] ^ 1]), blob[:20], b"what is this", blob + b"x"):
        assert refusal(kms.decrypt, CiphertextBlob=wrong, EncryptionContext=context)[0] == "InvalidCiphertextException"


def test_an_invalid_ciphertext_has_no_message(call):
    assert call("Decrypt", {"CiphertextBlob": base64.b64encode(b"x").decode()}) == {"__type": "InvalidCiphertextException"}


def test_another_key_is_incorrect(kms, key):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    incorrect = ("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
    assert refusal(kms.decrypt, CiphertextBlob=blob, KeyId=other) == incorrect
    assert refusal(kms.re_encrypt, CiphertextBlob=blob, SourceKeyId=other, DestinationKeyId=key) == incorrect
    moved = kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=other, DestinationEncryptionContext={"a": "b"})
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, other)
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"a": "b"})["Plaintext"] == b"x"


@pytest.mark.parametrize("arguments, size", [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 100}, 100)])
def test_data_keys(kms, key, arguments, size):
    made = kms.generate_data_key(KeyId=key, EncryptionContext={"a": "b"}, **arguments)
    assert len(made["Plaintext"]) == size
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})["Plaintext"] == made["Plaintext"]
    bare = kms.generate_data_key_without_plaintext(KeyId=key, **arguments)
    assert "Plaintext" not in bare and len(kms.decrypt(CiphertextBlob=bare["CiphertextBlob"])["Plaintext"]) == size
    wrong = ("ValidationException", "Please specify either number of bytes or key spec.")
    assert refusal(kms.generate_data_key, KeyId=key) == refusal(
        kms.generate_data_key_without_plaintext, KeyId=key, KeySpec="AES_256", NumberOfBytes=1) == wrong


def test_data_key_pairs(kms, key):
    made = kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    private = serialization.load_der_private_key(made["PrivateKeyPlaintext"], None)
    public = serialization.load_der_public_key(made["PublicKey"])
    assert private.public_key().public_numbers() == public.public_numbers()
    assert kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])["Plaintext"] == made["PrivateKeyPlaintext"]
    assert "PrivateKeyPlaintext" not in kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="RSA_2048")


RSA_SIGNING = [("RSASSA_PSS", padding.PSS), ("RSASSA_PKCS1_V1_5", padding.PKCS1v15)]


@pytest.mark.parametrize("bits", [256, 384, 512])
@pytest.mark.parametrize("name, scheme", RSA_SIGNING, ids=["pss", "pkcs1"])
def test_rsa_signatures(kms, made, bits, name, scheme):
    key, algorithm = made("RSA_2048", "SIGN_VERIFY"), f"{name}_SHA_{bits}"
    digest = {256: hashes.SHA256(), 384: hashes.SHA384(), 512: hashes.SHA512()}[bits]
    how = scheme(padding.MGF1(digest), digest.digest_size) if scheme is padding.PSS else scheme()
    signature = kms.sign(KeyId=key, Message=b"hello", SigningAlgorithm=algorithm)["Signature"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    public.verify(signature, b"hello", how, digest)
    hashed = hashlib.new(f"sha{bits}", b"hello").digest()
    assert kms.verify(KeyId=key, Message=hashed, MessageType="DIGEST", Signature=signature, SigningAlgorithm=algorithm)["SignatureValid"]


@pytest.mark.parametrize("spec, algorithm, digest", [
    ("ECC_NIST_P256", "ECDSA_SHA_256", hashes.SHA256()), ("ECC_NIST_P384", "ECDSA_SHA_384", hashes.SHA384()),
    ("ECC_NIST_P521", "ECDSA_SHA_512", hashes.SHA512()), ("ECC_SECG_P256K1", "ECDSA_SHA_256", hashes.SHA256())])
def test_elliptic_signatures(kms, made, spec, algorithm, digest):
    key = made(spec, "SIGN_VERIFY")
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    signature = kms.sign(KeyId=key, Message=b"hello", SigningAlgorithm=algorithm)["Signature"]
    public.verify(signature, b"hello", ec.ECDSA(digest))
    hashed = hashlib.new(digest.name, b"hello").digest()
    signature = kms.sign(KeyId=key, Message=hashed, MessageType="DIGEST", SigningAlgorithm=algorithm)["Signature"]
    public.verify(signature, hashed, ec.ECDSA(utils.Prehashed(digest)))
    assert kms.verify(KeyId=key, Message=b"hello", Signature=signature, SigningAlgorithm=algorithm)["SignatureValid"] is True


def test_edwards_signatures(kms, made):
    key = made("ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
    signature = kms.sign(KeyId=key, Message=b"hello", SigningAlgorithm="ED25519_SHA_512")["Signature"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, ed25519.Ed25519PublicKey)
    public.verify(signature, b"hello")


def test_signatures_that_are_refused(kms, key, made, call):
    signing = made("RSA_2048", "SIGN_VERIFY")
    signature = kms.sign(KeyId=signing, Message=b"hello", SigningAlgorithm="RSASSA_PSS_SHA_256")["Signature"]
    body = {"KeyId": signing, "Message": base64.b64encode(b"other").decode(), "Signature": base64.b64encode(signature).decode(),
            "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
    assert call("Verify", body) == {"__type": "KMSInvalidSignatureException"}
    assert refusal(kms.sign, KeyId=signing, Message=b"short", MessageType="DIGEST", SigningAlgorithm="RSASSA_PSS_SHA_256") == (
        "ValidationException", "Digest is invalid length for algorithm RSASSA_PSS_SHA_256.")
    assert refusal(kms.sign, KeyId=signing, Message=b"x", SigningAlgorithm="ECDSA_SHA_256") == (
        "InvalidKeyUsageException", "Algorithm ECDSA_SHA_256 is incompatible with key spec RSA_2048.")
    for operation, more in (("Sign", {"SigningAlgorithm": "ECDSA_SHA_256"}), ("GenerateMac", {"MacAlgorithm": "HMAC_SHA_256"})):
        found = call(operation, {"KeyId": key, "Message": "eA==", **more})
        assert found == {"__type": "InvalidKeyUsageException",
                         "message": f"{key} key usage is ENCRYPT_DECRYPT which is not valid for {operation}."}
    assert refusal(kms.get_public_key, KeyId=key)[0] == "UnsupportedOperationException"


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_macs(kms, made, bits, call):
    key, algorithm = made(f"HMAC_{bits}", "GENERATE_VERIFY_MAC"), f"HMAC_SHA_{bits}"
    mac = kms.generate_mac(KeyId=key, Message=b"hello", MacAlgorithm=algorithm)["Mac"]
    assert len(mac) == bits // 8
    assert kms.verify_mac(KeyId=key, Message=b"hello", MacAlgorithm=algorithm, Mac=mac)["MacValid"] is True
    assert call("VerifyMac", {"KeyId": key, "Message": "eA==", "MacAlgorithm": algorithm, "Mac": base64.b64encode(mac).decode()}) == {
        "__type": "KMSInvalidMacException"}
    other = "HMAC_SHA_512" if bits != 512 else "HMAC_SHA_256"
    assert refusal(kms.generate_mac, KeyId=key, Message=b"x", MacAlgorithm=other) == (
        "InvalidKeyUsageException", f"Algorithm {other} is incompatible with key spec HMAC_{bits}.")


def test_an_imported_mac_key_is_hmac(kms):
    mine = kms.create_key(Origin="EXTERNAL", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    offer = kms.get_parameters_for_import(KeyId=mine, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    wrapping = serialization.load_der_public_key(offer["PublicKey"])
    wrapped = wrapping.encrypt(b"k" * 32, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    kms.import_key_material(KeyId=mine, ImportToken=offer["ImportToken"], EncryptedKeyMaterial=wrapped,
                            ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    mac = kms.generate_mac(KeyId=mine, Message=b"hello", MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert mac == hmac.new(b"k" * 32, b"hello", "sha256").digest()


@pytest.mark.parametrize("algorithm, digest, most", [("RSAES_OAEP_SHA_1", hashes.SHA1(), 214), ("RSAES_OAEP_SHA_256", hashes.SHA256(), 190)])
def test_rsa_encryption(kms, made, algorithm, digest, most):
    key = made("RSA_2048", "ENCRYPT_DECRYPT")
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x" * most, EncryptionAlgorithm=algorithm)["CiphertextBlob"]
    assert kms.decrypt(KeyId=key, CiphertextBlob=sealed, EncryptionAlgorithm=algorithm)["Plaintext"] == b"x" * most
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    sealed = public.encrypt(b"hello", padding.OAEP(padding.MGF1(digest), digest, None))
    assert kms.decrypt(KeyId=key, CiphertextBlob=sealed, EncryptionAlgorithm=algorithm)["Plaintext"] == b"hello"
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x" * (most + 1), EncryptionAlgorithm=algorithm)[0] == "ValidationException"
    assert refusal(kms.decrypt, KeyId=key, CiphertextBlob=b"x" * 256, EncryptionAlgorithm=algorithm)[0] == "InvalidCiphertextException"


def test_shared_secrets(kms, made, call):
    key = made("ECC_NIST_P256", "KEY_AGREEMENT")
    mine = ec.generate_private_key(ec.SECP256R1())
    public = mine.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    answer = call("DeriveSharedSecret", {"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": base64.b64encode(public).decode()})
    theirs = serialization.load_der_public_key(base64.b64decode(call("GetPublicKey", {"KeyId": key})["PublicKey"]))
    assert base64.b64decode(answer["SharedSecret"]) == mine.exchange(ec.ECDH(), theirs)


def test_random_bytes(kms, call):
    assert len(kms.generate_random(NumberOfBytes=33)["Plaintext"]) == 33
    assert call("GenerateRandom", {}) == {"__type": "ValidationException", "message": "NumberOfBytes is required."}


def test_dry_runs(key, call):
    for operation, more in (("Encrypt", {"Plaintext": "eA=="}), ("GenerateDataKey", {"KeySpec": "AES_256"})):
        assert call(operation, {"KeyId": key, "DryRun": True, **more}) == {
            "__type": "DryRunOperationException", "message": "The request would have succeeded, but the DryRun option is set."}


def test_sizes(kms, key):
    assert kms.encrypt(KeyId=key, Plaintext=b"x" * 4096)
    code, message = refusal(kms.encrypt, KeyId=key, Plaintext=b"x" * 4097)
    assert (code, message) == ("ValidationException", "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member "
                               "must have length less than or equal to 4096")
