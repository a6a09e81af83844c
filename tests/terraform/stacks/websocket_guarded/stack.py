import urllib.parse

from harness import waiting
from harness.web_socket import Refused, WebSocket


def join(stack, query):
    url = urllib.parse.urlsplit(stack.output("url"))
    return WebSocket(f"ws://127.0.0.1:{stack.server.port}{url.path}{query}", headers={"Host": url.hostname})


def refused(stack, query):
    try:
        join(stack, query)
    except Refused as said:
        return said.status
    return None


def exercise(stack):
    assert (refused(stack, ""), refused(stack, "?token=mallory")) == (401, 403)
    ada = join(stack, "?token=ada")
    ada.send("hello")
    assert ada.receive() == "ada: hello"
    ada.close()
    lines = waiting.until(lambda: [e["message"] for e in stack.client("logs").filter_log_events(logGroupName="/guarded/access")["events"]], "the log")
    assert "CONNECT $connect 200" in lines and "MESSAGE $default 200" in lines


def update(stack):
    stack.edit("main.tf", "throttling_burst_limit = 100", "throttling_burst_limit = 1")
    stack.edit("main.tf", "throttling_rate_limit  = 50", "throttling_rate_limit  = 0.001")
    return {"aws_apigatewayv2_stage.live"}


def after_update(stack):
    ada = join(stack, "?token=ada")
    assert refused(stack, "?token=ada") == 429
    ada.close()
