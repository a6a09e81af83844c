"""Fixtures for files that send requests to REST APIs. A file takes them by importing their names."""

import pytest

from harness.rest_api import Api, function_uri


@pytest.fixture(scope="module")
def rest(client):
    return client("apigateway")


@pytest.fixture
def function(client, make_function, account):
    """function(source) -> the invocation URI of a function that API Gateway may call."""

    def make(source, allowed="*/*", **settings):
        name = make_function(source, **settings)
        if allowed:
            client("lambda").add_permission(
                FunctionName=name, StatementId="gateway", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com",
                SourceArn=f"arn:aws:execute-api:us-east-1:{account}:*/{allowed}")
        return function_uri(account, name)

    return make


@pytest.fixture
def new_api(rest, server, unique):
    return lambda **settings: Api(rest, server, unique("api"), **settings)
