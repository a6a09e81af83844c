import json


def handler(event, context):
    if event.get("fail"):
        raise RuntimeError("asked to")
    if "Records" in event:
        message = json.loads(event["Records"][0]["Sns"]["Message"])
        print(json.dumps({"alarm": message["AlarmName"], "state": message["NewStateValue"]}))
