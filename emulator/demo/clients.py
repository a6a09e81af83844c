"""boto3 clients for the demo. Debian's boto3 is older than AWS_ENDPOINT_URL, so the endpoint is handed over."""

import functools
import os

import boto3
import botocore.config
from botocore.exceptions import ClientError  # noqa: F401  re-exported

REGION = os.environ.get("AWS_DEFAULT_REGION", "us-east-1")


@functools.lru_cache(maxsize=None)
def client(service):
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        config=botocore.config.Config(retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}),
    )
