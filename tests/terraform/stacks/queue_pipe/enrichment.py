def handler(event, context):
    return [{"order": one["order"], "tax": one["total"] // 5} for one in event]
