import json


def handler(event, context):
    about = event["requestContext"]
    body = {"path": event["pathParameters"]["proxy"], "user": about["authorizer"]["user"], "stage": event["stageVariables"],
            "key": about["identity"].get("apiKeyId")}
    return {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}, "body": json.dumps(body)}
