// One request to a service, as any SDK would send it, and a stack made by hand: for tests that have no SDK at hand.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export class ServiceError extends Error {
  constructor(status, answer, body) {
    super(answer.message ?? answer.Message ?? body);
    this.status = status;
    this.code = answer.__type?.split("#").pop() ?? answer.code;
    this.answer = answer;
  }
}

/** call(account)("dynamodb", "PutItem", {...}): an operation of a JSON protocol. */
export function call(account) {
  const targets = { dynamodb: ["DynamoDB_20120810", "1.0"], streams: ["DynamoDBStreams_20120810", "1.0"], sqs: ["AmazonSQS", "1.0"] };
  return async (service, operation, input) => {
    const [target, version] = targets[service];
    const answer = await send(account, service === "streams" ? "dynamodb" : service, "POST", "/", JSON.stringify(input), {
      "content-type": `application/x-amz-json-${version}`,
      "x-amz-target": `${target}.${operation}`,
    });
    return JSON.parse(answer || "{}");
  };
}

/** A request signed as the account's root: its signature isn't looked at. */
export async function send(account, service, method, where, body, headers = {}) {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${account.id}/${date.slice(0, 8)}/${account.region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  const answer = await fetch(account.server.url + where, {
    method,
    body,
    headers: { ...headers, "x-amz-date": date, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", authorization },
  });
  const text = await answer.text();
  if (answer.ok) return text;
  let parsed = {};
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = { code: /<Code>([^<]*)/.exec(text)?.[1], message: /<Message>([^<]*)/.exec(text)?.[1] };
  }
  parsed.__type ??= answer.headers.get("x-amzn-errortype") ?? undefined;
  throw new ServiceError(answer.status, parsed, text);
}

const HANDLER = `
def handler(event, context):
    for record in event.get("Records", []):
        print("got", record["dynamodb"]["Keys"]["Id"]["S"])
    return "fine"
`;
export const FAILS = `
def handler(event, context):
    raise Exception("never")
`;

/** A table `Users` with a stream, mapped to a function that prints whom it got. */
export async function makeUsers(account, source = HANDLER) {
  const folder = mkdtempSync(path.join(tmpdir(), "millrace-"));
  writeFileSync(path.join(folder, "index.py"), source);
  execFileSync("python3", ["-c", "import zipfile; zipfile.ZipFile('f.zip', 'w').write('index.py')"], { cwd: folder });
  const zip = readFileSync(path.join(folder, "f.zip")).toString("base64");
  rmSync(folder, { recursive: true });
  const role = `arn:aws:iam::${account.id}:role/notice`;
  const iam = (action, more) =>
    send(account, "iam", "POST", "/", new URLSearchParams({ Action: action, Version: "2010-05-08", RoleName: "notice", ...more }), {
      "content-type": "application/x-www-form-urlencoded",
    });
  const statement = (more) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });
  await iam("CreateRole", {
    AssumeRolePolicyDocument: statement({ Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }),
  });
  await iam("PutRolePolicy", { PolicyName: "all", PolicyDocument: statement({ Action: "*", Resource: "*" }) });
  const lambda = (where, input) => send(account, "lambda", "POST", where, JSON.stringify(input));
  await lambda("/2015-03-31/functions", {
    FunctionName: "notice", Role: role, Runtime: "python3.11", Handler: "index.handler", Timeout: 5, Code: { ZipFile: zip },
  });
  const made = await call(account)("dynamodb", "CreateTable", {
    TableName: "Users", BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "Id", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "Id", KeyType: "HASH" }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  });
  const stream = made.TableDescription.LatestStreamArn;
  const mapping = await lambda("/2015-03-31/event-source-mappings", {
    EventSourceArn: stream, FunctionName: "notice", StartingPosition: "TRIM_HORIZON",
  });
  return { stream, mapping: JSON.parse(mapping).UUID };
}

export const put = (account, id) => call(account)("dynamodb", "PutItem", { TableName: "Users", Item: { Id: { S: id } } });
export const got = async (account) =>
  (await account.logsOf("notice")).filter((line) => line.startsWith("got ")).map((line) => line.slice(4));
