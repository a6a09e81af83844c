import json
import urllib.parse

import requests

MAY_REPLACE = ["aws_api_gateway_deployment.api"]


def ask(stack, verb, path, **options):
    """By the Host that the stack's own URL names."""
    url = urllib.parse.urlsplit(stack.output("url"))
    headers = {"Host": url.hostname, **options.pop("headers", {})}
    return requests.request(verb, f"{stack.server.endpoint}{url.path}{path}", headers=headers, timeout=20, **options)


def exercise(stack):
    key = {"x-api-key": stack.output("key")}
    assert ask(stack, "PUT", "/items/a", json={"name": "A"}).json() == {"message": "Forbidden"}
    assert ask(stack, "PUT", "/items/a", json={}, headers=key).json() == {"message": "Invalid request body"}
    assert ask(stack, "PUT", "/items/a", json={"name": "A"}, headers=key).status_code == 204
    found = ask(stack, "GET", "/items/a")
    assert found.json() == {"item": {"pk": "a", "name": "A"}, "stage": {"kind": "test"}}
    missing = ask(stack, "GET", "/nothing")
    assert missing.status_code == 403 and missing.headers["Access-Control-Allow-Origin"] == "*"
    preflight = ask(stack, "OPTIONS", "/items/a", headers={"Origin": "https://app.example"})
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET,PUT,OPTIONS"
    made = ask(stack, "POST", "/direct", json={"id": "d"})
    assert (made.status_code, made.json()) == (201, {"made": True})
    item = stack.client("dynamodb").get_item(TableName="items", Key={"pk": {"S": "d"}})["Item"]
    assert item["by"]["S"] == made.headers["x-amzn-RequestId"]
    events = stack.client("logs").filter_log_events(logGroupName="/aws/apigateway/items")["events"]
    assert {"id": made.headers["x-amzn-RequestId"], "path": "/direct", "status": "201"} in [json.loads(e["message"]) for e in events]


def update(stack):
    stack.edit("main.tf", "made = true", "made = false")
    stack.edit("main.tf", 'kind = "test"', 'kind = "changed"')
    stack.edit("main.tf", "limit  = 1000", "limit  = 2000")
    return {"aws_api_gateway_integration_response.direct", "aws_api_gateway_stage.dev", "aws_api_gateway_usage_plan.plan"}


def after_update(stack):
    assert ask(stack, "POST", "/direct", json={"id": "e"}).json() == {"made": False}
    assert ask(stack, "GET", "/items/a").json()["stage"] == {"kind": "changed"}
