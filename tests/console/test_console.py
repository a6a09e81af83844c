"""The page at /_millrace/, clicked through in headless Chromium. Screenshots stay in build/test-results/console."""

import io
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
import zipfile

import pytest

from harness import aws
from harness.own_server import endpoint, server  # noqa: F401  (its clock is moved)
from harness.server import ROOT, Server, binary

CONSOLE = ROOT / "emulator/console"
PLAYWRIGHT = "playwright-core@1.49.1"
FLOWS = ["the_first_page_is_enough", "a_change_is_seen_to_reach_its_handler", "a_filtered_record_says_why", "a_function_is_invoked_and_its_lines_are_shown",
         "a_request_is_told_as_a_timeline", "it_is_told_when_something_happens", "alarms_show_their_metric",
         "rules_and_their_patterns", "what_is_secret_is_hidden_until_asked", "logs_are_searched",
         "access_is_explained_and_the_statement_copied", "an_api_is_asked", "faults_and_snapshots", "it_works_by_keyboard", "what_is_stored_is_never_html", "it_fits_a_phone_and_the_dark", "the_clock_moves"]
COMPRESSED_BYTES_MAX = 250_000
HANDLER = """
def handler(event, context):
    print("the handler was called")
    if event.get("fail"):
        raise ValueError("as it was told")
    return "done"
"""


def zipped(source):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def playwright():
    """A folder with playwright-core, installed once below the build folder."""
    for program in ("node", "npm", "chromium"):
        if not shutil.which(program):
            pytest.skip(f"{program} isn't on the PATH")
    folder = binary().parent / "console-tests"
    if not (folder / "node_modules/playwright-core").exists():
        folder.mkdir(exist_ok=True)
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), PLAYWRIGHT],
                              capture_output=True, text=True, timeout=300)
        if done.returncode:
            pytest.skip(f"playwright-core can't be installed here: {done.stderr[-300:]}")
    return folder


@pytest.fixture(scope="module")
def account(endpoint):  # noqa: F811
    """A table whose large orders reach a function."""
    account = aws.new_account()

    def client(service):
        return aws.make_client(endpoint, service, account)

    client("dynamodb").create_table(
        TableName="Orders", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    stream = client("dynamodb").describe_table(TableName="Orders")["Table"]["LatestStreamArn"]
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    role = client("iam").create_role(RoleName="notify", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    client("iam").put_role_policy(RoleName="notify", PolicyName="all", PolicyDocument=json.dumps(everything))
    client("lambda").create_function(FunctionName="notify", Runtime="python3.12", Handler="index.handler", Role=role,
                                     Code={"ZipFile": zipped(HANDLER)})
    client("lambda").get_waiter("function_active_v2").wait(FunctionName="notify")
    pattern = {"dynamodb": {"NewImage": {"Size": {"S": ["large"]}}}}
    client("lambda").create_event_source_mapping(
        FunctionName="notify", EventSourceArn=stream, StartingPosition="TRIM_HORIZON",
        FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    client("cloudwatch").put_metric_alarm(AlarmName="many-orders", Namespace="Shop", MetricName="Orders", Statistic="Sum", Period=60,
                                          EvaluationPeriods=1, Threshold=10, ComparisonOperator="GreaterThanThreshold")
    client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Orders", "Value": 7}])
    client("events").put_rule(Name="big-orders", EventPattern='{"source": ["shop"], "detail": {"total": [{"numeric": [">", 100]}]}}')
    client("ssm").put_parameter(Name="/shop/limit", Value="250", Type="SecureString")
    client("secretsmanager").create_secret(Name="shop/key", SecretString="open-sesame")
    reader = client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust))
    assert reader
    client("iam").put_role_policy(RoleName="reader", PolicyName="reads", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}]}))
    function = client("lambda").get_function(FunctionName="notify")["Configuration"]["FunctionArn"]
    client("apigatewayv2").create_api(Name="shop", ProtocolType="HTTP", Target=function)
    client("lambda").add_permission(FunctionName="notify", StatementId="api", Action="lambda:InvokeFunction",
                                    Principal="apigateway.amazonaws.com")
    client("dynamodb").put_item(TableName="Orders", Item={"Id": {"S": "<img src=x onerror='window.wasRun=1'>"}})
    return account


@pytest.mark.slow
@pytest.mark.parametrize("flow", FLOWS)
def test_flow(flow, playwright, account, endpoint):  # noqa: F811
    screenshots = binary().parent / "test-results/console"
    screenshots.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["node", str(ROOT / "tests/console/flows.mjs"), endpoint, account, str(screenshots), flow],
        env={**os.environ, "PLAYWRIGHT_FROM": str(playwright), "CHROMIUM": shutil.which("chromium")},
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def fetched(endpoint, path, **headers):  # noqa: F811
    with urllib.request.urlopen(urllib.request.Request(endpoint + path, headers=headers)) as answer:
        return answer.headers, answer.read()


def test_the_page_loads_nothing_from_elsewhere(endpoint):  # noqa: F811
    headers, page = fetched(endpoint, "/_millrace/")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
    named = [name for name in re.findall(rb'(?:src|href)="([^"]+)"', page) if name != b"data:,"]
    assert named and all(name.startswith(b"/_millrace/console/") for name in named)
    for name in named:
        headers, content = fetched(endpoint, name.decode())
        assert content == (CONSOLE / "dist" / name.decode().rsplit("/", 1)[1]).read_bytes()
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_the_built_page_is_small():
    import gzip

    size = sum(len(gzip.compress(file.read_bytes())) for file in (CONSOLE / "dist").iterdir())
    assert size < COMPRESSED_BYTES_MAX


@pytest.mark.slow
def test_what_is_committed_is_what_the_source_builds_to(tmp_path):
    if not shutil.which("npm"):
        pytest.skip("npm isn't on the PATH")
    shutil.copytree(CONSOLE, tmp_path / "console", ignore=shutil.ignore_patterns("node_modules", "dist"))
    installed = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=tmp_path / "console", capture_output=True,
                               text=True, timeout=300)
    if installed.returncode:
        pytest.skip(f"the console's packages can't be installed here: {installed.stderr[-300:]}")
    subprocess.run(["npm", "run", "build"], cwd=tmp_path / "console", check=True, capture_output=True, timeout=120)
    built = {file.name: file.read_bytes() for file in (tmp_path / "console/dist").iterdir()}
    assert built == {file.name: file.read_bytes() for file in (CONSOLE / "dist").iterdir()}


def test_the_page_itself_is_no_secret(tmp_path):
    """Where the admin API wants its token the page still comes, and what it asks is refused."""
    with Server(tmp_path / "log", arguments=["--verify-signatures"]) as strict:
        assert fetched(strict.endpoint, "/_millrace/")[1].startswith(b"<!doctype html>")
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetched(strict.endpoint, "/_millrace/mappings")
        assert refused.value.code == 401
