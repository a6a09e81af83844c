def handler(event, context):
    return {"route": event["routeKey"], "path": event["rawPath"], "name": (event.get("queryStringParameters") or {}).get("name")}
