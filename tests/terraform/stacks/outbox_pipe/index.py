import json
import os

import boto3

ssm = boto3.client("ssm")


def handler(event, context):
    names = [f"{os.environ['PREFIX']}/{name}" for name in ("kinds", "token")]
    kinds, token = (one["Value"] for one in ssm.get_parameters(Names=names, WithDecryption=True)["Parameters"])
    for record in event["Records"]:
        body = json.loads(record["body"])
        print(json.dumps({**body, "known": body["kind"] in kinds.split(","), "token": token, "level": os.environ["LEVEL"],
                          "group": record["attributes"]["MessageGroupId"]}))
    return {"batchItemFailures": []}
