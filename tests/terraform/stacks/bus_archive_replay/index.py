import json


def handler(event, context):
    print(json.dumps({"order": event.get("detail", {}).get("id"), "replay": event.get("replay-name"), "forwarded": event.get("forwarded", False)}))
