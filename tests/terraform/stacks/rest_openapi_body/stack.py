import json
import urllib.parse

import requests

MAY_REPLACE = ["aws_api_gateway_deployment.pets"]


def ask(stack, verb, path, **options):
    url = urllib.parse.urlsplit(stack.output("url"))
    return requests.request(verb, f"{stack.server.endpoint}{url.path}{path}", headers={"Host": url.hostname}, timeout=20, **options)


def exercise(stack):
    assert ask(stack, "GET", "health").json() == {"status": "up"}
    assert ask(stack, "POST", "pets", json={"id": "a", "kind": "cat"}).status_code == 201
    refused = ask(stack, "POST", "pets", json={"id": "b", "kind": "bird"})
    assert refused.status_code == 400 and "bird" in refused.text or "enum" in refused.text, refused.text
    assert ask(stack, "GET", "pets/a").json() == {"id": "a", "kind": "cat"}
    assert ask(stack, "GET", "pets/none").status_code == 404
    assert ask(stack, "GET", "pets", params={"kind": "dog"}).json() == []
    assert ask(stack, "OPTIONS", "pets").headers["Access-Control-Allow-Methods"] == "GET,POST,OPTIONS"
    assert ask(stack, "DELETE", "pets").status_code == 403
    lines = [json.loads(message) for message in stack.log_messages(stack.output("access_log"))]
    assert ("POST", "/v1/pets", "201") in [(line["httpMethod"], line["path"], line["status"]) for line in lines]


def update(stack):
    stack.edit("openapi.json", '["cat", "dog"]', '["cat", "dog", "bird"]')
    stack.edit("openapi.json", '"version": "1.0.0"', '"version": "1.1.0"')
    stack.edit("openapi.json", '"/health": {', '"/version": {"get": {"responses": {"200": {"description": "v"}}, "x-amazon-apigateway-integration": {"type": "mock", '
               '"requestTemplates": {"application/json": "{\\"statusCode\\": 200}"}, "responses": {"default": {"statusCode": "200"}}}}},\n    "/health": {')
    return {"aws_api_gateway_rest_api.pets", "aws_api_gateway_stage.pets", "aws_api_gateway_deployment.pets"}


def after_update(stack):
    assert ask(stack, "POST", "pets", json={"id": "b", "kind": "bird"}).status_code == 201
    assert ask(stack, "GET", "version").status_code == 200
    assert sorted(ask(stack, "GET", "pets").json()) == ["a", "b"]
    assert stack.client("apigateway").get_rest_apis()["items"][0]["version"] == "1.1.0"
