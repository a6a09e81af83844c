import json


def handler(event, context):
    print(json.dumps({"reviewed": event["detail"]["orderId"]}))
