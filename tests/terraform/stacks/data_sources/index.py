import boto3

table = boto3.resource("dynamodb").Table("lookups")


def handler(event, context):
    return table.get_item(Key={"pk": event["key"]})["Item"]["text"]
