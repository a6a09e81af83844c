import json
import os

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE"])
HEADERS = {"Access-Control-Allow-Origin": "*"}


def handler(event, context):
    key = event["pathParameters"]["id"]
    if event["httpMethod"] == "PUT":
        TABLE.put_item(Item={"pk": key, **json.loads(event["body"])})
        return {"statusCode": 204, "headers": HEADERS}
    found = TABLE.get_item(Key={"pk": key}).get("Item")
    status = 200 if found else 404
    return {"statusCode": status, "headers": HEADERS, "body": json.dumps({"item": found, "stage": event["stageVariables"]})}
