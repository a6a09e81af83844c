import json
import os

import boto3

sqs = boto3.client("sqs")


def handler(event, context):
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        body = json.dumps({"id": image["sk"]["S"].split("#")[1], "event": image["Event"]["S"]})
        sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=body)
