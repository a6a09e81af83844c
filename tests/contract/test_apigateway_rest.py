"""REST APIs (API Gateway version 1): the control plane as SDKs and Terraform see it."""

import json

import botocore.exceptions
import pytest

INVOCATION = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f/invocations"


@pytest.fixture(scope="module")
def rest(client):
    return client("apigateway")


@pytest.fixture
def api(rest, unique):
    """A new API: its id and its root resource's."""
    made = rest.create_rest_api(name=unique("api"))
    return made["id"], rest.get_resources(restApiId=made["id"])["items"][0]["id"]  # older SDKs drop the answer's rootResourceId


def refusal(call, **arguments):
    """(code, status, message) of a refused call."""
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


def replace(path, value, op="replace"):
    return [{"op": op, "path": path, "value": value}]


def test_an_api_lives_and_goes(rest, unique, account):
    made = rest.create_rest_api(name=unique("api"), description="d", tags={"a": "b"}, binaryMediaTypes=["image/png"],
                                endpointConfiguration={"types": ["REGIONAL"]})
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (made["apiKeySource"], made["endpointConfiguration"]["types"], made["disableExecuteApiEndpoint"], made["tags"]) == (
        "HEADER", ["REGIONAL"], False, {"a": "b"})
    changed = rest.update_rest_api(restApiId=made["id"], patchOperations=[
        {"op": "replace", "path": "/name", "value": "n2"}, {"op": "replace", "path": "/description", "value": ""},
        {"op": "remove", "path": "/binaryMediaTypes/image~1png"}, {"op": "add", "path": "/binaryMediaTypes/*~1*"},
        {"op": "replace", "path": "/endpointConfiguration/types/0", "value": "EDGE"},
        {"op": "replace", "path": "/minimumCompressionSize", "value": "10"}])
    assert (changed["name"], changed["binaryMediaTypes"], changed["endpointConfiguration"]["types"],
            changed["minimumCompressionSize"]) == ("n2", ["*/*"], ["EDGE"], 10)
    assert "description" not in changed
    # Terraform takes a limit away by an empty text.
    plain = rest.update_rest_api(restApiId=made["id"], patchOperations=replace("/minimumCompressionSize", ""))
    assert "minimumCompressionSize" not in plain
    assert refusal(rest.update_rest_api, restApiId=made["id"], patchOperations=replace("/apiKeySource", "QUERY"))[0] == "BadRequestException"
    assert made["id"] in [one["id"] for page in rest.get_paginator("get_rest_apis").paginate() for one in page["items"]]
    assert rest.delete_rest_api(restApiId=made["id"])["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert refusal(rest.get_rest_api, restApiId=made["id"]) == (
        "NotFoundException", 404, f"Invalid API identifier specified {account}:{made['id']}")


def test_a_policy_is_answered_escaped_once_more(rest, unique):
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    made = rest.create_rest_api(name=unique("api"), policy=policy)
    assert made["policy"] == json.dumps(policy)[1:-1] and '\\"' in made["policy"]
    changed = rest.update_rest_api(restApiId=made["id"], patchOperations=replace("/policy", ""))
    assert "policy" not in changed


@pytest.mark.parametrize("arguments, answer", [
    ({"description": ""}, ("BadRequestException", 400, "Description cannot be an empty string")),
    ({"minimumCompressionSize": -1},
     ("BadRequestException", 400, "Invalid minimum compression size, must be between 0 and 10485760")),
    ({"endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}},
     ("BadRequestException", 400, "Cannot create an api with multiple Endpoint Types.")),
    ({"apiKeySource": "x"},
     ("ValidationException", 400, "1 validation error detected: Value 'x' at 'createRestApiInput.apiKeySource' failed to "
                                  "satisfy constraint: Member must satisfy enum value set: [AUTHORIZER, HEADER]")),
])
def test_what_an_api_may_not_be(rest, unique, arguments, answer):
    assert refusal(rest.create_rest_api, name=unique("api"), **arguments) == answer


def test_resources_make_a_tree(rest, api):
    api_id, root = api
    pets = rest.create_resource(restApiId=api_id, parentId=root, pathPart="pets")
    pet = rest.create_resource(restApiId=api_id, parentId=pets["id"], pathPart="{petId}")
    assert (pet["path"], pet["parentId"], pet["pathPart"]) == ("/pets/{petId}", pets["id"], "{petId}")
    assert rest.get_resource(restApiId=api_id, resourceId=root).get("pathPart") is None
    renamed = rest.update_resource(restApiId=api_id, resourceId=pets["id"], patchOperations=replace("/pathPart", "animals"))
    assert renamed["path"] == "/animals"
    assert rest.get_resource(restApiId=api_id, resourceId=pet["id"])["path"] == "/animals/{petId}"
    paths = {one["path"] for page in rest.get_paginator("get_resources").paginate(restApiId=api_id) for one in page["items"]}
    assert paths == {"/", "/animals", "/animals/{petId}"}
    rest.delete_resource(restApiId=api_id, resourceId=pets["id"])
    assert [one["path"] for one in rest.get_resources(restApiId=api_id)["items"]] == ["/"]


def test_where_a_resource_may_not_be(rest, api):
    api_id, root = api
    greedy = rest.create_resource(restApiId=api_id, parentId=root, pathPart="{proxy+}")["id"]
    pets = rest.create_resource(restApiId=api_id, parentId=root, pathPart="pets")["id"]

    def create(parent, part):
        return refusal(rest.create_resource, restApiId=api_id, parentId=parent, pathPart=part)

    assert create(root, "pets") == (
        "ConflictException", 409, "Another resource with the same parent already has this name: pets")
    assert create(root, "{id}") == ("BadRequestException", 400, "A sibling ({proxy+}) of this resource already has a variable "
                                                                "path part -- only one is allowed")
    assert create(greedy, "x") == (
        "BadRequestException", 400, "Cannot create a child of a resource with a greedy path variable: {proxy+}")
    assert create("nobody", "x")[2] == "Invalid Resource identifier specified"
    assert create(root, "a b")[0] == "BadRequestException"

    def update(resource, path, value, op="replace"):
        return refusal(rest.update_resource, restApiId=api_id, resourceId=resource, patchOperations=replace(path, value, op))

    assert update(pets, "/parentId", pets)[2] == "Resources cannot be cyclical."
    assert update(root, "/pathPart", "x")[2] == "Root resource cannot update its pathPart."
    assert update(pets, "/x", "y")[2] == (
        "Invalid patch path  '/x' specified for op 'replace'. Must be one of: [/parentId, /pathPart]")
    assert update(pets, "/pathPart", "y", "add")[2] == (
        "Invalid patch path  '/pathPart' specified for op 'add'. Please choose supported operations")


def test_methods_and_their_responses(rest, api):
    api_id, root = api
    where = {"restApiId": api_id, "resourceId": root, "httpMethod": "POST"}
    method = rest.put_method(**where, authorizationType="NONE", requestParameters={"method.request.header.x": True},
                             requestModels={"application/json": "Empty"}, authorizerId="", operationName="")
    del method["ResponseMetadata"]
    assert method == {"httpMethod": "POST", "authorizationType": "NONE", "apiKeyRequired": False,
                      "requestParameters": {"method.request.header.x": True}, "requestModels": {"application/json": "Empty"}}
    assert refusal(rest.put_method, **where, authorizationType="NONE")[:2] == ("ConflictException", 409)
    changed = rest.update_method(**where, patchOperations=[
        {"op": "replace", "path": "/apiKeyRequired", "value": "true"},
        {"op": "add", "path": "/requestParameters/method.request.querystring.q", "value": "false"},
        {"op": "remove", "path": "/requestModels/application~1json"}])
    assert changed["apiKeyRequired"] is True and "requestModels" not in changed
    assert changed["requestParameters"] == {"method.request.header.x": True, "method.request.querystring.q": False}
    response = {**where, "statusCode": "200"}
    assert rest.put_method_response(**response, responseParameters={"method.response.header.h": False})["statusCode"] == "200"
    assert refusal(rest.put_method_response, **response)[0] == "ConflictException"
    no_model = ("BadRequestException", 400, "Invalid model identifier specified: Nope")
    assert refusal(rest.update_method_response, **response,
                   patchOperations=replace("/responseModels/application~1json", "Nope", "add")) == no_model
    other = {**response, "statusCode": "404"}
    assert refusal(rest.put_method_response, **other, responseModels={"application/json": "Nope"}) == no_model
    assert refusal(rest.put_method_response, **other, responseParameters={"h": True})[0] == "BadRequestException"
    updated = rest.update_method_response(**response, patchOperations=replace("/responseModels/application~1json", "Empty", "add"))
    assert updated["ResponseMetadata"]["HTTPStatusCode"] == 201 and updated["responseModels"] == {"application/json": "Empty"}
    assert rest.get_method(**where)["methodResponses"]["200"]["responseModels"] == {"application/json": "Empty"}
    assert rest.delete_method_response(**response)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert refusal(rest.get_method_response, **response)[2] == "Invalid Response status code specified"
    rest.delete_method(**where)
    assert refusal(rest.get_method, **where)[2] == "Invalid Method identifier specified"


@pytest.mark.parametrize("arguments, message", [
    ({"httpMethod": "FETCH", "authorizationType": "NONE"},
     "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"),
    ({"httpMethod": "GET", "authorizationType": "CUSTOM"},
     "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."),
    ({"httpMethod": "GET", "authorizationType": "NONE", "requestModels": {"application/json": "X"}},
     "Invalid model identifier specified: X"),
])
def test_what_a_method_may_not_be(rest, api, arguments, message):
    assert refusal(rest.put_method, restApiId=api[0], resourceId=api[1], **arguments)[2] == message


def test_integrations_and_their_responses(rest, api):
    api_id, root = api
    where = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    rest.put_method(**where, authorizationType="NONE")
    assert refusal(rest.get_integration, **where)[2] == "Invalid Integration identifier specified"
    made = rest.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=INVOCATION)
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (made["httpMethod"], made["timeoutInMillis"], made["passthroughBehavior"], made["cacheNamespace"],
            made["cacheKeyParameters"]) == ("POST", 29000, "WHEN_NO_MATCH", root, [])
    assert "connectionType" not in made
    changed = rest.update_integration(**where, patchOperations=[
        {"op": "replace", "path": "/timeoutInMillis", "value": "1000"},
        {"op": "add", "path": "/requestTemplates/application~1json", "value": "{}"}])
    assert changed["timeoutInMillis"] == 1000 and changed["requestTemplates"] == {"application/json": "{}"}
    response = {**where, "statusCode": "200"}
    assert refusal(rest.put_integration_response, **response)[:2] == ("NotFoundException", 404)
    rest.put_method_response(**response, responseParameters={"method.response.header.a": False})
    made = rest.put_integration_response(**response, selectionPattern="", responseTemplates={"application/json": ""},
                                         responseParameters={"method.response.header.a": "'b'"})
    assert (made["selectionPattern"], made["responseTemplates"]) == ("", {"application/json": None})
    assert refusal(rest.put_integration_response, **response, responseParameters={"method.response.header.c": "'b'"})[2] == (
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression "
        "parameter specified: method.response.header.c]")
    assert rest.get_integration(**where)["integrationResponses"]["200"]["responseParameters"] == {"method.response.header.a": "'b'"}
    rest.delete_integration_response(**response)
    assert rest.delete_integration(**where)["ResponseMetadata"]["HTTPStatusCode"] == 204


@pytest.mark.parametrize("arguments, message", [
    ({"type": "AWS", "uri": INVOCATION}, "Enumeration value for HttpMethod must be non-empty"),
    ({"type": "HTTP", "uri": "x", "integrationHttpMethod": "GET"}, "Invalid HTTP endpoint specified for URI"),
    ({"type": "AWS", "uri": "x", "integrationHttpMethod": "GET"}, "Invalid ARN specified in the request"),
    ({"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:sqs:x/y", "integrationHttpMethod": "GET"},
     "AWS ARN for integration must contain path or action"),
    ({"type": "AWS_PROXY", "uri": "arn:aws:apigateway:us-east-1:sqs:path/y", "integrationHttpMethod": "GET"},
     "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations."),
    ({"type": "MOCK", "requestParameters": {"integration.request.header.a": "b"}},
     "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: b]"),
])
def test_what_an_integration_may_not_be(rest, api, arguments, message):
    where = {"restApiId": api[0], "resourceId": api[1], "httpMethod": "GET"}
    rest.put_method(**where, authorizationType="NONE")
    assert refusal(rest.put_integration, **where, **arguments)[2] == message


@pytest.fixture
def mocked(rest, api):
    """An API with one method: GET / answers by MOCK."""
    where = {"restApiId": api[0], "resourceId": api[1], "httpMethod": "GET"}
    rest.put_method(**where, authorizationType="NONE")
    rest.put_integration(**where, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    rest.put_method_response(**where, statusCode="200")
    rest.put_integration_response(**where, statusCode="200")
    return api[0]


def test_deployments_and_stages(rest, api, mocked):
    deployment = rest.create_deployment(restApiId=mocked, stageName="", description="")
    assert "createdDate" in deployment and "description" not in deployment
    assert rest.get_stages(restApiId=mocked)["item"] == [], "an empty name makes no stage"
    stage = rest.create_stage(restApiId=mocked, stageName="dev", deploymentId=deployment["id"], variables={"k": "v"})
    assert (stage["cacheClusterStatus"], stage["tracingEnabled"], stage["methodSettings"], stage["variables"]) == (
        "NOT_AVAILABLE", False, {}, {"k": "v"})
    assert refusal(rest.create_stage, restApiId=mocked, stageName="dev", deploymentId=deployment["id"])[:2] == (
        "ConflictException", 409)
    assert refusal(rest.create_stage, restApiId=mocked, stageName="x", deploymentId="nobody")[2] == "Deployment id does not exist"
    assert refusal(rest.delete_deployment, restApiId=mocked, deploymentId=deployment["id"])[2] == (
        "Active stages pointing to this deployment must be moved or deleted")
    second = rest.create_deployment(restApiId=mocked, stageName="dev", variables={"k": "w"})
    moved = rest.get_stage(restApiId=mocked, stageName="dev")
    assert (moved["deploymentId"], moved["variables"]) == (second["id"], {"k": "w"})
    rest.delete_deployment(restApiId=mocked, deploymentId=deployment["id"])
    changed = rest.update_stage(restApiId=mocked, stageName="dev", patchOperations=[
        {"op": "replace", "path": "/variables/a", "value": "b"}, {"op": "remove", "path": "/variables/k"},
        {"op": "replace", "path": "/tracingEnabled", "value": "true"}])
    assert (changed["variables"], changed["tracingEnabled"]) == ({"a": "b"}, True)
    rest.delete_stage(restApiId=mocked, stageName="dev")
    assert refusal(rest.get_stage, restApiId=mocked, stageName="dev")[2] == "Invalid stage identifier specified"


def test_nothing_to_deploy(rest, api):
    assert refusal(rest.create_deployment, restApiId=api[0])[2] == "The REST API doesn't contain any methods"
    rest.put_method(restApiId=api[0], resourceId=api[1], httpMethod="GET", authorizationType="NONE")
    assert refusal(rest.create_deployment, restApiId=api[0])[2] == "No integration defined for method"


def test_method_settings(rest, mocked):
    rest.create_deployment(restApiId=mocked, stageName="dev")

    def patch(*operations):
        return rest.update_stage(restApiId=mocked, stageName="dev", patchOperations=list(operations))["methodSettings"]

    settings = patch(*replace("/*/*/logging/loglevel", "INFO"), *replace("/*/*/throttling/rateLimit", "5.000000"))
    assert settings == {"*/*": {
        "metricsEnabled": False, "dataTraceEnabled": False, "throttlingBurstLimit": 5000, "throttlingRateLimit": 5.0,
        "cachingEnabled": False, "cacheTtlInSeconds": 300, "cacheDataEncrypted": False, "loggingLevel": "INFO",
        "requireAuthorizationForCacheControl": True, "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER"}}
    settings = patch(*replace("/nested/{id}/GET/metrics/enabled", "true"), *replace("/a~1b/GET/throttling/burstLimit", "-1"))
    assert settings["nested/{id}/GET"]["metricsEnabled"] is True and settings["nested/{id}/GET"]["loggingLevel"] == "INFO"
    assert settings["a~1b/GET"]["throttlingBurstLimit"] == -1
    assert "*/*" not in patch({"op": "remove", "path": "/*/*"})
    message = refusal(rest.update_stage, restApiId=mocked, stageName="dev",
                      patchOperations=[{"op": "remove", "path": "/*/*"}])[2]
    assert message == "Cannot remove method setting */* because there is no method setting for this method "
    message = refusal(rest.update_stage, restApiId=mocked, stageName="dev", patchOperations=replace("/x", "y"))[2]
    assert message.startswith("Invalid method setting path: /x. Must be one of: [")


def test_access_logs_want_the_accounts_role(rest, mocked, account):
    rest.create_deployment(restApiId=mocked, stageName="dev")
    log = [{"op": "replace", "path": "/accessLogSettings/destinationArn", "value": f"arn:aws:logs:us-east-1:{account}:log-group:g:*"},
           {"op": "replace", "path": "/accessLogSettings/format", "value": "$context.requestId"}]
    assert refusal(rest.update_stage, restApiId=mocked, stageName="dev", patchOperations=log)[2] == (
        "CloudWatch Logs role ARN must be set in account settings to enable logging")
    assert rest.get_account()["throttleSettings"] == {"burstLimit": 5000, "rateLimit": 10000.0}
    role = f"arn:aws:iam::{account}:role/logs"
    assert rest.update_account(patchOperations=replace("/cloudwatchRoleArn", role))["cloudwatchRoleArn"] == role
    stage = rest.update_stage(restApiId=mocked, stageName="dev", patchOperations=log)
    assert stage["accessLogSettings"]["destinationArn"] == f"arn:aws:logs:us-east-1:{account}:log-group:g"
    gone = rest.update_stage(restApiId=mocked, stageName="dev", patchOperations=[{"op": "remove", "path": "/accessLogSettings"}])
    assert "accessLogSettings" not in gone
    assert "cloudwatchRoleArn" not in rest.update_account(patchOperations=replace("/cloudwatchRoleArn", ""))


def test_authorizers_models_and_validators(rest, api):
    api_id, root = api
    authorizer = rest.create_authorizer(restApiId=api_id, name="a", type="TOKEN", authorizerUri=INVOCATION,
                                        identitySource="method.request.header.Authorization", authorizerResultTtlInSeconds=300)
    assert (authorizer["authType"], authorizer["authorizerResultTtlInSeconds"]) == ("custom", 300)
    changed = rest.update_authorizer(restApiId=api_id, authorizerId=authorizer["id"],
                                     patchOperations=replace("/authorizerResultTtlInSeconds", "0"))
    assert changed["authorizerResultTtlInSeconds"] == 0
    pool = rest.create_authorizer(restApiId=api_id, name="p", type="COGNITO_USER_POOLS", identitySource="method.request.header.A",
                                  providerARNs=["arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_a"])
    swapped = rest.update_authorizer(restApiId=api_id, authorizerId=pool["id"], patchOperations=[
        {"op": "add", "path": "/providerARNs", "value": "arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_b"},
        {"op": "remove", "path": "/providerARNs", "value": "arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_a"}])
    assert swapped["providerARNs"] == ["arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_b"]
    rest.put_method(restApiId=api_id, resourceId=root, httpMethod="GET", authorizationType="CUSTOM", authorizerId=authorizer["id"])
    assert refusal(rest.delete_authorizer, restApiId=api_id, authorizerId=authorizer["id"])[:2] == ("ConflictException", 409)
    assert {m["name"] for m in rest.get_models(restApiId=api_id)["items"]} == {"Empty", "Error"}
    model = rest.create_model(restApiId=api_id, name="M", contentType="application/json", schema='{"type":"object"}')
    assert rest.get_model(restApiId=api_id, modelName="M")["id"] == model["id"]
    assert refusal(rest.create_model, restApiId=api_id, name="M", contentType="application/json", schema="{}")[2] == (
        "Model name already exists for this REST API")
    assert refusal(rest.get_model, restApiId=api_id, modelName="N")[2] == "Invalid model name specified: N"
    rest.put_method(restApiId=api_id, resourceId=root, httpMethod="ANY", authorizationType="NONE",
                    requestModels={"application/json": "M"})
    assert refusal(rest.delete_model, restApiId=api_id, modelName="M")[2] == (
        "Cannot delete model 'M', is referenced in method request: /ANY")
    validator = rest.create_request_validator(restApiId=api_id, name="v", validateRequestBody=True)
    assert (validator["validateRequestBody"], validator["validateRequestParameters"]) == (True, False)
    changed = rest.update_request_validator(restApiId=api_id, requestValidatorId=validator["id"],
                                            patchOperations=replace("/validateRequestBody", "false"))
    assert changed["validateRequestBody"] is False
    rest.delete_request_validator(restApiId=api_id, requestValidatorId=validator["id"])
    assert rest.get_request_validators(restApiId=api_id)["items"] == []


def test_gateway_responses(rest, api):
    where = {"restApiId": api[0], "responseType": "MISSING_AUTHENTICATION_TOKEN"}
    default = rest.get_gateway_response(**where)
    assert (default["defaultResponse"], default["statusCode"], default["responseTemplates"]) == (
        True, "403", {"application/json": '{"message":$context.error.messageString}'})
    made = rest.put_gateway_response(**where, statusCode="404", responseTemplates={"application/json": "{}"},
                                     responseParameters={"gatewayresponse.header.a": "'b'"})
    assert (made["defaultResponse"], made["statusCode"]) == (False, "404")
    types = [one["responseType"] for one in rest.get_gateway_responses(restApiId=api[0])["items"]]
    assert len(types) == 21 and types == sorted(types)
    assert rest.update_gateway_response(**where, patchOperations=replace("/statusCode", "405"))["statusCode"] == "405"
    rest.delete_gateway_response(**where)
    assert refusal(rest.delete_gateway_response, **where)[2] == "Gateway response type not defined on api"


def test_keys_and_usage_plans(rest, mocked, unique):
    key = rest.create_api_key(name=unique("key"), enabled=True, value="")
    assert len(key["value"]) == 40 and {"createdDate", "lastUpdatedDate"} <= set(key)
    assert "value" not in rest.get_api_key(apiKey=key["id"])
    assert rest.get_api_key(apiKey=key["id"], includeValue=True)["value"] == key["value"]
    assert refusal(rest.create_api_key, value="short")[2] == "API Key value should be at least 20 characters"
    assert refusal(rest.create_api_key, value=key["value"])[:2] == ("ConflictException", 409)
    assert rest.update_api_key(apiKey=key["id"], patchOperations=replace("/enabled", "false"))["enabled"] is False
    rest.create_deployment(restApiId=mocked, stageName="dev")
    plan = rest.create_usage_plan(name="p", apiStages=[{"apiId": mocked, "stage": "dev"}],
                                  throttle={"burstLimit": 1, "rateLimit": 2}, quota={"limit": 3, "period": "DAY"})
    assert plan["quota"] == {"limit": 3, "period": "DAY", "offset": 0} and plan["throttle"]["rateLimit"] == 2.0
    code, status, message = refusal(rest.create_usage_plan, name="q", apiStages=[{"apiId": mocked, "stage": "x"}])
    assert (code, status) == ("NotFoundException", 404) and message.startswith(f"Invalid API Stage {{api: {mocked}, stage: x}}")
    link = {"usagePlanId": plan["id"], "keyId": key["id"]}
    made = rest.create_usage_plan_key(**link, keyType="API_KEY")
    assert (made["id"], made["type"], made["value"]) == (key["id"], "API_KEY", key["value"])
    assert rest.get_usage_plan_key(**link)["name"] == key["name"]
    assert [p["id"] for p in rest.get_usage_plans(keyId=key["id"])["items"]] == [plan["id"]]
    changed = rest.update_usage_plan(usagePlanId=plan["id"], patchOperations=[
        {"op": "remove", "path": "/throttle"}, {"op": "replace", "path": "/quota/limit", "value": "9"},
        {"op": "replace", "path": f"/apiStages/{mocked}:dev/throttle//a/GET/rateLimit", "value": "1.5"},
        {"op": "add", "path": "/productCode", "value": "code"}])
    assert "throttle" not in changed and changed["quota"]["limit"] == 9 and changed["productCode"] == "code"
    assert changed["apiStages"][0]["throttle"] == {"/a/GET": {"rateLimit": 1.5}}
    changed = rest.update_usage_plan(usagePlanId=plan["id"], patchOperations=replace("/apiStages", f"{mocked}:dev", "remove"))
    assert changed["apiStages"] == []
    rest.delete_usage_plan_key(**link)
    rest.delete_usage_plan(usagePlanId=plan["id"])
    rest.delete_api_key(apiKey=key["id"])
    assert refusal(rest.get_usage_plan, usagePlanId=plan["id"])[2] == "Invalid Usage Plan ID specified"


def test_tags_and_domain_names(rest, api, unique):
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api[0]}"
    rest.tag_resource(resourceArn=arn, tags={"a": "b", "c": "d"})
    rest.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert rest.get_tags(resourceArn=arn)["tags"] == rest.get_rest_api(restApiId=api[0])["tags"] == {"c": "d"}
    name = f"{unique('api')}.example.com"
    domain = rest.create_domain_name(domainName=name, regionalCertificateArn="arn:aws:acm:us-east-1:1:certificate/x",
                                     endpointConfiguration={"types": ["REGIONAL"]})
    assert domain["domainNameStatus"] == "AVAILABLE" and domain["regionalDomainName"].startswith("d-")
    mapping = rest.create_base_path_mapping(domainName=name, basePath="", restApiId=api[0])
    assert mapping["basePath"] == "(none)"
    assert rest.get_base_path_mapping(domainName=name, basePath="(none)")["restApiId"] == api[0]
    moved = rest.update_base_path_mapping(domainName=name, basePath="(none)", patchOperations=replace("/basePath", "v1"))
    assert moved["basePath"] == "v1" and [m["basePath"] for m in rest.get_base_path_mappings(domainName=name)["items"]] == ["v1"]
    rest.delete_base_path_mapping(domainName=name, basePath="v1")
    rest.delete_domain_name(domainName=name)


def test_an_empty_truststore_turns_mutual_tls_off(rest, client, unique):
    """So both of Terraform's resources do it; a member that stayed would be drift."""
    name, arn = f"{unique('api')}.example.com", "arn:aws:acm:us-east-1:1:certificate/x"
    trust = {"truststoreUri": "s3://trust/store.pem", "truststoreVersion": "1"}
    domain = rest.create_domain_name(domainName=name, regionalCertificateArn=arn, endpointConfiguration={"types": ["REGIONAL"]},
                                     mutualTlsAuthentication=trust)
    assert domain["mutualTlsAuthentication"] == trust
    off = rest.update_domain_name(domainName=name, patchOperations=replace("/mutualTlsAuthentication/truststoreUri", ""))
    assert "mutualTlsAuthentication" not in off and "mutualTlsAuthentication" not in rest.get_domain_name(domainName=name)
    http = client("apigatewayv2")
    on = http.update_domain_name(DomainName=name, MutualTlsAuthentication={"TruststoreUri": "s3://trust/store.pem"})
    assert on["MutualTlsAuthentication"]["TruststoreUri"] == "s3://trust/store.pem"
    assert "MutualTlsAuthentication" not in http.update_domain_name(DomainName=name, MutualTlsAuthentication={"TruststoreUri": ""})
    rest.delete_domain_name(domainName=name)


def test_patch_operations_are_checked(rest, api):
    code, status, message = refusal(rest.update_rest_api, restApiId=api[0], patchOperations=[{"op": "no", "path": "/name"}])
    assert (code, status) == ("ValidationException", 400)
    assert message == ("1 validation error detected: Value 'no' at 'updateRestApiInput.patchOperations.1.member.op' failed to "
                       "satisfy constraint: Member must satisfy enum value set: [add, remove, move, test, replace, copy]")


@pytest.mark.parametrize("call, arguments", [
    ("get_sdk_types", {}), ("get_sdk", {"stageName": "x", "sdkType": "ruby"}), ("get_model_template", {"modelName": "Empty"})])
def test_what_is_not_built_names_itself(rest, api, call, arguments):
    scope = {"restApiId": api[0]} if arguments else {}
    code, status, message = refusal(getattr(rest, call), **scope, **arguments)
    name = "".join(part.title() for part in call.split("_"))
    assert (status, message) == (501, f"The operation {name} is not implemented.")
