"""Deployed APIs: what a stack's templates, models and documents, and the requests to them, can make the server do is bounded."""

import http.server
import json
import re
import socket
import threading

import botocore.exceptions
import pytest
import requests

from contract.test_apigateway_rest_requests import Api
from harness import aws
from harness.server import Server, is_sanitized

MIB = 1 << 20
SECONDS = 60 if is_sanitized() else 8  # of the processor, for what must be bounded; unbounded it takes minutes or for ever
PATIENCE = 150  # seconds by the clock: the machine may be busy with other things


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A server that may be hurt."""
    with Server(tmp_path_factory.mktemp("gateway") / "server.log") as running:
        yield running
        assert running.alive(), running.log()


@pytest.fixture(scope="module")
def rest(own):
    return aws.make_client(own.endpoint, "apigateway", "000000000000")


def resident_bytes(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) << 10


class Hurt:
    def __init__(self, rest, own):
        self.rest, self.own, self.count = rest, own, 0

    def template(self, source, body="{}"):
        """A MOCK's request is rendered by `source`; the answer, or the time runs out."""
        self.count += 1
        api = Api(self.rest, self.own, f"hurt-{self.count}").mock("POST", "/", source)
        return self.send(api, body)

    def send(self, api, body):
        self.rest.create_deployment(restApiId=api.id, stageName="s")
        answer = requests.post(f"{self.own.endpoint}/_aws/execute-api/{api.id}/s/", data=body, timeout=PATIENCE,
                               headers={"Content-Type": "application/json"})
        assert self.own.alive()
        return answer


@pytest.fixture
def hurt(rest, own):
    return Hurt(rest, own)


LOOP = "#foreach($i in [1..999])"
TEMPLATES = {
    "a list that holds itself twice": "#set($l=[])#set($x=$l.add($l))#set($x=$l.add($l))$l",
    "a map that holds itself twice": '#set($m={})#set($x=$m.put("a",$m))#set($x=$m.put("b",$m))$m',
    "what doubles thirty times": "#set($l=[1])#foreach($i in [1..60])#set($l=[$l,$l])#end$l",
    "what doubles and is compared": "#set($l=[1])#foreach($i in [1..60])#set($l=[$l,$l])#end#if($l == $l)same#end",
    "overrides that double": '#set($l=[1])#foreach($i in [1..60])#set($l=[$l,$l])#end#set($context.requestOverride.header.x=$l)',
    "a text that is read a million times": f'#set($t=$input.body){LOOP}{LOOP}#set($n=$t.length())#end#end',
    "a text that is searched a million times": f'#set($t=$input.body){LOOP}{LOOP}#set($n=$t.indexOf("nowhere"))#end#end',
    "a text of many replacements": '#set($t=$input.body.replace("a","bc"))$t.length()',
    "a text replaced by patterns": f'#set($t=$input.body){LOOP}#set($x=$t.replaceAll("(a|aa)+b","c"))#end',
    "lists of lists": f"#set($l=[]){LOOP}#set($x=$l.add([1..9999]))#end#set($k=[]){LOOP}{LOOP}#set($x=$k.addAll($l))#end#end",
    "a range in a loop in a loop": f"#set($l=[]){LOOP}{LOOP}#set($x=$l.add([1..9999]))#end#end",
    "a text that is split into a list again and again": f'#set($l=[]){LOOP}#set($x=$l.add($input.body.split("")))#end',
    "documents that are parsed again and again": f"{LOOP}#set($x=$util.parseJson($input.body))#end",
    "everything below everything": "$input.json('$..*')",
    "a filter that looks below everything": "$input.json('$..[?(@..x)]')",
    "a path that is walked a thousand times": f"{LOOP}{LOOP}#set($x=$input.path('$..x'))#end#end",
    "texts in a list": f"#set($l=[]){LOOP}#set($x=$l.add(\"$input.body$i\"))#end",
    "a map of many names": f'#set($m={{}}){LOOP}{LOOP}#set($x=$m.put("$i-$foreach.count-$foreach.parent.count",1))#end#end',
    "a list that is searched for a list": f"#set($l=[]){LOOP}#set($x=$l.add([1..999]))#end{LOOP}#if($l.contains($l))x#end#end",
}


@pytest.mark.parametrize("what", TEMPLATES)
@pytest.mark.parametrize("kind", ["text", "document"])
def test_a_template_is_bounded(hurt, own, what, kind):
    deep = "[" * 200 + "1" + "]" * 200
    body = "a" * (4 * MIB) if kind == "text" else "{" + ",".join(f'"x{i}":{{"x":{deep}}}' for i in range(5000)) + "}"
    began = own.cpu_seconds()
    answer = hurt.template(TEMPLATES[what], body)
    assert answer.status_code in (200, 413, 500), answer.text[:200]
    assert own.cpu_seconds() - began < SECONDS
    assert resident_bytes(own) < 1024 * MIB or is_sanitized()


def test_what_templates_hold_is_let_go(hurt, own):
    """Values that hold each other, too."""
    api = Api(hurt.rest, own, "leak").mock("POST", "/", f"{LOOP}#set($l=[1..100])#set($x=$l.add($l))#end{{\"statusCode\":200}}")
    for _ in range(3):
        assert hurt.send(api, "{}").status_code == 200
    before = resident_bytes(own)
    for _ in range(30):
        requests.post(f"{own.endpoint}/_aws/execute-api/{api.id}/s/", data="{}", timeout=PATIENCE)
    assert resident_bytes(own) - before < 64 * MIB


UNFINISHED = ['#set($x=["abc', "#set($x='abc", '#set($x={"a":"b', "#foreach($x", "#foreach($x in", "#foreach($x i", "#if(", '#if("', "$x[", "$x[\"", "${x[",
              "$x.f(\"", "$x.f(", "#set(", "#set($x", "#set($x=", "#set($x=[1..", "#set($x=-", "#set($x=!", "#", "$", "\\", "#{", "#{set", "#[[", "#*", "#foreach", "#{foreach",
              "#elseif(", "#if(true)#elseif", "#if(true)#else", "#set($x=1.", "#set($x=99999999999999999999)", "$x[$y[$z[" * 5000, "#if(1)" * 5000, "(" * 100000,
              "#set($x=" + "(" * 100000, "#set($x=" + "!" * 100000, "#set($x=" + "-" * 1000 + "$x)", '#set($x="' + '""$x[' * 5000, "$x" + ".y" * 100000, "$x" + "[0]" * 90000,
              "#set($x=" + "1+" * 140000 + "1)$x", "$a.b($a.b(" * 20000, "#set($x=[" + "[" * 100000, "#set($x={" + '"a":{' * 50000, "#{end}", "#end", "#{else}"]


@pytest.mark.parametrize("number", range(len(UNFINISHED)))
def test_a_template_that_is_none_is_said_to_be(hurt, number):
    assert hurt.template(UNFINISHED[number]).status_code in (200, 500)


def model_api(rest, own, name, schema):
    api = Api(rest, own, name)
    rest.create_model(restApiId=api.id, name="M", contentType="application/json", schema=json.dumps(schema))
    validator = rest.create_request_validator(restApiId=api.id, name="v", validateRequestBody=True)["id"]
    return api.mock("POST", "/", requestModels={"application/json": "M"}, requestValidatorId=validator)


ITSELF = {"$ref": "#/definitions/a"}
SCHEMAS = {
    "choices of itself": ({"definitions": {"a": {"anyOf": [ITSELF, ITSELF, {"type": "string"}]}}, **ITSELF}, "1"),
    "all of itself": ({"definitions": {"a": {"allOf": [ITSELF, ITSELF]}}, **ITSELF}, "1"),
    "not itself": ({"definitions": {"a": {"not": ITSELF, "oneOf": [ITSELF, ITSELF]}}, **ITSELF}, "1"),
    "many members of many objects": ({"type": "array", "items": {"type": "object", "properties": {f"name{i}": {"type": "string"} for i in range(5000)}}},
                                     json.dumps([{"name1": "x"}] * 100_000)),
    "many names that it doesn't know": ({"type": "object", "properties": {f"name{i}": {} for i in range(5000)}, "additionalProperties": False},
                                        json.dumps({f"other{i}": 1 for i in range(200_000)})),
    "many that are required": ({"type": "object", "required": [f"name{i}" for i in range(10_000)]}, json.dumps({f"other{i}": 1 for i in range(200_000)})),
    "unique ones": ({"type": "array", "uniqueItems": True}, json.dumps(list(range(500_000)))),
    "a pattern for each": ({"type": "array", "items": {"type": "string", "pattern": "(x+x+)+y"}}, json.dumps(["x" * 200] * 20_000)),
    "an enumeration for each": ({"type": "array", "items": {"enum": list(range(20_000))}}, json.dumps([19_999] * 200_000)),
    "a text that is too long": ({"type": "string", "maxLength": 1}, json.dumps("x" * (9 * MIB))),
}


@pytest.mark.parametrize("what", SCHEMAS)
def test_a_model_is_bounded(hurt, rest, own, what):
    schema, body = SCHEMAS[what]
    began = own.cpu_seconds()
    answer = hurt.send(model_api(rest, own, what, schema), body)
    assert answer.status_code in (200, 400) and len(answer.content) < MIB
    assert own.cpu_seconds() - began < SECONDS


def test_models_that_refer_to_each_other_are_read_once(hurt, rest, own):
    """A model is looked at again inside itself: what is read of it then must not take the place of what is being read."""
    api = Api(rest, own, "models")

    def model(name, **properties):
        where = f"https://apigateway.amazonaws.com/restapis/{api.id}/models/"
        schema = {"type": "object", "properties": {member: {"$ref": where + other} for member, other in properties.items()},
                  "additionalProperties": False, "maxProperties": 3, "minProperties": 0}
        rest.create_model(restApiId=api.id, name=name, contentType="application/json", schema=json.dumps(schema))

    model("A", b="B", a="A")
    model("B", a="A", b="B")
    model("M", a="A", b="B")
    validator = rest.create_request_validator(restApiId=api.id, name="v", validateRequestBody=True)["id"]
    api.mock("POST", "/", requestModels={"application/json": "M"}, requestValidatorId=validator)
    document = {}
    for _ in range(20):
        document = {"a": {"b": document, "a": {}}, "b": {"a": document if len(json.dumps(document)) < 2000 else {}}}
    assert hurt.send(api, json.dumps(document)).status_code == 200
    document["a"]["b"]["unknown"] = 1
    assert hurt.send(api, json.dumps(document)).status_code == 400


def openapi(paths, **more):
    return json.dumps({"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": paths, **more}).encode()


METHOD = {"x-amazon-apigateway-integration": {"type": "mock"}, "responses": {"200": {"description": "x"}}}
DOCUMENTS = {
    "a path of a million parts": openapi({"/a" * 1_000_000: {"get": METHOD}}),
    "a path of a thousand parts": openapi({"/a" * 1000: {"get": METHOD}}),
    "many paths": openapi({f"/p{i}": {"get": METHOD} for i in range(20_000)}),
    "many schemas": openapi({}, components={"schemas": {f"S{i}": {"type": "string"} for i in range(50_000)}}),
    "many schemes and operations": openapi({f"/p{i}": {"get": {**METHOD, "security": [{"s1": []}]}} for i in range(290)},
                                           components={"securitySchemes": {f"s{i}": {"type": "apiKey", "name": "x-api-key"} for i in range(40_000)}}),
    "many responses": openapi({"/p": {"get": {"responses": {str(i): {"description": "x"} for i in range(100, 1000)}, **METHOD}}}),
    "deep schemas": openapi({}, components={"schemas": {"S": json.loads('{"items":' * 200 + "{}" + "}" * 200)}}),
    "anchors of YAML": b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % ((98 + i,) * 2 + (97 + i,) * 8) for i in range(20)),
    "a long text of YAML, many times": b"a: &a " + b"x" * 3_000_000 + b"\nb: [" + b"*a," * 400_000 + b"*a]\n",
    "anchors in anchors": b"".join(b"[&a%d " % i for i in range(90)) + b"[" + b"x," * 400_000 + b"x]" + b"]" * 90,
    "many names of YAML": b"".join(b"n%d: 1\n" % i for i in range(450_000)),
    "merged names of YAML": b"a: &a {" + b",".join(b"n%d: 1" % i for i in range(100_000)) + b"}\n" + b"".join(b"b%d: {<<: *a}\n" % i for i in range(50)),
    "deep YAML": b"[" * 1_000_000,
    "indented YAML": b"\n".join(b" " * i + b"a:" for i in range(2000)),
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_a_document_of_an_api_is_bounded(rest, own, what):
    api = rest.create_rest_api(name="t")["id"]
    before, began = resident_bytes(own), own.cpu_seconds()
    try:
        rest.put_rest_api(restApiId=api, mode="overwrite", body=DOCUMENTS[what])
    except botocore.exceptions.ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 429, 501), error
    assert own.alive() and own.cpu_seconds() - began < SECONDS
    assert resident_bytes(own) - before < 400 * MIB or is_sanitized()


# -- what an API makes the server call


def http_proxy(rest, own, name, uri, **more):
    api = Api(rest, own, name).method("ANY", "/", {"type": "HTTP_PROXY", "integrationHttpMethod": "POST", "uri": uri, **more})
    rest.create_deployment(restApiId=api.id, stageName="s")
    return f"{own.endpoint}/_aws/execute-api/{api.id}/s/"


def test_an_api_isn_t_a_way_to_the_admin_api(rest, own):
    """Who may make an API isn't who may move the clock: the server's own connections count as strangers'."""
    before = requests.get(f"{own.endpoint}/_millrace/clock", timeout=10).json()
    url = http_proxy(rest, own, "admin", f"{own.endpoint}/_millrace/clock/advance?by=864000000")
    assert requests.post(url, timeout=10).status_code in (401, 403)
    for target in ("_millrace/clock/advance?by=864000000", "/_millrace/clock/advance?by=864000000", "../_millrace/clock/advance?by=864000000"):
        role = f"arn:aws:iam::000000000000:role/{own_role(own)}"
        api = Api(rest, own, "service").method("ANY", "/", {"type": "AWS", "integrationHttpMethod": "POST", "credentials": role,
                                                            "uri": f"arn:aws:apigateway:us-east-1:s3:path/{target}"}, [("200", {})])
        rest.create_deployment(restApiId=api.id, stageName="s")
        requests.post(f"{own.endpoint}/_aws/execute-api/{api.id}/s/", timeout=10)
    after = requests.get(f"{own.endpoint}/_millrace/clock", timeout=10).json()
    assert after["now_ms"] - before["now_ms"] < 3600_000


def own_role(own):
    iam = aws.make_client(own.endpoint, "iam", "000000000000")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "apigateway.amazonaws.com"}}]}
    try:
        iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=json.dumps(trust))
        iam.put_role_policy(RoleName="gateway", PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    except botocore.exceptions.ClientError:
        pass
    return "gateway"


@pytest.mark.parametrize("how", ["by HTTP", "by a role"])
def test_an_api_that_calls_itself(rest, own, how):
    """256 calls at once are the most; the server answers others meanwhile. No hop adds to the answer's headers."""
    api = Api(rest, own, "loop")
    path = f"_aws/execute-api/{api.id}/s/"
    if how == "by HTTP":
        api.method("ANY", "/", {"type": "HTTP_PROXY", "integrationHttpMethod": "POST", "uri": f"{own.endpoint}/{path}"})
    else:
        api.method("ANY", "/", {"type": "AWS", "integrationHttpMethod": "POST", "credentials": f"arn:aws:iam::000000000000:role/{own_role(own)}",
                                "uri": f"arn:aws:apigateway:us-east-1:execute-api:path/{path}"}, [("200", {"responseTemplates": {}})])
    rest.create_deployment(restApiId=api.id, stageName="s")
    before = resident_bytes(own)
    answer = requests.post(f"{own.endpoint}/{path}", data=b"x" * (1 * MIB), timeout=40)
    assert answer.status_code < 600 and own.alive() and len(answer.headers) < 20
    assert requests.get(f"{own.endpoint}/_millrace/health", timeout=5).ok
    assert resident_bytes(own) - before < 1500 * MIB


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1/", "http://[::1]:1/", "http://127.0.0.1:99999/", "http://nowhere.invalid/", "file:///etc/passwd",
                                 "http://127.0.0.1:4566@127.0.0.1:1/", "gopher://x/", "http://"])
def test_servers_that_aren_t_there(rest, own, uri):
    try:
        url = http_proxy(rest, own, "nowhere", uri)
    except botocore.exceptions.ClientError:
        return
    assert requests.post(url, timeout=40).status_code in (500, 502, 503, 504)


@pytest.mark.parametrize("name", ["X: 1\r\nInjected", "X\r\n\r\n<script>", "", "Two words", "X\nInjected", "Umläut", "Content-Length", "Transfer-Encoding"])
def test_names_of_headers_that_a_template_makes_up(rest, own, name):
    source = f'#set($context.responseOverride.header["{name}"]="5"){{"statusCode": 200}}'
    api = Api(rest, own, "headers").mock("GET", "/", source)
    rest.create_deployment(restApiId=api.id, stageName="s")
    with socket.create_connection(("127.0.0.1", own.port), timeout=10) as connection:
        connection.sendall(f"GET /_aws/execute-api/{api.id}/s/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        text = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = text.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0].startswith(b"HTTP/1.1 ") and not any(line.startswith((b"Injected", b"<")) for line in lines), text
    assert sum(line.lower().startswith(b"content-length:") for line in lines) == 1 and not any(b"transfer-encoding" in line.lower() for line in lines), text
    assert b"HTTP/1.1" not in body and b"<script>" not in body


class Recorder(http.server.BaseHTTPRequestHandler):
    seen = []

    def do_POST(self):
        self.seen.append(dict(self.headers))
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


def test_where_a_call_to_another_server_ends(rest, own):
    """Headers that a mapping makes up can't say it."""
    with http.server.HTTPServer(("127.0.0.1", 0), Recorder) as backend:
        threading.Thread(target=backend.serve_forever, daemon=True).start()
        source = "#foreach($n in ['Transfer-Encoding','Content-Length','X-Mine'])#set($context.requestOverride.header[$n]='chunked')#end"
        api = Api(rest, own, "ends").method("POST", "/", {"type": "HTTP", "integrationHttpMethod": "POST", "uri": f"http://127.0.0.1:{backend.server_port}/",
                                                          "requestTemplates": {"application/json": source + " body"}}, [("200", {})])
        rest.create_deployment(restApiId=api.id, stageName="s")
        assert requests.post(f"{own.endpoint}/_aws/execute-api/{api.id}/s/", data="{}", timeout=10, headers={"Content-Type": "application/json"}).ok
        backend.shutdown()
    assert Recorder.seen[-1]["Content-Length"] == "4" and "Transfer-Encoding" not in Recorder.seen[-1] and Recorder.seen[-1]["X-Mine"] == "chunked"
