import urllib.parse

import requests


def ask(stack, output, verb, path):
    host = urllib.parse.urlsplit(stack.output(output)).hostname
    return requests.request(verb, f"{stack.server.endpoint}{path}", headers={"Host": host}, timeout=20)


def exercise(stack):
    assert ask(stack, "endpoint", "POST", "/any/where?name=ann").json() == {"route": "$default", "path": "/any/where", "name": "ann"}
    assert ask(stack, "elsewhere", "GET", "/here").status_code == 404
    assert ask(stack, "elsewhere", "GET", "/there").status_code in (500, 503, 504)
    assert len(stack.output("ids")) == 2 and stack.output("read") == stack.output("endpoint")


def update(stack):
    stack.edit("main.tf", 'name          = "hello-http"\n  protocol', 'name          = "hello"\n  description   = "says hello"\n  protocol')
    stack.edit("main.tf", 'kind = "proxy"', 'kind = "gateway"')
    return {"aws_apigatewayv2_api.hello", "aws_apigatewayv2_api.elsewhere"}


def after_update(stack):
    assert ask(stack, "endpoint", "GET", "/").json()["route"] == "$default"
    (api,) = [api for api in stack.client("apigatewayv2").get_apis()["Items"] if api["Name"] == "hello"]
    assert api["Description"] == "says hello"
