import time


def handler(event, context):
    for record in event["Records"]:
        print("works", time.time_ns(), record["attributes"].get("MessageGroupId", "-"), record["body"])
