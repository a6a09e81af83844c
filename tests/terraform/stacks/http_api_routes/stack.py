import json
import urllib.parse

import requests


def ask(stack, verb, path, **options):
    """By the Host that the stack's own URL names."""
    headers = {"Host": urllib.parse.urlsplit(stack.output("url")).hostname, **options.pop("headers", {})}
    return requests.request(verb, f"{stack.server.endpoint}{path}", headers=headers, timeout=20, **options)


def exercise(stack):
    assert ask(stack, "GET", "/orders").json() == {"route": "GET /orders", "id": None, "body": None}
    assert ask(stack, "GET", "/orders/7").json()["id"] == "7"
    made = ask(stack, "POST", "/orders", json={"a": 1})
    assert made.json() == {"route": "POST /orders", "id": None, "body": {"a": 1}}
    assert ask(stack, "DELETE", "/orders").status_code == 404
    preflight = ask(stack, "OPTIONS", "/orders", headers={"Origin": "https://app.example", "Access-Control-Request-Method": "POST"})
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://app.example"
    events = stack.client("logs").filter_log_events(logGroupName="/aws/apigateway/orders")["events"]
    line = {"requestId": made.headers["apigw-requestid"], "route": "POST /orders", "status": "200"}
    assert line in [json.loads(event["message"]) for event in events]


def update(stack):
    stack.edit("main.tf", '"GET", "POST"]\n', '"GET", "POST", "DELETE"]\n')
    stack.edit("main.tf", "max_age       = 300", "max_age       = 600")
    return {"aws_apigatewayv2_api.orders"}


def after_update(stack):
    answer = ask(stack, "OPTIONS", "/orders", headers={"Origin": "https://app.example", "Access-Control-Request-Method": "DELETE"})
    assert answer.headers["Access-Control-Max-Age"] == "600"
