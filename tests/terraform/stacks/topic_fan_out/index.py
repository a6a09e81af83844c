import os

import boto3

sns = boto3.client("sns")


def handler(event, context):
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        sns.publish(
            TopicArn=os.environ["TOPIC"],
            Message=image["pk"]["S"],
            MessageAttributes={"kind": {"DataType": "String", "StringValue": image["Kind"]["S"]}},
        )
