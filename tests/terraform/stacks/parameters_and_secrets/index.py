import json
import os

import boto3


def handler(event, context):
    pages = boto3.client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/app", WithDecryption=True)
    settings = {p["Name"]: p["Value"] for page in pages for p in page["Parameters"]}
    secret = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId="app/password")["SecretString"])
    return {"settings": settings, "password": secret["password"], "level": os.environ["LEVEL"]}
