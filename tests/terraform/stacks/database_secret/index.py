import json
import os

import boto3


def handler(event, context):
    return json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ARN"])["SecretString"])
