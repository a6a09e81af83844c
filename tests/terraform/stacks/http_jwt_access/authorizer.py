def handler(event, context):
    return {"isAuthorized": event["headers"]["x-internal"] == "letmein", "context": {"from": event["routeKey"]}}
