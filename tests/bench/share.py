"""The server's share of a command's time, such as `terraform apply`: serves from a temporary store, runs the command with
its endpoint in the environment, prints what the requests took in all.

    share.py --binary build/millrace --folder python_handler/users_stream -- terraform apply -auto-approve"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import aws  # noqa: E402
from harness.server import Server, clean_environment  # noqa: E402
from wire import ACCOUNT  # noqa: E402


def requests_of(log):
    """(service and operation, milliseconds) of each request in a log of --log-format json. A line of several that were too many to
    be shown has the longest's time: counted for each, so that the sum is never too small."""
    for line in log.splitlines():
        if line.startswith("{") and '"kind":"request"' in line.replace(" ", ""):
            one = json.loads(line)
            for _ in range(one.get("times", 1)):
                yield f"{one['service']} {one['operation']}", one["ms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--folder", default=".", help="where the command runs")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="millrace-share-") as folder:
        log = pathlib.Path(folder) / "server.log"
        with Server(log, binary_path=arguments.binary, arguments=["--log-format", "json", "--log-requests"]) as server:
            environment = clean_environment(
                AWS_ENDPOINT_URL=server.endpoint, AWS_ACCESS_KEY_ID=ACCOUNT, AWS_SECRET_ACCESS_KEY=aws.SECRET, AWS_REGION=aws.REGION,
                AWS_DEFAULT_REGION=aws.REGION, HTTP_PROXY=server.endpoint, TF_IN_AUTOMATION="1")
            started = time.perf_counter()
            code = subprocess.run(arguments.command, cwd=arguments.folder, env=environment).returncode
            wall = time.perf_counter() - started
        requests = list(requests_of(log.read_text()))
    by_operation = collections.Counter()
    for name, ms in requests:
        by_operation[name] += ms
    for name, ms in by_operation.most_common(10):
        print(f"{ms:9.1f} ms  {name}")
    print(f"{sum(by_operation.values()):9.1f} ms in {len(requests)} requests, of {wall * 1000:,.0f} ms that the command took")
    raise SystemExit(code)


if __name__ == "__main__":
    main()
