import json


def archived(stack):
    objects = stack.client("s3").list_objects_v2(Bucket=stack.output("bucket")).get("Contents", [])
    return [o["Key"] for o in objects]


def leave(stack, name):
    stack.put("sessions", {"pk": name, "ExpiresAt": 4102444800})
    stack.client("dynamodb").delete_item(TableName="sessions", Key={"pk": {"S": name}})
    stack.drain()


def exercise(stack):
    stack.put("sessions", {"pk": "stays"})
    leave(stack, "leaves")
    assert archived(stack) == ["sessions/leaves.json"]
    body = stack.client("s3").get_object(Bucket=stack.output("bucket"), Key="sessions/leaves.json")["Body"].read()
    assert json.loads(body) == {"pk": {"S": "leaves"}, "ExpiresAt": {"N": "4102444800"}}


def update(stack):
    # Only what TTL removed, not what a user deleted.
    stack.edit(
        "main.tf", 'jsonencode({ eventName = ["REMOVE"] })',
        'jsonencode({ userIdentity = { type = ["Service"], principalId = ["dynamodb.amazonaws.com"] } })',
    )
    return {"module.mapping.aws_lambda_event_source_mapping.mapping"}


def after_update(stack):
    leave(stack, "deleted-by-hand")
    assert archived(stack) == ["sessions/leaves.json"]
