import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    for item in table.scan()["Items"]:
        table.delete_item(Key={"pk": item["pk"]})
    print(json.dumps({"by": event["by"]}))
