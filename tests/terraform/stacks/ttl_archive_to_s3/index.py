import json
import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        old = record["dynamodb"]["OldImage"]
        s3.put_object(Bucket=os.environ["BUCKET"], Key=f"sessions/{old['pk']['S']}.json", Body=json.dumps(old))
