def handler(event, context):
    if event.get("fail"):
        raise Exception("asked to")
    return {"doubled": event["n"] * 2}
