import os

import boto3

totals = boto3.resource("dynamodb").Table(os.environ["TOTALS"])


def handler(event, context):
    state = event["state"]
    for record in event["Records"]:
        state["sum"] = state.get("sum", 0) + int(record["dynamodb"]["NewImage"]["Amount"]["N"])
    if event["isFinalInvokeForWindow"]:
        totals.update_item(
            Key={"window": event["window"]["start"]},
            UpdateExpression="ADD #s :s",
            ExpressionAttributeNames={"#s": "sum"},
            ExpressionAttributeValues={":s": state.get("sum", 0)},
        )
    return {"state": state}
