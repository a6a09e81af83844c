import json


def handler(event, context):
    return {"route": event["routeKey"], "id": event.get("pathParameters", {}).get("id"), "body": json.loads(event.get("body", "null"))}
