import base64
import os

import boto3
import botocore.exceptions

kms = boto3.client("kms")


def attempt(call):
    try:
        return call()
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]


def handler(event, context):
    blob = base64.b64decode(event["token"])
    signature = kms.sign(KeyId=os.environ["SIGNING_KEY"], Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    return {
        "plain": attempt(lambda: kms.decrypt(CiphertextBlob=blob, EncryptionContext={"purpose": "orders"})["Plaintext"].decode()),
        "without": attempt(lambda: kms.encrypt(KeyId=os.environ["KEY"], Plaintext=b"x")),
        "granted": attempt(lambda: len(kms.generate_data_key(KeyId=os.environ["KEY"], KeySpec="AES_256",
                                                             EncryptionContext={"purpose": "backup"})["Plaintext"])),
        "signed": kms.verify(KeyId=os.environ["SIGNING_KEY"], Message=b"m", Signature=signature, SigningAlgorithm="ECDSA_SHA_256")["SignatureValid"],
    }
