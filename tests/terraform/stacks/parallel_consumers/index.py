def handler(event, context):
    for record in event["Records"]:
        image = record["dynamodb"]["NewImage"]
        print("click", image["pk"]["S"], image["N"]["N"])
    print("batch", len(event["Records"]))
