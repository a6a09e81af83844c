import json


def handler(event, context):
    for one in event:
        print(json.dumps(one))
