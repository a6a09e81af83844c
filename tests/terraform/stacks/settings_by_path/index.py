import os

import boto3


def handler(event, context):
    pages = boto3.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=os.environ["PREFIX"], Recursive=True, WithDecryption=True)
    return {one["Name"]: one["Value"] for page in pages for one in page["Parameters"]}
