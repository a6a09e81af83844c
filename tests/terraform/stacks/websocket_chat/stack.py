import json
import urllib.parse

from harness import waiting
from harness.web_socket import WebSocket


def join(stack):
    """By the Host that the stack's own URL names."""
    url = urllib.parse.urlsplit(stack.output("url"))
    assert url.scheme == "wss"
    return WebSocket(f"ws://127.0.0.1:{stack.server.port}{url.path}", headers={"Host": url.hostname})


def talk(stack, greeting):
    ada, grace = join(stack), join(stack)
    ada.send(json.dumps({"action": "say", "text": "hi"}))
    for one in (ada, grace):
        assert json.loads(one.receive()) == {"greeting": greeting, "text": "hi"}
        one.close()
    table = stack.client("dynamodb")
    waiting.until(lambda: not table.scan(TableName="chat-connections", ConsistentRead=True)["Items"], "both have left")


def exercise(stack):
    talk(stack, "hello")


def update(stack):
    stack.edit("main.tf", 'greeting = "hello"', 'greeting = "welcome"')
    return {"aws_apigatewayv2_stage.dev"}


def after_update(stack):
    talk(stack, "welcome")
