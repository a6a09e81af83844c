import os
import urllib.parse

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    for record in event["Records"]:
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
        table.put_item(Item={"pk": key, "size": record["s3"]["object"]["size"], "event": record["eventName"]})
