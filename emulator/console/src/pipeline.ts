// What is connected with what in an account: read from the services, laid out from left to right.
import dagre from "@dagrejs/dagre";
import { admin, dynamodb, elements, lambda, parsed, query, rest, sqs, textOf } from "./aws";
import { nameOf } from "./ui";
import { account, link, region } from "./state";

export interface Node {
  id: string; // ARN, or an address
  kind: "table" | "function" | "queue" | "topic" | "bucket" | "api";
  name: string;
  href: string;
  note: string;
}
export interface Edge {
  from: string;
  to: string;
  text: string;
  href?: string;
  state: "fine" | "failing" | "off";
}
export interface Pipeline {
  nodes: Node[];
  edges: Edge[];
}
export interface Placed {
  width: number;
  height: number;
  nodes: (Node & { x: number; y: number })[];
  edges: (Edge & { points: { x: number; y: number }[]; x: number; y: number })[];
}

// No stack has more of one kind on one picture; the lists show all.
const SHOWN_MAX = 60;
export const NODE = { width: 190, height: 46 };

const HREF: Record<Node["kind"], string> = {
  table: "tables",
  function: "functions",
  queue: "queues",
  topic: "topics",
  bucket: "buckets",
  api: "functions",
};

function node(kind: Node["kind"], id: string, note = ""): Node {
  const name = kind === "table" ? nameOf(id.split("/stream/")[0]) : nameOf(id);
  return { id, kind, name, note, href: kind === "topic" ? link("topics") : link(HREF[kind], name) };
}

const tableOf = (arn: string) => arn.split("/stream/")[0];
const functionOf = (arn: string) => arn.split(":").slice(0, 7).join(":");

function kindOf(arn: string): Node["kind"] {
  const service = arn.split(":")[2];
  const kinds: Record<string, Node["kind"]> = { sqs: "queue", sns: "topic", s3: "bucket", lambda: "function", dynamodb: "table" };
  return kinds[service] ?? "api";
}

async function nothingIf<T>(asked: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await asked;
  } catch {
    return otherwise;
  }
}

export async function readPipeline(): Promise<Pipeline> {
  const [tables, functions, mappings, queues, topics, subscriptions, buckets, reports] = await Promise.all([
    dynamodb("ListTables", { Limit: SHOWN_MAX }),
    lambda(`/2015-03-31/functions?MaxItems=50`),
    lambda(`/2015-03-31/event-source-mappings?MaxItems=100`),
    sqs("ListQueues", { MaxResults: SHOWN_MAX }),
    query("sns", "2010-03-31", "ListTopics"),
    query("sns", "2010-03-31", "ListSubscriptions"),
    rest("s3", "GET", "/").then((answer) => answer.text()),
    nothingIf(admin("mappings"), { mappings: [] }),
  ]);
  const nodes = new Map<string, Node>();
  const edges: Edge[] = [];
  const add = (one: Node) => nodes.has(one.id) || nodes.set(one.id, one);
  const place = (service: string, rest: string) => `arn:aws:${service}:${region.value}:${account.value}:${rest}`;

  for (const name of tables.TableNames as string[]) add(node("table", place("dynamodb", `table/${name}`)));
  for (const one of functions.Functions) add(node("function", one.FunctionArn, one.Runtime ?? one.PackageType));
  for (const url of (queues.QueueUrls ?? []) as string[]) add(node("queue", place("sqs", nameOf(url))));
  for (const one of elements(topics, "TopicArn").slice(0, SHOWN_MAX)) add(node("topic", one.textContent!));

  const moved = new Map<string, any>(reports.mappings.map((report: any) => [report.uuid, report]));
  for (const mapping of mappings.EventSourceMappings) {
    const source = tableOf(mapping.EventSourceArn ?? "");
    add(node(kindOf(source), source));
    add(node("function", functionOf(mapping.FunctionArn)));
    const report = moved.get(mapping.UUID);
    const counts = report ? `${report.records.delivered} delivered, ${report.records.filteredOut} filtered out` : mapping.State;
    const failing = report && report.invocations.failed > 0 && !/^OK|No records/i.test(report.lastProcessingResult ?? "");
    edges.push({
      from: source,
      to: functionOf(mapping.FunctionArn),
      text: counts,
      href: link("mappings", mapping.UUID),
      state: mapping.State !== "Enabled" ? "off" : failing ? "failing" : "fine",
    });
    const destination = mapping.DestinationConfig?.OnFailure?.Destination;
    if (destination) {
      add(node(kindOf(destination), destination));
      edges.push({ from: functionOf(mapping.FunctionArn), to: destination, text: "on failure", state: "fine" });
    }
  }
  for (const one of elements(subscriptions, "member")) {
    const target = textOf(one, "Endpoint");
    if (!target.startsWith("arn:")) continue;
    add(node(kindOf(target), target));
    add(node("topic", textOf(one, "TopicArn")));
    edges.push({ from: textOf(one, "TopicArn"), to: target, text: "", state: "fine" });
  }
  await addBuckets(parsed(buckets), add, edges);
  await addDestinations(functions.Functions, add, edges);
  const known = edges.filter((edge) => nodes.has(edge.from) && nodes.has(edge.to));
  return { nodes: [...nodes.values()], edges: known };
}

async function addBuckets(listed: Document, add: (one: Node) => void, edges: Edge[]) {
  const names = elements(listed, "Bucket").slice(0, 20).map((one) => textOf(one, "Name"));
  for (const name of names) add(node("bucket", `arn:aws:s3:::${name}`));
  await Promise.all(
    names.map(async (name) => {
      const text = await nothingIf(rest("s3", "GET", `/${name}?notification`).then((answer) => answer.text()), "<none/>");
      for (const tag of ["CloudFunction", "Queue", "Topic"]) {
        for (const target of elements(parsed(text), tag)) {
          add(node(kindOf(target.textContent!), target.textContent!));
          edges.push({ from: `arn:aws:s3:::${name}`, to: functionOf(target.textContent!), text: "", state: "fine" });
        }
      }
    }),
  );
}

async function addDestinations(functions: any[], add: (one: Node) => void, edges: Edge[]) {
  await Promise.all(
    functions.slice(0, 30).map(async (one) => {
      const path = `/2019-09-25/functions/${encodeURIComponent(one.FunctionName)}/event-invoke-config/list`;
      const configs = await nothingIf(lambda(path), { FunctionEventInvokeConfigs: [] });
      for (const config of configs.FunctionEventInvokeConfigs) {
        for (const [when, text] of [["OnFailure", "on failure"], ["OnSuccess", "on success"]]) {
          const target = config.DestinationConfig?.[when]?.Destination;
          if (!target) continue;
          add(node(kindOf(target), target));
          edges.push({ from: one.FunctionArn, to: target, text, state: "fine" });
        }
      }
    }),
  );
}

export function laidOut(pipeline: Pipeline): Placed {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 18, ranksep: 210, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  const connected = new Set(pipeline.edges.flatMap((edge) => [edge.from, edge.to]));
  const nodes = pipeline.nodes.filter((one) => connected.has(one.id));
  for (const one of nodes) graph.setNode(one.id, { ...NODE });
  pipeline.edges.forEach((edge, at) => graph.setEdge(edge.from, edge.to, {}, String(at)));
  dagre.layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  return {
    width: Math.max(10, size.width ?? 0),
    height: Math.max(10, size.height ?? 0),
    nodes: nodes.map((one) => ({ ...one, x: graph.node(one.id).x, y: graph.node(one.id).y })),
    edges: pipeline.edges.map((edge, at) => {
      const { points } = graph.edge(edge.from, edge.to, String(at));
      const middle = points[Math.floor(points.length / 2)];
      return { ...edge, points, x: middle.x, y: middle.y };
    }),
  };
}
