import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def answer(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}


def handler(event, context):
    if event["httpMethod"] == "POST":
        pet = json.loads(event["body"])
        table.put_item(Item=pet)
        return answer(201, pet)
    if event["resource"] == "/pets/{id}":
        pet = table.get_item(Key={"id": event["pathParameters"]["id"]}).get("Item")
        return answer(200 if pet else 404, pet)
    kind = (event["queryStringParameters"] or {}).get("kind")
    return answer(200, [pet["id"] for pet in table.scan()["Items"] if kind in (None, pet["kind"])])
