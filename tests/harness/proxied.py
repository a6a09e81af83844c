"""Signed requests as clients send them that put labels before the endpoint's host: to a proxy, in absolute form."""

import http.client
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials

from harness.aws import REGION, SECRET, RawResponse


def send(endpoint, account, method, path, body=b"", *, label="", name="", headers=None, service="s3", region=REGION,
         secret=SECRET, absolute=True, json_body=None):
    """`label` stands before the endpoint's own host, `name` instead of it; without `absolute` the target has its ordinary form."""
    body = body.encode() if isinstance(body, str) else body
    server = urllib.parse.urlsplit(endpoint)
    host = f"{label}{name or server.hostname}:{server.port}"
    request = botocore.awsrequest.AWSRequest(method=method, url=f"http://{host}{path}", data=body, headers=dict(headers or {}))
    signer = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    signer(botocore.credentials.Credentials(account, secret), service, region).add_auth(request)
    sent = {"Host": host, **dict(request.headers.items())}
    return plain(endpoint, method, f"http://{host}{path}" if absolute else path, body, sent)


def plain(endpoint, method, target, body=b"", headers=None):
    """One request whose target is this text, byte for byte."""
    server = urllib.parse.urlsplit(endpoint)
    connection = http.client.HTTPConnection(server.hostname, server.port, timeout=30)
    try:
        given = dict(headers or {})
        connection.putrequest(method, target, skip_host="Host" in given, skip_accept_encoding=True)
        for field, value in given.items():
            connection.putheader(field, value)
        if body or method in ("POST", "PUT"):
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        response = RawResponse(answer.status, answer.getheaders(), answer.read())
        response.reason = answer.reason
        return response
    finally:
        connection.close()
