import json
import os

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event, context):
    request = event["requestContext"]
    kind, me = request["eventType"], request["connectionId"]
    if kind == "CONNECT":
        TABLE.put_item(Item={"id": me})
    elif kind == "DISCONNECT":
        TABLE.delete_item(Key={"id": me})
    else:
        where = f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{request['apiId']}/{request['stage']}"
        gateway = boto3.client("apigatewaymanagementapi", endpoint_url=where)
        said = json.dumps({"greeting": event["stageVariables"]["greeting"], "text": json.loads(event["body"])["text"]})
        for row in TABLE.scan(ConsistentRead=True)["Items"]:
            gateway.post_to_connection(ConnectionId=row["id"], Data=said.encode())
    return {"statusCode": 200}
