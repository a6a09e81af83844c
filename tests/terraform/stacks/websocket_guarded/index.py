def handler(event, context):
    return {"statusCode": 200, "body": event["requestContext"]["authorizer"]["who"] + ": " + event.get("body", "")}
