import json


def lambda_handler(event, context):
    if "Records" in event:
        for record in event["Records"]:
            print(json.dumps({"stream": record["eventName"], "title": record["dynamodb"]["Keys"]["title"]["S"]}))
    else:
        print(json.dumps({"event": event}))
