import os

import boto3
from botocore.exceptions import ClientError

s3 = boto3.client("s3")


def handler(event, context):
    try:
        s3.put_object(Bucket=os.environ["BUCKET"], Key=event["key"], Body=b"x")
        return "written"
    except ClientError as error:
        return error.response["Error"]["Code"]
