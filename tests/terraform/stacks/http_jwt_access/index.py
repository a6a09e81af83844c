def handler(event, context):
    who = event["requestContext"].get("authorizer", {})
    return {"route": event["routeKey"], "sub": who.get("jwt", {}).get("claims", {}).get("sub"), "lambda": who.get("lambda"),
            "id": (event.get("pathParameters") or {}).get("id"), "table": event["stageVariables"]["table"]}
