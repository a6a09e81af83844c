"""Clients for a server under test: boto3 with an account of its own, and raw requests that are signed."""

import http.client
import json
import random
import urllib.parse

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.loaders
import botocore.session

REGION = "us-east-1"
SECRET = "test"


class Models(botocore.loaders.Loader):
    """What the SDK knows of the services, read once."""

    @property
    def search_paths(self):
        return list(super().search_paths)  # every session of boto3 would add its own folder


MODELS = Models(include_default_search_paths=True)


def new_account():
    """A random 12-digit account id. As an access key id it makes the caller that account's root user."""
    return str(random.randrange(100_000_000_000, 1_000_000_000_000))


def make_client(endpoint, service, account, region=REGION, secret=SECRET, token=None, **config):
    """A boto3 client that never retries (a test must see the first answer). `config` goes to botocore's Config."""
    options = {
        "retries": {"total_max_attempts": 1},
        "connect_timeout": 5,
        "read_timeout": 60,
        "s3": {"addressing_style": "path"},
        "parameter_validation": True,
    }
    options.update(config)
    # A session of its own: boto3's default session isn't safe to share between threads. What it reads of the services (some
    # 200 ms of processor a service) is the same for all.
    inner = botocore.session.get_session()
    inner.register_component("data_loader", MODELS)
    session = boto3.session.Session(
        aws_access_key_id=account, aws_secret_access_key=secret, aws_session_token=token, region_name=region, botocore_session=inner
    )
    return session.client(service, endpoint_url=endpoint, config=botocore.config.Config(**options))


class RawResponse:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {k.lower(): v for k, v in headers}
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.text[:500]}>"


class Raw:
    """Requests that boto3 refuses to send. Everything can be wrong except, by default, the signature."""

    def __init__(self, endpoint, account):
        self.endpoint = endpoint
        self.account = account

    def __call__(
        self, service, method="POST", path="/", body=b"", headers=None, region=REGION, account=None, secret=SECRET,
        sign=True, timeout_s=30, rewrite_authorization=None,
    ):
        """Sends exactly this body and these headers (plus Host, Content-Length and, with `sign`, SigV4's)."""
        body = body.encode() if isinstance(body, str) else body
        headers = dict(headers or {})
        if sign:
            request = botocore.awsrequest.AWSRequest(
                method=method, url=self.endpoint + path, data=body, headers=headers
            )
            credentials = botocore.credentials.Credentials(account or self.account, secret)
            signer = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
            signer(credentials, service, region).add_auth(request)
            headers = dict(request.headers.items())
            if rewrite_authorization:
                headers["Authorization"] = rewrite_authorization(headers["Authorization"])
        host = urllib.parse.urlsplit(self.endpoint)
        connection = http.client.HTTPConnection(host.hostname, host.port, timeout=timeout_s)
        try:
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            return RawResponse(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def dynamodb(self, operation, body, **options):
        """`body` as text goes as it is; anything else as JSON."""
        return self._json("dynamodb", "DynamoDB_20120810." + operation, "1.0", body, options)

    def streams(self, operation, body, **options):
        return self._json("dynamodb", "DynamoDBStreams_20120810." + operation, "1.0", body, options)

    def logs(self, operation, body, **options):
        return self._json("logs", "Logs_20140328." + operation, "1.1", body, options)

    def query(self, service, action, version, parameters=(), **options):
        form = urllib.parse.urlencode([("Action", action), ("Version", version), *dict(parameters).items()])
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", **options.pop("headers", {})}
        return self(service, body=form, headers=headers, **options)

    def _json(self, service, target, version, body, options):
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        headers = {
            "X-Amz-Target": target,
            "Content-Type": f"application/x-amz-json-{version}",
            **options.pop("headers", {}),
        }
        return self(service, body=text, headers=headers, **options)
