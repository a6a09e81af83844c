"""Plays what hashicorp/aws 6.x sends: steps kept as data, signed, from the address and by the way that it takes.

A file is a list of steps. A step names its request in one of six short forms and what must be in the answer:

    {"json": "DynamoDB_20120810.DescribeTable", "body": {...}}       {"query": "GetRole", "body": {...}}
    {"rest": "GET /2015-03-31/functions/{name}", "body": {...}}      {"s3": "PUT /{bucket}", "body": "<xml>"}
    {"control": "GET tags/{arn}"}            S3 Control: at <account>.<endpoint>, by the proxy
    {"cbor": "DescribeAlarms", "body": {...}}    CloudWatch: rpc-v2-cbor

`status` (200), `error` (the code), `has` (path to value; "*" for anything, "@name" is a header), `lacks` (paths), `keep` (name to path), `region`
and `note` are optional. `{name}` stands for a value that was given or kept. "use" plays another file.
"""

import json
import pathlib
import re
import urllib.parse
import xml.etree.ElementTree as ElementTree

from harness import aws, cbor
from harness.proxied import send

HERE = pathlib.Path(__file__).parent
QUERY = {"iam": "2010-05-08", "sts": "2011-06-15", "sns": "2010-03-31"}
JSON_SERVICES = {"DynamoDB_20120810": ("dynamodb", "1.0"), "Logs_20140328": ("logs", "1.1"), "AmazonSQS": ("sqs", "1.0"),
                 "AmazonSSM": ("ssm", "1.1"), "secretsmanager": ("secretsmanager", "1.1"), "TrentService": ("kms", "1.1"),
                 "AWSEvents": ("events", "1.1"), "AnyScaleFrontendService": ("application-autoscaling", "1.1")}


def steps_of(name):
    for step in json.loads((HERE / f"{name}.json").read_text()):
        if "use" in step:
            yield from steps_of(step["use"])
        else:
            yield step


class Replay:
    def __init__(self, endpoint, account, values):
        self.endpoint, self.account = endpoint, account
        self.values = {"account": account, "region": aws.REGION, **values}

    def play(self, name):
        for number, step in enumerate(steps_of(name)):
            step = self.filled(step)
            answer = self.send(step)
            where = f"{name}, step {number}: {step}\n{answer}"
            assert answer.status == step.get("status", 200), where
            document = parsed(answer)
            if "error" in step:
                assert error_code(answer, document) == step["error"], where
            for path, expected in step.get("has", {}).items():
                found = answer.headers.get(path[1:]) if path.startswith("@") else at(document, path)
                assert found is not None if expected == "*" else found == expected, f"{path} is {found!r}: {where}"
            for path in step.get("lacks", ()):
                assert at(document, path) is None, f"{path}: {where}"
            for kept, path in step.get("keep", {}).items():
                self.values[kept] = at(document, path)
                assert self.values[kept], where

    def filled(self, value):
        if isinstance(value, dict):
            return {key: item if key == "keep" else self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, str):
            return value
        quoted = re.sub(r"\{\{(\w+)\}\}", lambda m: urllib.parse.quote(self.values[m[1]], safe=""), value)
        return re.sub(r"\{(\w+)\}", lambda m: self.values[m[1]] if m[1] in self.values else m[0], quoted)

    def send(self, step):
        options = {"region": step.get("region", aws.REGION), "absolute": False, "headers": dict(step.get("headers", {}))}
        body = step.get("body", "")
        if "json" in step:
            service, version = JSON_SERVICES[step["json"].partition(".")[0]]
            options["headers"].update({"X-Amz-Target": step["json"], "Content-Type": f"application/x-amz-json-{version}"})
            return send(self.endpoint, self.account, "POST", "/", json.dumps(body or {}), service=service, **options)
        if "query" in step:
            service = step.get("service", "iam")
            form = urllib.parse.urlencode([("Action", step["query"]), ("Version", QUERY[service]), *(body or {}).items()])
            options["headers"]["Content-Type"] = "application/x-www-form-urlencoded"
            return send(self.endpoint, self.account, "POST", "/", form, service=service, **options)
        if "rest" in step:
            method, path = step["rest"].split(" ")
            text = json.dumps(body) if body or body == {} else ""
            if text:
                options["headers"].setdefault("Content-Type", "application/json")
            return send(self.endpoint, self.account, method, path, text, service=step.get("service", "lambda"), **options)
        if "cbor" in step:
            options["headers"].update({"Smithy-Protocol": "rpc-v2-cbor", "Content-Type": "application/cbor", "Accept": "application/cbor",
                                       "X-Amzn-Query-Mode": "true"})
            path = f"/service/GraniteServiceVersion20100801/operation/{step['cbor']}"
            answer = send(self.endpoint, self.account, "POST", path, cbor.encode(body or {}), service="monitoring", **options)
            assert answer.headers["smithy-protocol"] == "rpc-v2-cbor" and answer.headers["content-type"] == "application/cbor", answer
            return answer
        if "control" in step:
            method, path = step["control"].split(" ")
            options.update(absolute=True, label=f"{self.account}.")
            options["headers"]["x-amz-account-id"] = self.account
            return send(self.endpoint, self.account, method, "/v20180820/" + path, body, **options)
        method, path = step["s3"].split(" ")
        return send(self.endpoint, self.account, method, path, body, **options)


def parsed(answer):
    if answer.headers.get("content-type") == "application/cbor":
        return cbor.decode(answer.body)
    if answer.body[:1] in (b"{", b"["):
        return json.loads(answer.body)
    if answer.body[:1] == b"<":
        root = ElementTree.fromstring(answer.body)
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        return root
    return dict(answer.headers)


def at(document, path):
    """"A.B.0.C" of JSON, "A/B" of XML below its root ("." the root's name), a header's name without a body."""
    if isinstance(document, ElementTree.Element):
        if path == ".":
            return document.tag
        found = document.find(path)
        return None if found is None else found.text or ""
    for part in path.split(".") if "-" not in path else [path]:
        if isinstance(document, list):
            document = document[int(part)] if int(part) < len(document) else None
        elif isinstance(document, dict):
            document = document.get(part)
        else:
            return None
    return document


def error_code(answer, document):
    if isinstance(document, ElementTree.Element):
        return document.findtext("Error/Code") or document.findtext("Code")
    kind = answer.headers.get("x-amzn-errortype") or document.get("__type", "")
    return kind.partition(":")[0].rpartition("#")[2]
