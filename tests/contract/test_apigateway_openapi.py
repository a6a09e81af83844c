"""OpenAPI documents of REST and HTTP APIs, in and out; custom domain names by which requests come to either."""

import json

import botocore.exceptions
import pytest
import requests
import yaml

PETS = """
openapi: 3.0.1
info:
  title: pets        # versions without quotes are numbers in YAML
  version: 1.0
servers:
  - url: https://example.com/{stage}/api
    variables:
      stage: {default: v1}
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-request-validators:
  all: &all {validateRequestBody: true, validateRequestParameters: true}
  body:
    <<: *all
    validateRequestParameters: false
x-amazon-apigateway-request-validator: body
x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX:
    statusCode: 418
    responseParameters:
      gatewayresponse.header.Access-Control-Allow-Origin: "'*'"
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - $ref: '#/components/parameters/limit'
      x-amazon-apigateway-request-validator: all
      responses:
        200: {$ref: '#/components/responses/listed'}
      x-amazon-apigateway-integration:
        type: mock
        passthroughBehavior: when_no_match
        requestTemplates:
          application/json: |
            {"statusCode": 200}
        responses:
          default:
            statusCode: 200
            responseParameters:
              method.response.header.X-Kind: "'pets'"
            responseTemplates:
              application/json: '{"limit": "$input.params(''limit'')"}'
    post:
      security: [{key: []}]
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Pet'}
      responses: {}
      x-amazon-apigateway-integration: {type: MOCK, requestTemplates: {application/json: '{"statusCode": 201}'}}
  /any/{thing+}:
    x-amazon-apigateway-any-method:
      responses: {}
      x-amazon-apigateway-integration: {type: http_proxy, httpMethod: ANY, uri: 'http://127.0.0.1:1/{thing}'}
components:
  parameters:
    limit: {name: limit, in: query, required: true, schema: {type: string}}
  responses:
    listed:
      description: all of them
      headers: {X-Kind: {schema: {type: string}}}
      content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
  schemas:
    Pet: {type: object, required: [name], properties: {name: {type: string}}}
  securitySchemes:
    key: {type: apiKey, name: x-api-key, in: header}
"""


@pytest.fixture(scope="module")
def rest(client):
    return client("apigateway")


@pytest.fixture(scope="module")
def http(client):
    return client("apigatewayv2")


@pytest.fixture
def call(server):
    """call(method, api id, path below the stage's address)"""
    return lambda method, api, path, **options: requests.request(
        method, f"{server.endpoint}/_aws/execute-api/{api}{path}", timeout=20, **options)


def paths_of(rest, api):
    return {one["path"]: set(one.get("resourceMethods", {})) for one in rest.get_resources(restApiId=api, limit=500)["items"]}


def test_a_rest_api_from_yaml_works(rest, call):
    made = rest.import_rest_api(body=PETS.encode())
    api = made["id"]
    assert (made["name"], made["version"], made["binaryMediaTypes"]) == ("pets", "1.0", ["image/png"])
    assert paths_of(rest, api) == {"/": set(), "/pets": {"GET", "POST"}, "/any": set(), "/any/{thing+}": {"ANY"}}
    rest.create_deployment(restApiId=api, stageName="s")
    assert call("GET", api, "/s/pets?limit=3").json() == {"limit": "3"}
    assert call("GET", api, "/s/pets?limit=3").headers["x-kind"] == "pets"
    without = call("GET", api, "/s/pets")
    assert without.status_code == 418 and without.headers["access-control-allow-origin"] == "*"
    assert without.json()["message"] == "Missing required request parameters: [limit]"
    pets = next(one["id"] for one in rest.get_resources(restApiId=api, limit=500)["items"] if one["path"] == "/pets")
    get = rest.get_method(restApiId=api, resourceId=pets, httpMethod="GET")
    assert get["operationName"] == "listPets" and get["requestParameters"] == {"method.request.querystring.limit": True}
    assert get["methodResponses"]["200"] == {"statusCode": "200", "responseParameters": {"method.response.header.X-Kind": False},
                                             "responseModels": {"application/json": "Pet"}}
    post = rest.get_method(restApiId=api, resourceId=pets, httpMethod="POST")
    assert post["apiKeyRequired"] and post["requestModels"] == {"application/json": "Pet"}
    validators = {one["id"]: one for one in rest.get_request_validators(restApiId=api)["items"]}
    assert validators[post["requestValidatorId"]]["name"] == "body"
    assert {(one["name"], one["validateRequestBody"], one["validateRequestParameters"]) for one in validators.values()} == {
        ("all", True, True), ("body", True, False)}


@pytest.mark.parametrize("mode, path", [("ignore", "/pets"), ("prepend", "/v1/api/pets"), ("split", "/api/pets")])
def test_what_becomes_of_the_base_path(rest, mode, path):
    api = rest.import_rest_api(body=PETS.encode(), parameters={"basepath": mode})["id"]
    assert path in paths_of(rest, api)


def test_a_merge_keeps_what_an_overwrite_takes_away(rest, unique):
    def document(path, title, **more):
        mock = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
        return json.dumps({"swagger": "2.0", "info": {"title": title}, **more,
                           "paths": {path: {"get": {"responses": {}, "x-amazon-apigateway-integration": mock}}}}).encode()

    scheme = {"auth": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authorizer": {
        "type": "token", "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                                          "arn:aws:lambda:us-east-1:1:function:f/invocations"}}}
    api = rest.import_rest_api(body=document("/a", "one", securityDefinitions=scheme,
                                             **{"x-amazon-apigateway-binary-media-types": ["a/a"]}))["id"]
    authorizer = rest.get_authorizers(restApiId=api)["items"][0]["id"]
    merged = rest.put_rest_api(restApiId=api, mode="merge", body=document(
        "/b", "two", securityDefinitions=scheme, **{"x-amazon-apigateway-binary-media-types": ["b/b"]}))
    assert (merged["name"], merged["binaryMediaTypes"]) == ("two", ["b/b", "a/a"])
    assert set(paths_of(rest, api)) == {"/", "/a", "/b"}
    assert [one["id"] for one in rest.get_authorizers(restApiId=api)["items"]] == [authorizer]
    rest.put_rest_api(restApiId=api, mode="overwrite", body=document("/c", "three"))
    assert set(paths_of(rest, api)) == {"/", "/c"} and rest.get_authorizers(restApiId=api)["items"] == []


@pytest.mark.parametrize("body", ["", "[]", "a: [", "swagger: '1.2'\n", "a: &a [*a]", '{"openapi": "3.0.1"', "x: " + "[" * 200])
def test_what_is_no_openapi(rest, http, body):
    for refused in (lambda: rest.import_rest_api(body=body.encode() or b" "), lambda: http.import_api(Body=body)):
        with pytest.raises(botocore.exceptions.ClientError) as error:
            refused()
        assert error.value.response["Error"] == {"Code": "BadRequestException", "Message": "Invalid OpenAPI input."}


def test_aliases_are_bounded(rest):
    """A few lines that would be millions of nodes once written out."""
    lines = ["openapi: 3.0.1", "a0: &a0 [1,1,1,1,1,1,1,1,1,1]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(botocore.exceptions.ClientError):
        rest.import_rest_api(body="\n".join(lines).encode())


def test_an_export_is_what_was_imported(rest, call):
    api = rest.import_rest_api(body=PETS.encode())["id"]
    rest.create_deployment(restApiId=api, stageName="s")

    def export(kind, accept="application/json", **parameters):
        return rest.get_export(restApiId=api, stageName="s", exportType=kind, accepts=accept, parameters=parameters)

    answer = export("oas30", extensions="apigateway")
    assert answer["contentType"] == "application/json" and "attachment; filename=\"oas30_" in answer["contentDisposition"]
    document = json.loads(answer["body"].read())
    assert (document["openapi"], document["info"]["title"], document["info"]["version"]) == ("3.0.1", "pets", "1.0")
    assert document["servers"][0]["variables"]["basePath"]["default"] == "s"
    get = document["paths"]["/pets"]["get"]
    assert get["parameters"] == [{"name": "limit", "in": "query", "required": True, "schema": {"type": "string"}}]
    assert get["x-amazon-apigateway-integration"]["type"] == "mock"
    assert get["x-amazon-apigateway-integration"]["responses"]["default"]["statusCode"] == "200"
    assert document["paths"]["/pets"]["post"]["security"] == [{"api_key": []}]
    assert document["x-amazon-apigateway-gateway-responses"]["DEFAULT_4XX"]["statusCode"] == "418"
    assert document["components"]["schemas"]["Pet"]["required"] == ["name"]
    plain = json.loads(export("swagger")["body"].read())
    assert plain["swagger"] == "2.0" and plain["basePath"] == "/s" and "x-amazon-apigateway-integration" not in plain["paths"]["/pets"]["get"]
    written = yaml.safe_load(export("oas30", "application/yaml", extensions="apigateway")["body"].read())
    assert written == document
    # What was exported makes the same API again.
    again = rest.import_rest_api(body=json.dumps(document).encode())["id"]
    assert paths_of(rest, again) == paths_of(rest, api)


ITEMS = """
openapi: "3.0.1"
info: {title: items, version: "2", description: all of them}
tags: [{name: team, x-amazon-apigateway-tag-value: blue}]
x-amazon-apigateway-cors: {allowOrigins: ["https://a.example"], allowMethods: [GET], maxAge: 5}
paths:
  /items:
    get:
      operationId: list
      security: [{jwt: [read]}]
      responses: {default: {description: x}}
      x-amazon-apigateway-integration: {$ref: '#/components/x-amazon-apigateway-integrations/backend'}
    x-amazon-apigateway-any-method:
      responses: {default: {description: x}}
      x-amazon-apigateway-integration: {$ref: '#/components/x-amazon-apigateway-integrations/backend'}
  /$default:
    x-amazon-apigateway-any-method:
      isDefaultRoute: true
      x-amazon-apigateway-integration:
        {type: HTTP_PROXY, httpMethod: GET, uri: 'http://127.0.0.1:1/', payloadFormatVersion: 1.0, connectionType: INTERNET}
components:
  securitySchemes:
    jwt:
      type: oauth2
      x-amazon-apigateway-authorizer:
        type: jwt
        identitySource: $request.header.Authorization
        jwtConfiguration: {issuer: 'https://issuer.example', audience: [a]}
  x-amazon-apigateway-integrations:
    backend:
      type: aws_proxy
      httpMethod: POST
      uri: arn:aws:lambda:us-east-1:000000000000:function:f
      payloadFormatVersion: '2.0'
"""


def test_an_http_api_from_yaml_and_back(http, call):
    made = http.import_api(Body=ITEMS)
    api = made["ApiId"]
    assert (made["Name"], made["Version"], made["Description"], made["ProtocolType"]) == ("items", "2", "all of them", "HTTP")
    assert made["CorsConfiguration"] == {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "MaxAge": 5}
    assert made["Tags"] == {"team": "blue"}
    routes = {one["RouteKey"]: one for one in http.get_routes(ApiId=api)["Items"]}
    assert set(routes) == {"GET /items", "ANY /items", "$default"}
    listed = routes["GET /items"]
    assert (listed["AuthorizationType"], listed["AuthorizationScopes"], listed["OperationName"]) == ("JWT", ["read"], "list")
    assert listed["Target"] == routes["ANY /items"]["Target"] != routes["$default"]["Target"]
    integrations = {one["IntegrationType"]: one for one in http.get_integrations(ApiId=api)["Items"]}
    assert integrations["AWS_PROXY"]["PayloadFormatVersion"] == "2.0" and integrations["HTTP_PROXY"]["PayloadFormatVersion"] == "1.0"
    # No stage yet; a stage that deploys by itself takes what a new document brings.
    http.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    assert call("GET", api, "/items").status_code == 401 and call("GET", api, "/other").status_code == 503
    exported = http.export_api(ApiId=api, Specification="OAS30", OutputType="YAML")["body"].read()
    document = yaml.safe_load(exported)
    assert set(document["paths"]) == {"/items", "/$default"} and document["x-amazon-apigateway-cors"]["maxAge"] == 5
    again = http.import_api(Body=exported.decode())["ApiId"]
    assert {one["RouteKey"] for one in http.get_routes(ApiId=again)["Items"]} == set(routes)
    del document["paths"]["/items"], document["x-amazon-apigateway-cors"], document["info"]["description"]
    back = http.reimport_api(ApiId=api, Body=json.dumps(document))
    assert back["ApiId"] == api and "CorsConfiguration" not in back and "Description" not in back
    assert [one["RouteKey"] for one in http.get_routes(ApiId=api)["Items"]] == ["$default"]
    assert call("GET", api, "/items").status_code == 503
    plain = json.loads(http.export_api(ApiId=api, Specification="OAS30", OutputType="JSON", IncludeExtensions=False)["body"].read())
    assert "x-amazon-apigateway-integration" not in plain["paths"]["/$default"]["x-amazon-apigateway-any-method"]


def test_requests_come_by_custom_domain_names(rest, http, server, unique, make_function, client, account):
    """Names below localhost are ours; others want --allow-host."""
    name = f"{unique('shop')}.localhost"
    domain = http.create_domain_name(DomainName=name.upper(), DomainNameConfigurations=[
        {"CertificateArn": "arn:aws:acm:us-east-1:1:certificate/x", "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}])
    configuration = domain["DomainNameConfigurations"][0]
    assert domain["DomainName"] == name and configuration["DomainNameStatus"] == "AVAILABLE"
    assert configuration["ApiGatewayDomainName"] == rest.get_domain_name(domainName=name)["regionalDomainName"]
    mock = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}, "responses": {"default": {
        "statusCode": "200", "responseTemplates": {"application/json": "$context.path $context.domainName"}}}}
    operation = {"get": {"responses": {"200": {}}, "x-amazon-apigateway-integration": mock}}
    api = rest.import_rest_api(body=json.dumps({"openapi": "3.0.1", "info": {"title": "x"}, "paths": {"/a": operation}}).encode())["id"]
    rest.create_deployment(restApiId=api, stageName="s")
    rest.update_rest_api(restApiId=api, patchOperations=[{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}])
    rest.create_base_path_mapping(domainName=name, basePath="v1", restApiId=api, stage="s")
    function = make_function("def handler(event, context): return event['rawPath'] + ' ' + event['requestContext']['stage']")
    client("lambda").add_permission(FunctionName=function, StatementId="g", Action="lambda:InvokeFunction",
                                    Principal="apigateway.amazonaws.com")
    second = http.create_api(Name="x", ProtocolType="HTTP",
                             Target=f"arn:aws:lambda:us-east-1:{account}:function:{function}")["ApiId"]
    mapping = http.create_api_mapping(DomainName=name, ApiId=second, Stage="$default", ApiMappingKey="v1/deep")
    assert {one["ApiMappingKey"] for one in http.get_api_mappings(DomainName=name)["Items"]} == {"v1", "v1/deep"}

    def get(path):
        return requests.get(server.endpoint + path, headers={"Host": name}, timeout=20)

    assert get("/v1/a").text == f"/v1/a {name}"
    assert get("/v1/deep/b?x=1").text == "/b $default"
    assert get("/v2/a").status_code in (403, 404)
    moved = http.update_api_mapping(DomainName=name, ApiMappingId=mapping["ApiMappingId"], ApiId=second, ApiMappingKey="")
    assert moved["ApiMappingKey"] == "" and get("/v1/deep/b").status_code == 403 and get("/b").text == "/b $default"
    http.delete_api_mapping(DomainName=name, ApiMappingId=mapping["ApiMappingId"])
    http.delete_domain_name(DomainName=name)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        rest.get_domain_name(domainName=name)
    assert error.value.response["Error"]["Code"] == "NotFoundException"


def test_links_models_documents_and_certificates_are_kept(rest, http, unique):
    link = http.create_vpc_link(Name="l", SubnetIds=["subnet-1"], SecurityGroupIds=["sg-1"], Tags={"a": "b"})
    assert link["VpcLinkStatus"] == "AVAILABLE" and http.get_vpc_link(VpcLinkId=link["VpcLinkId"])["SubnetIds"] == ["subnet-1"]
    assert http.get_tags(ResourceArn=f"arn:aws:apigateway:us-east-1::/vpclinks/{link['VpcLinkId']}")["Tags"] == {"a": "b"}
    http.delete_vpc_link(VpcLinkId=link["VpcLinkId"])
    old = rest.create_vpc_link(name="l", targetArns=["arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/n/1"])
    assert [one["id"] for one in rest.get_vpc_links()["items"]] == [old["id"]] and http.get_vpc_links()["Items"] == []
    rest.delete_vpc_link(vpcLinkId=old["id"])
    socket = http.create_api(Name="s", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")["ApiId"]
    model = http.create_model(ApiId=socket, Name="Message", ContentType="application/json", Schema="{}")
    assert http.update_model(ApiId=socket, ModelId=model["ModelId"], Description="d")["Description"] == "d"
    assert [one["Name"] for one in http.get_models(ApiId=socket)["Items"]] == ["Message"]
    api = rest.create_rest_api(name=unique("api"))["id"]
    part = rest.create_documentation_part(restApiId=api, location={"type": "API"}, properties='{"description": "x"}')
    rest.update_documentation_part(restApiId=api, documentationPartId=part["id"], patchOperations=[
        {"op": "replace", "path": "/properties", "value": "{}"}])
    assert [one["properties"] for one in rest.get_documentation_parts(restApiId=api)["items"]] == ["{}"]
    imported = rest.import_documentation_parts(restApiId=api, mode="overwrite", body=json.dumps(
        {"documentationParts": [{"location": {"type": "MODEL", "name": "M"}, "properties": {"a": 1}}]}).encode())
    assert [one["id"] for one in rest.get_documentation_parts(restApiId=api)["items"]] == imported["ids"]
    rest.create_documentation_version(restApiId=api, documentationVersion="1")
    assert [one["version"] for one in rest.get_documentation_versions(restApiId=api)["items"]] == ["1"]
    certificate = rest.generate_client_certificate(description="c")
    assert certificate["expirationDate"] > certificate["createdDate"]
    rest.delete_client_certificate(clientCertificateId=certificate["clientCertificateId"])
    assert rest.get_client_certificates()["items"] == []
