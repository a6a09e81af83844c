import json


def handler(event, context):
    for record in event["Records"]:
        if record["dynamodb"]["Keys"]["pk"]["S"].startswith("poison"):
            raise Exception("can't take it")
    for record in event["Records"]:
        print(json.dumps(record))
