"""Makes the README's pictures anew: .github/page.png and .github/terminal.svg, of one small shop.

    /usr/bin/python3 tests/console/shots.py [build/millrace]

Needs node, npm and chromium, as the page's tests do (test_console.py).
"""

import fcntl
import io
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import zipfile
from xml.sax.saxutils import escape

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from harness import aws  # noqa: E402
from harness.server import ROOT, binary, clean_environment, free_port  # noqa: E402
from harness.waiting import until  # noqa: E402

ACCOUNT = "000000000000"
SHIP = """
import boto3
def handler(event, context):
    for record in event["Records"]:
        order = record["dynamodb"]["NewImage"]
        print("shipping", order["Id"]["S"])
        if "Address" not in order:
            raise ValueError("an order without an address: " + order["Id"]["S"])
"""
INDEX = """
def handler(event, context):
    print("indexed", event["Records"][0]["s3"]["object"]["key"])
"""
COLUMNS = 132
SHOT = """
import {{ createRequire }} from "node:module";
const require = createRequire({folder!r} + "/");
const {{ chromium }} = require("playwright-core");
const browser = await chromium.launch({{ executablePath: {chromium!r}, args: ["--no-sandbox"] }});
const page = await browser.newPage({{ viewport: {{ width: 1120, height: 860 }} }});
await page.goto({url!r});
await page.locator("svg.pipeline .node.function").first().waitFor();
await page.locator(".verdict").nth(3).waitFor();
await page.waitForTimeout(2500);
await page.screenshot({{ path: {path!r} }});
await browser.close();
"""


def zipped(source):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


class Terminal:
    """serve in a terminal of its own; `text` is what it showed, colours and all."""

    def __init__(self, program, port):
        self.text = ""
        pid, self._end = pty.fork()
        if pid == 0:
            os.execve(program, [program, "serve", "--ephemeral", "--port", str(port)],
                      {**clean_environment(), "TERM": "xterm-256color"})
        self.pid = pid
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                self.text += os.read(self._end, 65536).decode(errors="replace")
            except OSError:
                return

    def stop(self):
        os.kill(self.pid, 15)
        os.waitpid(self.pid, 0)


def tell_story(url):
    """Tables, a function with a filter, a queue for what fails, a bucket that calls another function; four orders."""
    client = lambda service: aws.make_client(url, service, ACCOUNT)  # noqa: E731
    dynamodb, lam, iam, s3, sqs = map(client, ("dynamodb", "lambda", "iam", "s3", "sqs"))
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    role = iam.create_role(RoleName="shop", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="shop", PolicyName="all", PolicyDocument=json.dumps(allow))
    stream = dynamodb.create_table(
        TableName="Orders", BillingMode="PAY_PER_REQUEST", AttributeDefinitions=[{"AttributeName": "Id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "Id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})["TableDescription"]["LatestStreamArn"]
    queue = sqs.create_queue(QueueName="failed-orders")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for name, source in (("ship", SHIP), ("index", INDEX)):
        lam.create_function(FunctionName=name, Runtime="python3.12", Handler="index.handler", Role=role, Code={"ZipFile": zipped(source)})
        lam.get_waiter("function_active_v2").wait(FunctionName=name)
    mapping = lam.create_event_source_mapping(
        FunctionName="ship", EventSourceArn=stream, StartingPosition="TRIM_HORIZON", MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue}},
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"dynamodb": {"NewImage": {"Size": {"S": ["large"]}}}})}]})["UUID"]
    s3.create_bucket(Bucket="receipts")
    lam.add_permission(FunctionName="index", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
    s3.put_bucket_notification_configuration(Bucket="receipts", NotificationConfiguration={"LambdaFunctionConfigurations": [
        {"LambdaFunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:index", "Events": ["s3:ObjectCreated:*"]}]})
    until(lambda: lam.get_event_source_mapping(UUID=mapping)["State"] == "Enabled", "the mapping is enabled")

    def order(id, size, **rest):
        dynamodb.put_item(TableName="Orders", Item={"Id": {"S": id}, "Size": {"S": size}, **rest})
        time.sleep(0.6)

    address = {"Address": {"S": "12 Mill Lane"}}
    order("o-1", "large", **address)
    order("o-2", "small", **address)
    order("o-3", "large")
    s3.put_object(Bucket="receipts", Key="2026/o-1.pdf", Body=b"paid")
    order("o-4", "large", **address)
    iam.create_user(UserName="intern")
    key = iam.create_access_key(UserName="intern")["AccessKey"]
    try:
        aws.make_client(url, "dynamodb", key["AccessKeyId"], secret=key["SecretAccessKey"]).delete_item(TableName="Orders", Key={"Id": {"S": "o-1"}})
    except Exception:  # noqa: BLE001  (that is the picture)
        pass
    time.sleep(1)


COLOURS = {"31": "#f47067", "32": "#57ab5a", "33": "#daaa3f", "36": "#39c5cf"}


def spans(line):
    """[(text, style)] of a line with colours."""
    out, style = [], ""
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if not part.startswith("\x1b"):
            if part:
                out.append((part, style))
            continue
        code = part[2:-1]
        style = {"2": "opacity:.55", "1": "font-weight:bold"}.get(code, f"fill:{COLOURS[code]}" if code in COLOURS else "")
    return out


def wrapped(line):
    """The rows that a terminal of this width makes of a line: [[(text, style)]]."""
    rows, room = [[]], COLUMNS
    for text, style in spans(line):
        while text:
            if room == 0:
                rows.append([])
                room = COLUMNS
            rows[-1].append((text[:room], style))
            text, room = text[room:], room - len(text[:room])
    return rows


def picture(lines):
    """The terminal as SVG: text, so that it is small and sharp."""
    rows = [row for line in lines for row in wrapped(line)]
    texts = ""
    for n, row in enumerate(rows):
        words = "".join(f'<tspan style="{style}">{escape(text)}</tspan>' if style else escape(text) for text, style in row)
        texts += f'<text x="12" y="{28 + n * 17}" style="white-space:pre">{words}</text>\n'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{COLUMNS * 7.25 + 24:.0f}" height="{len(rows) * 17 + 24}" font-size="12" '
            'font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" fill="#adbac7">\n'
            f'<rect width="100%" height="100%" rx="8" fill="#1c2128"/>\n{texts}</svg>\n')


def page_shot(url, path):
    folder = binary().parent / "console-tests"  # test_console.py installs playwright-core there
    script = pathlib.Path(tempfile.mkdtemp()) / "shot.mjs"
    script.write_text(SHOT.format(folder=str(folder), chromium=shutil.which("chromium"), url=url + "/_millrace/", path=str(path)))
    try:
        subprocess.run(["node", str(script)], check=True, timeout=120)
    finally:
        shutil.rmtree(script.parent)


def main():
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    terminal = Terminal(sys.argv[1] if len(sys.argv) > 1 else str(binary()), port)
    try:
        until(lambda: "Ready." in terminal.text, "the server is ready")
        tell_story(url)
        page_shot(url, ROOT / ".github/page.png")
    finally:
        terminal.stop()
    shown = terminal.text.replace(f":{port}", ":4566").replace("\r", "")
    shown = re.sub(r"[0-9a-f]{32}(?= \()", "0123456789abcdef0123456789abcdef", shown)
    lines = [line.rstrip() for line in shown.splitlines()]
    # What Terraform's users see last: the orders, not how the shop was made.
    first = next(n for n, line in enumerate(lines) if "PutItem" in line)
    opening = lines[:lines.index("Ready.") + 1]
    (ROOT / ".github/terminal.svg").write_text(picture(opening + ["  ..."] + lines[first:first + 32]))


if __name__ == "__main__":
    main()
