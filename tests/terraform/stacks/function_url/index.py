import json


def handler(event, context):
    http = event["requestContext"]["http"]
    said = {"method": http["method"], "path": http["path"], "query": event.get("queryStringParameters")}
    return {"statusCode": 201, "headers": {"X-Kind": "test"}, "body": json.dumps(said)}
