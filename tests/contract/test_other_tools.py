"""What tools ask that aren't AWS's: the admin API's description, LocalStack's routes, Prometheus' metrics."""

import json
import re

import pytest

from harness.proxied import plain


def test_every_route_of_the_admin_api_is_described(endpoint):
    routes = plain(endpoint, "GET", "/_millrace/no-such-route").json()["routes"]
    document = plain(endpoint, "GET", "/_millrace/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path): operation for path, methods in document["paths"].items() for method, operation in methods.items()}
    names = lambda path: path if path.startswith("/") else f"/_millrace/{path}"  # noqa: E731
    assert set(described) == {(route.split(" ")[0], names(route.split(" ")[1])) for route in routes}
    silent = [route for route, operation in described.items() if not operation["summary"]]
    assert not silent, f"emulator/server/admin_openapi.cc says nothing of {silent}"


def test_described_parameters_are_read(endpoint):
    described = plain(endpoint, "GET", "/_millrace/openapi.json").json()["paths"]
    needy = [(method, path) for path, methods in described.items() for method, operation in methods.items()
             if any(one["required"] for one in operation.get("parameters", []))]
    assert len(needy) >= 6
    for method, path in needy:
        assert plain(endpoint, method.upper(), path).status in (400, 404), path


@pytest.mark.parametrize("path", ["/_localstack/health", "/health"])
def test_localstack_health(endpoint, path):
    health = plain(endpoint, "GET", path).json()
    assert {"dynamodb", "lambda", "s3", "sqs", "iam"} <= set(health["services"])
    assert set(health["services"].values()) == {"running"} and re.match(r"\d+\.\d+", health["version"])


def test_localstack_info_and_init(endpoint):
    info = plain(endpoint, "GET", "/_localstack/info").json()
    assert info["edition"] == "community" and info["uptime"] >= 0
    init = plain(endpoint, "GET", "/_localstack/init").json()
    assert init["completed"]["READY"] is True and init["scripts"] == []
    assert plain(endpoint, "GET", "/_localstack/init/ready").json()["completed"] is True
    assert plain(endpoint, "GET", "/_localstack/state").status == 404


@pytest.mark.parametrize("path", ["/_millrace/health", "/_localstack/health", "/health"])
def test_head_is_answered(endpoint, path):
    answer = plain(endpoint, "HEAD", path)
    assert (answer.status, answer.body) == (200, b"")


def test_the_name_of_localstack_is_let_in(endpoint, server):
    host = f"localhost.localstack.cloud:{server.port}"
    assert plain(endpoint, "GET", "/_localstack/health", headers={"Host": host}).status == 200
    assert plain(endpoint, "GET", "/_localstack/health", headers={"Host": "s3." + host}).status == 200


@pytest.mark.parametrize("name", ["health", "metrics"])
def test_a_bucket_may_have_that_name(s3, name):
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"x")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=name)["Contents"]] == ["k"]
    s3.delete_object(Bucket=name, Key="k")
    s3.delete_bucket(Bucket=name)


def test_metrics(endpoint, client, account, make_table):
    make_table()
    answer = plain(endpoint, "GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = {}
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            found = re.fullmatch(r'([a-z_]+)(\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)*\})? (-?\d+)', line)
            assert found, line
            samples[found[1] + (found[2] or "")] = int(found[3])
    assert samples[f'millrace_resources{{account="{account}",region="us-east-1",kind="tables"}}'] >= 1
    assert samples["process_resident_memory_bytes"] > 1 << 20 and "millrace_uptime_seconds" in samples
    described = set(re.findall(r"^# TYPE (\S+) (?:gauge|counter)$", answer.text, re.MULTILINE))
    assert {re.match(r"[a-z_]+", name)[0] for name in samples} <= described


def test_the_document_is_json_for_everybody(endpoint):
    assert json.loads(plain(endpoint, "GET", "/_millrace/openapi.json").text)["info"]["title"] == "millrace's admin API"
