import base64

import boto3


def handler(event, context):
    opened = boto3.client("kms").decrypt(CiphertextBlob=base64.b64decode(event["blob"]))
    return opened["Plaintext"].decode()
