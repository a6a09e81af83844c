import json
import urllib.parse

from harness import aws


def fetch(stack, path):
    raw = aws.Raw(stack.server.endpoint, stack.account)
    host = urllib.parse.urlsplit(stack.output("url")).hostname
    return raw("lambda", "GET", path, headers={"Host": f"{host}:{stack.server.port}"}, sign=False)


def exercise(stack):
    answer = fetch(stack, "/users/ada?full=yes")
    assert (answer.status, answer.headers["x-kind"]) == (201, "test")
    assert json.loads(answer.body) == {"method": "GET", "path": "/users/ada", "query": {"full": "yes"}}


def update(stack):
    stack.edit("main.tf", "max_age       = 300", "max_age       = 600")
    stack.edit("index.py", "201", "202")
    return {"aws_lambda_function_url.web", "module.web.aws_lambda_function.function"}


def after_update(stack):
    assert fetch(stack, "/").status == 202
    config = stack.client("lambda").get_function_url_config(FunctionName="web")
    assert config["Cors"]["MaxAge"] == 600
