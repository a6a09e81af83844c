import base64
import json
import time
import urllib.parse

import requests


def token(**claims):
    """Not signed: the issuer's keys can't be reached from here, as the README says."""
    parts = [{"alg": "RS256", "kid": "k"}, {"iss": "https://issuer.example.com/", "aud": "accounts-api", "sub": "ann",
                                            "exp": int(time.time()) + 3600, **claims}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".c2ln"


def ask(stack, verb, path, **headers):
    url = urllib.parse.urlsplit(stack.output("endpoint"))
    headers = {"Host": url.hostname, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return requests.request(verb, f"{stack.server.endpoint}{url.path.rstrip('/')}{path}", headers=headers, timeout=20)


def exercise(stack):
    health = ask(stack, "GET", "/health")
    assert health.json() == {"route": "GET /health", "sub": None, "lambda": None, "id": None, "table": "accounts"}, health.text
    assert ask(stack, "GET", "/accounts").status_code == 401
    read = {"Authorization": "Bearer " + token(scope="accounts:read other")}
    assert ask(stack, "GET", "/accounts", **read).json()["sub"] == "ann"
    assert ask(stack, "POST", "/accounts", **read).status_code == 403
    assert ask(stack, "POST", "/accounts", Authorization="Bearer " + token(scope="admin")).status_code == 200
    assert ask(stack, "GET", "/accounts", Authorization="Bearer " + token(scope="accounts:read", aud="else")).status_code == 401
    assert ask(stack, "GET", "/elsewhere", Authorization=token()).json()["route"] == "$default"
    inside = ask(stack, "GET", "/internal/7", x_internal="letmein")
    assert (inside.json()["id"], inside.json()["lambda"]) == ("7", {"from": "GET /internal/{id}"})
    assert ask(stack, "GET", "/internal/7", x_internal="no").status_code == 403
    assert ask(stack, "GET", "/internal/7").status_code == 401
    preflight = ask(stack, "OPTIONS", "/accounts", Origin="https://app.example.com", Access_Control_Request_Method="POST")
    assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
    assert "127.0.0.1 GET GET /accounts 200 ann" in [line.strip() for line in stack.log_messages("/aws/vendedlogs/apis/accounts")]


def update(stack):
    stack.edit("main.tf", '"GET /health"        = {}', '"GET /health"        = {}\n    "DELETE /accounts/{id}" = { authorizer = "jwt", scopes = ["admin"] }')
    stack.edit("main.tf", 'authorizer = "jwt", scopes = ["accounts:read"]', 'scopes = null')
    stack.edit("main.tf", 'audience = ["accounts-api"]', 'audience = ["accounts-api", "else"]')
    stack.edit("main.tf", "throttling_burst_limit   = 500", "throttling_burst_limit   = 600")
    return {'aws_apigatewayv2_route.this["GET /accounts"]', 'aws_apigatewayv2_route.this["DELETE /accounts/{id}"]',
            "aws_apigatewayv2_authorizer.jwt", "aws_apigatewayv2_stage.this"}


def after_update(stack):
    assert ask(stack, "GET", "/accounts").status_code == 200
    assert ask(stack, "DELETE", "/accounts/7", Authorization="Bearer " + token(scope="admin", aud="else")).json()["id"] == "7"
