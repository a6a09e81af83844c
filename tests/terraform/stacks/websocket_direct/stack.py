import json
import urllib.parse

from harness import waiting
from harness.web_socket import WebSocket


def use(stack, pong, order):
    url = urllib.parse.urlsplit(stack.output("url"))
    socket = WebSocket(f"ws://127.0.0.1:{stack.server.port}{url.path}", headers={"Host": url.hostname})
    socket.send(json.dumps({"action": "ping"}))
    assert json.loads(socket.receive()) == {"pong": pong}
    socket.send(json.dumps({"action": "order", "order": order}))
    assert waiting.until(lambda: stack.received(stack.output("orders")), "the order") == [order]
    socket.close()


def exercise(stack):
    use(stack, True, {"id": 1})


def update(stack):
    stack.edit("main.tf", '{\\"pong\\": true}', '{\\"pong\\": \\"yes\\"}')
    return {"aws_apigatewayv2_integration_response.ping"}


def after_update(stack):
    use(stack, "yes", {"id": 2})
