"""Web pages of anywhere: a browser on the developer's machine sends what a page tells it to, and nothing comes of it."""

import http.client
import json
import re
import urllib.parse

import pytest
from harness.server import Server

IAM = "2010-05-08"
FOREIGN = {
    "a site": "https://example.com",
    "an S3 website": "http://evil.s3-website-us-east-1.amazonaws.com",
    "a function URL": "https://abc.lambda-url.us-east-1.on.aws",
    "an address": "http://192.0.2.7",
    "an address beside loopback's": "http://128.0.0.1",
    "a v6 address": "http://[2001:db8::1]",
    "docker's host": "http://host.docker.internal:3000",
    "a name that begins like loopback": "http://127.0.0.1.example.com",
    "a name that begins like localhost": "http://localhost.example.com",
    "a name that ends like localhost": "http://evillocalhost",
    "rebinding's": "http://localhost.localdomain",
    "any address": "http://0.0.0.0:3000",
    "no origin": "null",
    "a file": "file://",
    "an extension": "chrome-extension://localhost",
    "no URL": "localhost",
    "credentials": "http://localhost@example.com",
    "no port": "http://localhost:3000.example.com",
    "empty": "",
}
OURS = ["http://localhost", "http://localhost:3000", "https://LOCALHOST:8443", "http://app.localhost:5173",
        "http://127.0.0.1:8000", "http://127.9.8.7", "http://[::1]:3000", "http://[::1]"]


def fetch(server, method, path, headers, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def credential(account, service):
    """A key that nobody issued, in the query: so a page needs no header that a browser would ask about first."""
    return urllib.parse.urlencode({
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{account}/20260101/us-east-1/{service}/aws4_request",
        "X-Amz-Date": "20260101T000000Z", "X-Amz-Expires": "604800", "X-Amz-SignedHeaders": "host", "X-Amz-Signature": "0" * 64})


@pytest.fixture
def roles(client):
    return lambda: {role["RoleName"] for role in client("iam").list_roles()["Roles"]}


def create_role(name):
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}}
    return {"Action": "CreateRole", "Version": IAM, "RoleName": name, "AssumeRolePolicyDocument": json.dumps(trust)}


@pytest.mark.parametrize("origin", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_page_makes_nothing(server, account, roles, unique, origin):
    name, before = unique("role"), roles()
    form = urllib.parse.urlencode(create_role(name))
    status, text = fetch(server, "POST", "/?" + credential(account, "iam"), {
        "Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}, form)
    assert status == 403 and "web pages" in text
    assert roles() == before


@pytest.mark.parametrize("method, path", [("POST", "/_millrace/clock/freeze"), ("GET", "/_millrace/health")])
@pytest.mark.parametrize("origin", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_page_has_no_admin_api(server, origin, method, path):
    assert fetch(server, method, path, {"Origin": origin})[0] == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_a_foreign_page_has_no_method(server, account, unique, method):
    path = f"/2015-03-31/functions/{unique('function')}?" + credential(account, "lambda")
    assert fetch(server, method, path, {"Origin": "https://example.com"})[0] == 403


@pytest.mark.parametrize("origin", OURS)
def test_pages_of_this_machine_may_ask(server, account, origin):
    path = "/2015-03-31/functions/?" + credential(account, "lambda")
    assert fetch(server, "GET", path, {"Origin": origin, "Sec-Fetch-Site": "cross-site"})[0] == 200
    assert fetch(server, "GET", "/_millrace/health", {"Origin": origin, "Sec-Fetch-Site": "same-site"})[0] == 200


def test_a_bucket_lets_pages_in_for_itself_alone(server, account, s3, bucket, unique):
    page = {"Origin": "https://app.example.com"}
    other = unique("bucket")
    s3.create_bucket(Bucket=other)
    s3.put_object(Bucket=other, Key="k", Body=b"other's")
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [{
        "AllowedMethods": ["GET", "PUT", "POST"], "AllowedOrigins": ["https://*.example.com"], "AllowedHeaders": ["*"]}]})
    signed = credential(account, "s3")
    assert fetch(server, "PUT", f"/{bucket}/k?{signed}", page, "x")[0] != 200  # a wrong date, but it was let in
    s3.put_object(Bucket=bucket, Key="k", Body=b"own")
    key = {"Authorization": f"AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/s3/aws4_request, "
                            f"SignedHeaders=host, Signature={'0' * 64}", "X-Amz-Date": "20260101T000000Z"}
    assert fetch(server, "GET", f"/{bucket}/k", {**page, **key}) == (200, "own")
    assert fetch(server, "DELETE", f"/{bucket}/k", {**page, **key})[0] == 403
    assert fetch(server, "GET", f"/{other}/k", {**page, **key})[0] == 403
    assert fetch(server, "PUT", f"/{bucket}/copy", {**page, **key, "x-amz-copy-source": f"%2F{other}/k"})[0] == 403
    assert fetch(server, "PUT", f"/{bucket}/copy", {**page, **key, "x-amz-copy-source": f"{bucket}/k"})[0] == 200
    assert fetch(server, "GET", f"/{bucket}/k", {"Origin": "https://example.org", **key})[0] == 403


def test_a_bucket_s_rules_lead_to_no_other_service(server, s3, bucket):
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [{"AllowedMethods": ["POST"], "AllowedOrigins": ["*"]}]})
    form = urllib.parse.urlencode({"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleSessionName": "s",
                                   "RoleArn": "arn:aws:iam::000000000000:role/r", "WebIdentityToken": "token"})
    status, text = fetch(server, "POST", f"/{bucket}", {
        "Origin": "https://example.com", "Content-Type": "application/x-www-form-urlencoded"}, form)
    # S3 takes it for a form of its own and refuses it; STS never sees it.
    assert status == 412 and "multipart/form-data" in text


def test_a_function_url_lets_pages_in_for_itself_alone(server, client, make_function):
    lam = client("lambda")
    source = "def handler(event, context): return 'called'"
    hosts = []
    for cors in ({}, {"AllowOrigins": ["https://app.example.com"]}):
        name = make_function(source)
        url = lam.create_function_url_config(FunctionName=name, AuthType="NONE", Cors=cors)["FunctionUrl"]
        lam.add_permission(FunctionName=name, StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*",
                           FunctionUrlAuthType="NONE")
        lam.add_permission(FunctionName=name, StatementId="invoke", Action="lambda:InvokeFunction", Principal="*")
        hosts.append(urllib.parse.urlsplit(url).netloc)
    page = {"Origin": "https://app.example.com"}
    assert fetch(server, "POST", "/", {**page, "Host": hosts[0]})[0] == 403
    assert fetch(server, "POST", "/", {**page, "Host": hosts[1]}) == (200, "called")
    assert fetch(server, "POST", "/", {"Origin": "https://example.com", "Host": hosts[1]})[0] == 403
    assert fetch(server, "GET", "/", {"Host": hosts[0], "Sec-Fetch-Site": "cross-site"}) == (200, "called")  # a link
    assert fetch(server, "POST", "/", {"Host": hosts[0], "Sec-Fetch-Site": "cross-site"})[0] == 403


# -- what a browser sends without an Origin: images, links, forms of old


def test_links_lead_to_objects_alone(server, account, s3, bucket):
    s3.put_object(Bucket=bucket, Key="index.html", Body=b"page")
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}}))
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    assert fetch(server, "GET", f"/{bucket}/index.html", link) == (200, "page")
    assert fetch(server, "HEAD", f"/{bucket}/index.html", link)[0] == 200
    assert fetch(server, "GET", "/", {**link, "Host": f"{bucket}.s3-website.localhost:{server.port}"}) == (200, "page")
    for method, path in [("GET", f"/{bucket}"), ("GET", f"/{bucket}?list-type=2"), ("GET", f"/{bucket}/index.html?acl"),
                         ("PUT", f"/{bucket}/new"), ("POST", f"/{bucket}"), ("DELETE", f"/{bucket}/index.html"),
                         ("GET", "/2015-03-31/functions/?" + credential(account, "lambda")), ("GET", "/_millrace/clock"),
                         ("POST", "/_millrace/clock/freeze"), ("GET", "/?" + credential(account, "s3"))]:
        assert fetch(server, method, path, link)[0] == 403, (method, path)
    # The same without a browser: it is the page that is refused, not the request.
    assert fetch(server, "GET", f"/{bucket}", {})[0] == 200


def test_same_site_is_this_machine_s_only_by_its_names(server):
    same_site = {"Sec-Fetch-Site": "same-site"}
    assert fetch(server, "GET", "/_millrace/health", {**same_site, "Host": f"localhost:{server.port}"})[0] == 200
    assert fetch(server, "GET", "/_millrace/health", {**same_site, "Host": "a.s3.us-east-1.amazonaws.com"})[0] == 403


@pytest.mark.parametrize("browser", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin"}, {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}], ids=str)
def test_a_browser_s_get_changes_nothing(server, account, roles, unique, browser):
    name, before = unique("role"), roles()
    path = "/?" + credential(account, "iam") + "&" + urllib.parse.urlencode(create_role(name))
    assert fetch(server, "GET", path, browser)[0] == 403
    assert fetch(server, "HEAD", path, browser)[0] == 403
    assert roles() == before
    assert fetch(server, "GET", path, {})[0] == 200  # AWS takes it so from programs
    assert roles() == before | {name}


def test_an_origin_can_be_allowed(tmp_path, account):
    from harness.server import Server

    with Server(tmp_path / "server.log", arguments=["--allow-origin", "https://App.example.com"]) as server:
        assert fetch(server, "GET", "/_millrace/health", {"Origin": "https://app.example.com"})[0] == 200
        assert fetch(server, "GET", "/_millrace/health", {"Origin": "https://app.example.com:8443"})[0] == 403
        assert fetch(server, "GET", "/_millrace/health", {"Origin": "http://app.example.com"})[0] == 403


def session_of_page(server, **headers):
    """The cookie that the page sets, as a client sends it back; None: it sets none."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request("GET", headers.pop("path", "/_millrace/"), headers=headers)
        answer = connection.getresponse()
        answer.read()
        cookie = answer.getheader("Set-Cookie")
    finally:
        connection.close()
    if not cookie:
        return None
    assert cookie.endswith("; Path=/_millrace/; SameSite=Strict; HttpOnly") and cookie.startswith(f"millrace-session-{server.port}=")
    return cookie.split(";")[0]


def test_a_browser_needs_the_pages_session_for_the_admin_api(server):
    own = {"Sec-Fetch-Site": "same-origin"}
    for method, path in [("GET", "/_millrace/clock"), ("POST", "/_millrace/clock/resume"), ("GET", "/_millrace/events"),
                         ("GET", "/_millrace/trace?of=x")]:
        assert fetch(server, method, path, own)[0] == 401, path
    cookie = session_of_page(server, **{"Sec-Fetch-Site": "none"})
    assert fetch(server, "GET", "/_millrace/clock", {**own, "Cookie": f"a=b; {cookie}; c=d"})[0] == 200
    assert fetch(server, "GET", "/_millrace/clock", {**own, "Cookie": cookie[:-1]})[0] == 401
    # Another port of this machine is the same site to a cookie: its page has no session all the same.
    for other in ({"Sec-Fetch-Site": "same-site"}, {"Origin": "http://localhost:3000"},
                  {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:3000"}):
        assert fetch(server, "POST", "/_millrace/clock/resume", {**other, "Cookie": cookie})[0] == 401, other
        assert session_of_page(server, **other) is None, other


def test_where_the_token_is_wanted_the_session_comes_by_the_link(tmp_path):
    with Server(tmp_path / "log", arguments=["--verify-signatures"]) as strict:
        assert session_of_page(strict) is None
        assert session_of_page(strict, path="/_millrace/?token=0123") is None
        token = re.search(r"/_millrace/\?token=([0-9a-f]{32})", (tmp_path / "log").read_text()).group(1)
        cookie = session_of_page(strict, path=f"/_millrace/?token={token}")
        assert fetch(strict, "GET", "/_millrace/clock", {"Sec-Fetch-Site": "same-origin", "Cookie": cookie})[0] == 200
        assert fetch(strict, "GET", "/_millrace/clock", {})[0] == 401
