"""REST APIs that tests put together: resources, methods and integrations by a line each, deployed by themselves."""

import requests


def function_uri(account, name):
    return (f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:{account}:function:{name}"
            "/invocations")


class Api:
    """A REST API that tests put together; deploys itself before its first request after a change."""

    def __init__(self, rest, server, name, **settings):
        self.rest, self.server = rest, server
        made = rest.create_rest_api(name=name, **settings)
        root = rest.get_resources(restApiId=made["id"])["items"][0]["id"]  # older SDKs drop the answer's rootResourceId
        self.id, self.paths, self.dirty, self.stage_settings = made["id"], {"/": root}, True, {}

    def resource(self, path):
        if path not in self.paths:
            parent, part = path.rsplit("/", 1)
            self.paths[path] = self.rest.create_resource(restApiId=self.id, parentId=self.resource(parent or "/"), pathPart=part)["id"]
        return self.paths[path]

    def method(self, verb, path, integration, responses=(), **method):
        """responses: (status, integration response's arguments)."""
        where = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": verb}
        method.setdefault("authorizationType", "NONE")
        self.rest.put_method(**where, **method)
        self.rest.put_integration(**where, **integration)
        for status, response in responses:
            headers = {name: False for name in response.get("responseParameters", {})}
            self.rest.put_method_response(**where, statusCode=status, responseParameters=headers)
            self.rest.put_integration_response(**where, statusCode=status, **response)
        self.dirty = True
        return self

    def proxy(self, verb, path, uri, **method):
        return self.method(verb, path, {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri}, **method)

    def mock(self, verb, path, template='{"statusCode": 200}', response=None, request=None, **method):
        return self.method(verb, path, {"type": "MOCK", "requestTemplates": {"application/json": template}, **(request or {})},
                           [("200", response or {})], **method)

    def template(self, template, **method):
        """POST / renders the template: what the answer's body is."""
        return self.mock("POST", "/", response={"responseTemplates": {"application/json": template}}, **method)

    def __call__(self, verb, path, stage="dev", **options):
        if self.dirty:
            self.rest.create_deployment(restApiId=self.id, stageName="dev", **self.stage_settings)
            self.dirty = False
        return requests.request(verb, f"{self.server.endpoint}/_aws/execute-api/{self.id}/{stage}{path}", timeout=20, **options)


def message(answer):
    return answer.status_code, answer.json()
