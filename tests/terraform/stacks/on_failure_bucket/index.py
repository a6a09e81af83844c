def handler(event, context):
    raise ValueError("never good enough")
