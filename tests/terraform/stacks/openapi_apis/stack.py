import requests

MAY_REPLACE = ["aws_api_gateway_deployment.orders"]


def ask(stack, path, **headers):
    return requests.get(stack.server.endpoint + path, headers={"Host": "openapi-shop.localhost", **headers}, timeout=20)


def exercise(stack):
    key = {"x-api-key": stack.output("key")}
    assert ask(stack, "/orders?limit=3").status_code == 403
    answer = ask(stack, "/orders?limit=3", **key)
    assert answer.json() == {"limit": "3", "kind": "first"}, answer.text
    missing = ask(stack, "/orders", **key)
    assert missing.status_code == 400 and missing.headers["Access-Control-Allow-Origin"] == "*"
    assert ask(stack, "/orders?limit=3", **key).json() == {"message": "Limit Exceeded"}
    assert ask(stack, "/items/items/7").json()["id"] == "7"


def update(stack):
    stack.edit("rest.yaml", '"kind": "first"', '"kind": "second"')
    stack.edit("main.tf", "limit  = 2", "limit  = 9")
    return {"aws_api_gateway_rest_api.orders", "aws_api_gateway_deployment.orders", "aws_api_gateway_stage.live",
            "aws_api_gateway_usage_plan.gold"}


def after_update(stack):
    assert ask(stack, "/orders?limit=1", **{"x-api-key": stack.output("key")}).json()["kind"] == "second"
