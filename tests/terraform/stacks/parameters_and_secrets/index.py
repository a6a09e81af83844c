import json
import os
import urllib.request

import boto3


def handler(event, context):
    pages = boto3.client("ssm").get_paginator("get_parameters_by_path").paginate(Path="/app", WithDecryption=True)
    settings = {p["Name"]: p["Value"] for page in pages for p in page["Parameters"]}
    secret = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId="app/password")["SecretString"])
    request = urllib.request.Request(
        f"http://localhost:{os.environ.get('PARAMETERS_SECRETS_EXTENSION_HTTP_PORT', '2773')}"
        "/systemsmanager/parameters/get?name=%2Fapp%2Flevel",
        headers={"X-Aws-Parameters-Secrets-Token": os.environ["AWS_SESSION_TOKEN"]})
    with urllib.request.urlopen(request) as answer:
        assert json.load(answer)["Parameter"]["Value"] == settings["/app/level"]
    return {"settings": settings, "password": secret["password"], "level": os.environ["LEVEL"]}
