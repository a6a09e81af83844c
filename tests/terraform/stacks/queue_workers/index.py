def handler(event, context):
    for record in event["Records"]:
        print("works", record["attributes"].get("MessageGroupId", "-"), record["body"])
