def handler(event, context):
    return [{"order": record["dynamodb"]["Keys"]["pk"]["S"], "enriched": True} for record in event]
