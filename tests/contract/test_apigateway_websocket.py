"""WebSocket APIs: real connections, their routes, and @connections."""

import json

import botocore.exceptions
import pytest

from harness import aws
from harness.own_server import endpoint, server  # noqa: F401
from harness.web_socket import Refused, WebSocket

# Says what it gets to its log, answers with the event; refuses ?refuse=, fails for {"fail": ...}.
HANDLER = """
import json
def handler(event, context):
    print("EVENT " + json.dumps(event))
    if event["requestContext"]["eventType"] == "CONNECT":
        code = int((event.get("queryStringParameters") or {}).get("refuse", 200))
        return {"statusCode": code, "body": "no", "headers": {"Sec-WebSocket-Protocol": event["headers"].get("Sec-WebSocket-Protocol", "")}}
    if "fail" in event.get("body", ""): raise ValueError("x")
    return {"statusCode": 200, "body": json.dumps(event)}
"""


@pytest.fixture(scope="module")
def api(client):
    return client("apigatewayv2")


class Socket:
    def __init__(self, server, api_id, name):
        self.server, self.id, self.name = server, api_id, name
        self.path = f"/_aws/execute-api/{api_id}/dev"

    def open(self, query="", **options):
        return WebSocket(f"ws://127.0.0.1:{self.server.port}{self.path}{query}", **options)


@pytest.fixture
def deployed(api, client, server, unique, make_function):
    """deployed(routes) -> Socket; each route's key with what else it has."""

    def make(routes=None, source=HANDLER, stage=None, responses=()):
        routes = {"$connect": {}, "$disconnect": {}, "$default": {}} if routes is None else routes
        name = make_function(source)
        client("lambda").add_permission(FunctionName=name, StatementId="gateway", Action="lambda:InvokeFunction",
                                        Principal="apigateway.amazonaws.com")
        arn = client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
        made = api.create_api(Name=unique("api"), ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
        target = api.create_integration(
            ApiId=made["ApiId"], IntegrationType="AWS_PROXY",
            IntegrationUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations")
        assert (target["TimeoutInMillis"], target["PassthroughBehavior"], target["IntegrationMethod"]) == (29000, "WHEN_NO_MATCH", "POST")
        for key, more in routes.items():
            answers = more.pop("answers", False)
            if answers:
                more["RouteResponseSelectionExpression"] = "$default"
            route = api.create_route(ApiId=made["ApiId"], RouteKey=key, Target=f"integrations/{target['IntegrationId']}", **more)
            if answers:
                api.create_route_response(ApiId=made["ApiId"], RouteId=route["RouteId"], RouteResponseKey="$default")
        deployment = api.create_deployment(ApiId=made["ApiId"])["DeploymentId"]
        api.create_stage(ApiId=made["ApiId"], StageName="dev", DeploymentId=deployment, **(stage or {}))
        return Socket(server, made["ApiId"], name)

    return make


@pytest.fixture
def management(server, account):
    def make(socket, **options):
        return aws.make_client(server.endpoint + socket.path, "apigatewaymanagementapi", account, **options)

    return make


def events_of(client, until, name, count):
    def lines():
        try:
            found = client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
        except botocore.exceptions.ClientError:
            return []
        events = [json.loads(e["message"][6:]) for e in found if e["message"].startswith("EVENT ")]
        return events if len(events) >= count else []

    return until(lines, f"{count} events of {name}")


def test_a_connections_life(deployed, client, until, account):
    api = deployed({"$connect": {}, "$disconnect": {}, "$default": {}, "echo": {"answers": True}}, stage={"StageVariables": {"k": "v"}})
    socket = api.open("?a=1&a=2", headers={"User-Agent": "agent", "X-A": "b"})
    socket.send('{"action": "echo", "n": 1}')
    event = json.loads(socket.receive())
    context = event.pop("requestContext")
    assert event == {"stageVariables": {"k": "v"}, "body": '{"action": "echo", "n": 1}', "isBase64Encoded": False}
    assert (context["routeKey"], context["eventType"], context["stage"], context["apiId"], context["messageDirection"]) == (
        "echo", "MESSAGE", "dev", api.id, "IN")
    assert context["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "agent"} and context["messageId"]
    socket.close()
    connect, message, disconnect = events_of(client, until, api.name, 3)
    assert connect["queryStringParameters"] == {"a": "2"} and connect["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert connect["headers"]["X-A"] == "b" and connect["requestContext"]["eventType"] == "CONNECT"
    assert "messageId" not in connect["requestContext"] and "body" not in connect
    assert {e["requestContext"]["connectionId"] for e in (connect, message, disconnect)} == {context["connectionId"]}
    assert (disconnect["requestContext"]["routeKey"], disconnect["requestContext"]["disconnectStatusCode"]) == ("$disconnect", 1000)


def test_routes_are_selected(deployed):
    api = deployed({"$default": {"answers": True}, "a": {"answers": True}})
    socket = api.open()
    for text, route in (('{"action": "a"}', "a"), ('{"action": "b"}', "$default"), ("no json", "$default"), ("[]", "$default")):
        socket.send(text)
        assert json.loads(socket.receive())["requestContext"]["routeKey"] == route, text
    socket.send('{"action": "a", "fail": 1}')
    failed = json.loads(socket.receive())
    assert failed["message"] == "Internal server error" and {"connectionId", "requestId"} <= set(failed)
    bare = deployed({"a": {}}).open()
    bare.send("x")
    assert json.loads(bare.receive())["message"] == "Forbidden", "no route takes it, and the connection stays"
    bare.send("y")
    assert json.loads(bare.receive())["message"] == "Forbidden"


def test_connect_decides(deployed):
    api = deployed()
    with pytest.raises(Refused) as refused:
        api.open("?refuse=403")
    assert (refused.value.status, refused.value.body) == (403, b"no")
    socket = api.open(headers={"Sec-WebSocket-Protocol": "chat"})
    assert socket.headers["Sec-WebSocket-Protocol"] == "chat"
    with pytest.raises(Refused) as refused:
        deployed(source="def handler(event, context): raise ValueError('x')").open()
    assert refused.value.status == 502
    assert deployed({"$default": {}}).open().ping()[0] == 10, "without $connect everybody is let in"
    with pytest.raises(Refused) as refused:
        WebSocket(f"ws://127.0.0.1:{api.server.port}/_aws/execute-api/{api.id}/nowhere")
    assert refused.value.status in (403, 404)


def test_connections_are_managed(deployed, management):
    api = deployed({"$default": {"answers": True}})
    socket, manage = api.open(headers={"User-Agent": "agent"}), management(api)
    socket.send("hello")
    connection = json.loads(socket.receive())["requestContext"]["connectionId"]
    manage.post_to_connection(ConnectionId=connection, Data=b"from behind")
    assert socket.receive() == "from behind"
    seen = manage.get_connection(ConnectionId=connection)
    assert seen["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "agent"} and seen["LastActiveAt"] >= seen["ConnectedAt"]
    manage.delete_connection(ConnectionId=connection)
    assert socket.receive() == 1000
    for call in (manage.get_connection, manage.delete_connection):
        with pytest.raises(manage.exceptions.GoneException):
            call(ConnectionId=connection)
    with pytest.raises(manage.exceptions.GoneException):
        manage.post_to_connection(ConnectionId="nobody=", Data=b"x")


def test_what_ends_a_connection(deployed, client, until):
    api = deployed()
    binary, large, broken = api.open(), api.open(), api.open()
    binary.send_bytes(b"\x00")
    assert binary.receive() == 1003
    large.send("x" * (129 << 10))
    assert large.receive() == 1009
    broken.break_off()
    events = events_of(client, until, api.name, 6)
    codes = sorted(e["requestContext"]["disconnectStatusCode"] for e in events if e["requestContext"]["eventType"] == "DISCONNECT")
    assert codes == [1003, 1006, 1009]


def test_connections_end_with_their_stage(api, deployed):
    made = deployed()
    socket = made.open()
    api.delete_stage(ApiId=made.id, StageName="dev")
    assert socket.receive() == 1001


def test_a_client_that_lingers_is_gone(deployed, client, until, management):
    api = deployed({"$connect": {}, "$disconnect": {}})
    socket, manage = api.open(), management(api)
    connection = events_of(client, until, api.name, 1)[0]["requestContext"]["connectionId"]
    assert manage.get_connection(ConnectionId=connection)
    socket.close(4001, linger=True)
    context = events_of(client, until, api.name, 2)[1]["requestContext"]
    assert (context["eventType"], context["disconnectStatusCode"]) == ("DISCONNECT", 4001)
    with pytest.raises(manage.exceptions.GoneException):
        manage.get_connection(ConnectionId=connection)
    socket.break_off()


def test_management_is_held_to_iam(deployed, management, client, unique, server, account):
    api = deployed({"$default": {"answers": True}})
    socket = api.open()
    socket.send("hello")
    connection = json.loads(socket.receive())["requestContext"]["connectionId"]
    iam, user = client("iam"), unique("user")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    import boto3
    manage = boto3.client("apigatewaymanagementapi", endpoint_url=server.endpoint + api.path, region_name="us-east-1",
                          aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    with pytest.raises(botocore.exceptions.ClientError) as error:
        manage.post_to_connection(ConnectionId=connection, Data=b"x")
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "execute-api:ManageConnections",
         "Resource": f"arn:aws:execute-api:us-east-1:{account}:{api.id}/dev/POST/@connections/*"}]}))
    manage.post_to_connection(ConnectionId=connection, Data=b"x")
    assert socket.receive() == "x"


def test_responses_live_below_their_routes(api, unique):
    made = api.create_api(Name=unique("api"), ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    assert made["ApiEndpoint"].startswith("wss://")
    scope = {"ApiId": made["ApiId"]}
    route = {**scope, "RouteId": api.create_route(**scope, RouteKey="a")["RouteId"]}
    other = {**scope, "RouteId": api.create_route(**scope, RouteKey="b")["RouteId"]}
    response = api.create_route_response(**route, RouteResponseKey="$default")["RouteResponseId"]
    assert api.get_route_response(**route, RouteResponseId=response)["RouteResponseKey"] == "$default"
    assert api.get_route_responses(**other)["Items"] == []
    api.update_route_response(**route, RouteResponseId=response, ModelSelectionExpression="m")
    assert [r.get("ModelSelectionExpression") for r in api.get_route_responses(**route)["Items"]] == ["m"]
    api.delete_route_response(**route, RouteResponseId=response)
    integration = {**scope, "IntegrationId": api.create_integration(**scope, IntegrationType="MOCK")["IntegrationId"]}
    made = api.create_integration_response(**integration, IntegrationResponseKey="$default")
    assert [r["IntegrationResponseId"] for r in api.get_integration_responses(**integration)["Items"]] == [made["IntegrationResponseId"]]
    with pytest.raises(botocore.exceptions.ClientError) as error:
        api.create_api(Name=unique("api"), ProtocolType="WEBSOCKET")
    assert error.value.response["Error"]["Code"] == "BadRequestException"


@pytest.fixture
def mapped(api, unique, server):
    """mapped({route: integration}): routes whose integrations have templates; each answers what comes back."""

    def make(routes, **stage):
        made = api.create_api(Name=unique("api"), ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")["ApiId"]
        for key, integration in routes.items():
            responses, more = integration.pop("responses", []), integration.pop("route", {})
            target = api.create_integration(ApiId=made, **integration)["IntegrationId"]
            for response in responses:
                api.create_integration_response(ApiId=made, IntegrationId=target, **response)
            route = api.create_route(ApiId=made, RouteKey=key, Target=f"integrations/{target}",
                                     RouteResponseSelectionExpression="$default", **more)["RouteId"]
            api.create_route_response(ApiId=made, RouteId=route, RouteResponseKey="$default")
        deployment = api.create_deployment(ApiId=made)["DeploymentId"]
        api.create_stage(ApiId=made, StageName="dev", DeploymentId=deployment, **stage)
        return Socket(server, made, None)

    return make


def test_mocks_with_templates(mapped):
    api = mapped({"ping": {
        "IntegrationType": "MOCK", "RequestTemplates": {"$default": '{"statusCode": #if($input.path(\'$.bad\'))400#else 200#end}'},
        "TemplateSelectionExpression": "\\$default",
        "responses": [
            {"IntegrationResponseKey": "/4\\d{2}/", "ResponseTemplates": {"$default": '{"bad": true}'}},
            {"IntegrationResponseKey": "$default", "ResponseTemplates": {
                "\\$default": '{"pong": "$context.connectionId", "route": "$context.routeKey", "event": "$context.eventType"}'}}]}})
    socket = api.open()
    socket.send('{"action": "ping"}')
    answer = json.loads(socket.receive())
    assert answer.pop("pong") and answer == {"route": "ping", "event": "MESSAGE"}
    socket.send('{"action": "ping", "bad": 1}')
    assert json.loads(socket.receive()) == {"bad": True}


def test_a_selection_expression_may_be_a_keys_text(mapped):
    """As Terraform's documentation writes mocks: the template of that key, and the response to that status."""
    api = mapped({"ping": {
        "IntegrationType": "MOCK", "RequestTemplates": {"200": '{"statusCode": 200}'}, "TemplateSelectionExpression": "200",
        "responses": [{"IntegrationResponseKey": "/200/", "TemplateSelectionExpression": "200", "ResponseTemplates": {"200": '{"pong": true}'}}]}})
    socket = api.open()
    socket.send('{"action": "ping"}')
    assert json.loads(socket.receive()) == {"pong": True}


def test_a_table_behind_a_route(mapped, make_table, make_role, dynamodb, account):
    """Connections kept without a function: PutItem at $connect."""
    table = make_table()
    role = make_role({"Effect": "Allow", "Action": "dynamodb:*", "Resource": f"arn:aws:dynamodb:us-east-1:{account}:table/{table}"},
                     service="apigateway.amazonaws.com")
    api = mapped({"$connect": {
        "IntegrationType": "AWS", "IntegrationMethod": "POST", "CredentialsArn": role,
        "IntegrationUri": "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem", "RequestTemplates": {"$default": json.dumps(
            {"TableName": table, "Item": {"pk": {"S": "$context.connectionId"}, "at": {"S": "$context.connectedAt"}}})}}})
    api.open()
    items = dynamodb.scan(TableName=table)["Items"]
    assert len(items) == 1 and items[0]["pk"]["S"].endswith("=") and int(items[0]["at"]["S"]) > 0


def test_a_function_behind_a_template(mapped, make_function, client, account):
    name = make_function("def handler(event, context): return {'got': event}")
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:{account}:function:{name}/invocations"
    client("lambda").add_permission(FunctionName=name, StatementId="g", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
                                    SourceArn=f"arn:aws:execute-api:us-east-1:{account}:*/dev/say")
    api = mapped({"say": {"IntegrationType": "AWS", "IntegrationMethod": "POST", "IntegrationUri": uri,
                          "RequestTemplates": {"$default": '{"words": $input.json("$.words"), "stage": "$stageVariables.k"}'}}},
                 StageVariables={"k": "v"})
    socket = api.open()
    socket.send('{"action": "say", "words": ["a"]}')
    assert json.loads(socket.receive()) == {"got": {"words": ["a"], "stage": "v"}}


def test_a_routes_parameters_and_models_are_taken_away_one_by_one(api, unique):
    made = api.create_api(Name=unique("socket"), ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")["ApiId"]
    header, query = "route.request.header.a", "route.request.querystring.b"
    route = api.create_route(ApiId=made, RouteKey="$connect", RequestModels={"$default": "Said"},
                             RequestParameters={header: {"Required": True}, query: {"Required": False}})["RouteId"]
    here = dict(ApiId=made, RouteId=route)
    answer = api.delete_route_request_parameter(**here, RequestParameterKey=header)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert api.get_route(**here)["RequestParameters"] == {query: {"Required": False}}
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        api.delete_route_request_parameter(**here, RequestParameterKey=header)
    assert refused.value.response["Error"]["Code"] == "NotFoundException"
    api.delete_route_request_parameter(**here, RequestParameterKey=query)
    api.update_route(**here, RequestModels={"$default": ""})
    assert not {"RequestParameters", "RequestModels"} & set(api.get_route(**here))
    api.delete_api(ApiId=made)


def test_messages_are_held_to_models(api, mapped, server):
    socket_api = mapped({"say": {"IntegrationType": "MOCK", "route": {"RequestModels": {"$default": "Said"}}}})
    api.create_model(ApiId=socket_api.id, Name="Said", ContentType="application/json",
                     Schema=json.dumps({"type": "object", "required": ["words"]}))
    deployment = api.create_deployment(ApiId=socket_api.id)["DeploymentId"]
    api.update_stage(ApiId=socket_api.id, StageName="dev", DeploymentId=deployment)
    socket = socket_api.open()
    socket.send('{"action": "say"}')
    answer = json.loads(socket.receive())
    assert answer["message"] == "Bad request body" and answer["connectionId"] and answer["messageId"]


def test_what_connections_leave_in_logs_and_metrics(deployed, client, account, unique, until, make_role, drain):
    group = unique("/aws/socket")
    client("logs").create_log_group(logGroupName=group)
    role = make_role({"Effect": "Allow", "Action": "logs:*", "Resource": "*"}, service="apigateway.amazonaws.com")
    client("apigateway").update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}])
    api = deployed({"$connect": {}, "$default": {}}, stage={
        "AccessLogSettings": {"DestinationArn": f"arn:aws:logs:us-east-1:{account}:log-group:{group}", "Format": (
            '{"id":"$context.requestId","route":"$context.routeKey","event":"$context.eventType","status":"$context.status",'
            '"ip":"$context.identity.sourceIp","error":"$context.integrationErrorMessage"}')},
        "DefaultRouteSettings": {"LoggingLevel": "INFO"}})
    socket = api.open()
    socket.send("fail")
    socket.receive()
    drain()
    lines = until(lambda: (found := client("logs").filter_log_events(logGroupName=group)["events"]) and len(found) == 2 and found,
                  "two lines of the access log")
    said = {(line["event"], line["route"], line["status"]): line for line in map(json.loads, (line["message"] for line in lines))}
    assert set(said) == {("CONNECT", "$connect", "200"), ("MESSAGE", "$default", "500")}
    assert said["MESSAGE", "$default", "500"]["error"] == "Lambda execution failed due to customer function error: x"
    executed = client("logs").filter_log_events(logGroupName=f"/aws/apigateway/{api.id}/dev")["events"]
    assert any("Method completed with status: 500" in event["message"] for event in executed)
    import datetime
    now = datetime.datetime.now(datetime.timezone.utc)

    def total(name):
        points = client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway", MetricName=name, StartTime=now - datetime.timedelta(hours=1), Period=86400,
            EndTime=now + datetime.timedelta(hours=1), Statistics=["Sum"], Dimensions=[{"Name": "ApiId", "Value": api.id}])["Datapoints"]
        return sum(point["Sum"] for point in points)

    assert (total("ConnectCount"), total("MessageCount"), total("ExecutionError")) == (1, 1, 1)


def test_routes_have_rates(deployed, emulator_clock):
    api_at = deployed({"$default": {"answers": True}, "$connect": {}}, stage={
        "DefaultRouteSettings": {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 2}})
    emulator_clock.freeze()
    first, second = api_at.open(), api_at.open()
    with pytest.raises(Refused) as refused:
        api_at.open()
    assert refused.value.status == 429 and b"Too Many Requests" in refused.value.body
    for socket in (first, second):
        socket.send("hello")
        assert json.loads(socket.receive())["body"] == "hello"
    first.send("again")
    answer = json.loads(first.receive())
    assert answer["message"] == "Too Many Requests" and set(answer) == {"message", "connectionId", "requestId"}
    emulator_clock.advance(2)
    first.send("later")
    assert json.loads(first.receive())["body"] == "later"
    emulator_clock.resume()


def test_authorizers_of_http_apis_alone_have_a_payload_format(api, unique):
    uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations"
    for protocol, version in (("WEBSOCKET", None), ("HTTP", "1.0")):
        expression = {"RouteSelectionExpression": "$request.body.action"} if protocol == "WEBSOCKET" else {}
        made = api.create_api(Name=unique("api"), ProtocolType=protocol, **expression)["ApiId"]
        guard = api.create_authorizer(ApiId=made, Name="guard", AuthorizerType="REQUEST", AuthorizerUri=uri,
                                      IdentitySource=["route.request.querystring.who" if expression else "$request.querystring.who"])
        assert guard.get("AuthorizerPayloadFormatVersion") == version
