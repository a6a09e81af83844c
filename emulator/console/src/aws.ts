// Requests to the emulator as an account's root, in the services' own protocols. The page and the services have one
// origin. Signatures of keys that the emulator didn't issue aren't checked, so that none is made.
import { account, region } from "./state";

export class AwsError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message || code);
  }
}

function authorization(service: string): Record<string, string> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${account.value}/${date.slice(0, 8)}/${region.value}/${service}/aws4_request`;
  return {
    "x-amz-date": date,
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
  };
}

async function failed(answer: Response): Promise<AwsError> {
  const text = await answer.text();
  try {
    const body = JSON.parse(text);
    const code = answer.headers.get("x-amzn-errortype") ?? body.__type ?? body.Code ?? "";
    return new AwsError(String(code).split("#").pop()!.split(":")[0], body.message ?? body.Message ?? text, answer.status);
  } catch {
    const xml = parsed(text);
    return new AwsError(textOf(xml, "Code"), textOf(xml, "Message") || text.slice(0, 400), answer.status);
  }
}

/** A JSON protocol: `target` is "DynamoDB_20120810". */
export async function json<T = any>(service: string, target: string, operation: string, input: object = {}): Promise<T> {
  const version = ["logs", "kms", "secretsmanager", "ssm", "events"].includes(service) ? "1.1" : "1.0";
  const answer = await fetch("/", {
    method: "POST",
    headers: {
      ...authorization(service),
      "content-type": `application/x-amz-json-${version}`,
      "x-amz-target": `${target}.${operation}`,
    },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw await failed(answer);
  return answer.json();
}

export const dynamodb = <T = any>(operation: string, input?: object) =>
  json<T>("dynamodb", "DynamoDB_20120810", operation, input);
export const streams = <T = any>(operation: string, input?: object) =>
  json<T>("dynamodb", "DynamoDBStreams_20120810", operation, input);
export const logs = <T = any>(operation: string, input?: object) => json<T>("logs", "Logs_20140328", operation, input);
export const sqs = <T = any>(operation: string, input?: object) => json<T>("sqs", "AmazonSQS", operation, input);

export const cloudwatch = <T = any>(operation: string, input?: object) =>
  json<T>("monitoring", "GraniteServiceVersion20100801", operation, input);
export const events = <T = any>(operation: string, input?: object) => json<T>("events", "AWSEvents", operation, input);
export const ssm = <T = any>(operation: string, input?: object) => json<T>("ssm", "AmazonSSM", operation, input);
export const secrets = <T = any>(operation: string, input?: object) =>
  json<T>("secretsmanager", "secretsmanager", operation, input);

/** A REST protocol: Lambda's JSON, S3's XML. */
export async function rest(service: string, method: string, path: string, body?: BodyInit, headers = {}): Promise<Response> {
  const answer = await fetch(path, { method, headers: { ...authorization(service), ...headers }, body });
  if (!answer.ok) throw await failed(answer);
  return answer;
}
export const lambda = async <T = any>(path: string): Promise<T> => (await rest("lambda", "GET", path)).json();

/** The query protocol, whose answers are XML. */
export async function query(service: string, version: string, action: string, input: Record<string, string> = {}) {
  const answer = await fetch("/", {
    method: "POST",
    headers: { ...authorization(service), "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ Action: action, Version: version, ...input }),
  });
  if (!answer.ok) throw await failed(answer);
  return parsed(await answer.text());
}

const WITHOUT_SESSION =
  "This page has no session. Load it again; where the server wants its token, by the link that serve printed (/_millrace/?token=…).";

/** The emulator's own API under /_millrace/. */
export async function admin<T = any>(path: string, method = "GET", body?: string): Promise<T> {
  const answer = await fetch(`/_millrace/${path}`, { method, body });
  const text = await answer.text();
  let told: any = text;
  try {
    told = JSON.parse(text);
  } catch {
    // Text is what some routes answer.
  }
  if (answer.status === 401) throw new AwsError("", WITHOUT_SESSION, 401);
  if (!answer.ok) throw new AwsError("", told?.message ?? text, answer.status);
  return told;
}

export function parsed(text: string): Document {
  return new DOMParser().parseFromString(text, "text/xml");
}
export function textOf(node: Document | Element, name: string): string {
  return node.getElementsByTagName(name)[0]?.textContent ?? "";
}
export function elements(node: Document | Element, name: string): Element[] {
  return [...node.getElementsByTagName(name)];
}
