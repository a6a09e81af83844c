// The pipeline, drawn as it is now.
import { useMemo, useRef } from "preact/hooks";
import { admin } from "../aws";
import { Plot } from "../plot";
import { laidOut, NODE, readPipeline, type Placed } from "../pipeline";
import { link } from "../state";
import { Panel, Problem, Rows, useLoad } from "../ui";

const EVERY_MS = 2000;
const SAMPLES_MAX = 150; // five minutes

const NEWS_MAX = 15;

interface Event {
  at: string;
  what: string;
  records: number;
  first: string;
  reason?: string;
}

/** `orders` of a stream's ARN, else the resource's name. */
function sourceName(arn: string): string {
  const resource = arn.split(":").slice(5).join(":");
  return resource.startsWith("table/") ? resource.split("/")[1] : resource;
}

/** What became of the last records of all mappings, newest first: a change that didn't reach its handler says why. */
function News({ mappings }: { mappings: any[] }) {
  const events = mappings.flatMap((one) => one.recent.map((event: Event) => ({ event, one })));
  events.sort((a, b) => (a.event.at < b.event.at ? 1 : -1));
  return (
    <Panel title="What became of the last changes">
      <Rows
        head={["at", "from", "to", "verdict", "records", "the first", "why"]}
        none="Nothing went through a mapping since the server's start."
        rows={events.slice(0, NEWS_MAX).map(({ event, one }) => [
          <time>{event.at.slice(11, 23)}</time>,
          <a href={link("trace", sourceName(one.source))}>{sourceName(one.source)}</a>,
          <a href={link("mappings", one.uuid)}>{one.function.split(":")[6]}</a>,
          <span class={`verdict ${event.what.replaceAll(" ", "-")}`}>{event.what}</span>,
          event.records,
          <code>{event.first}</code>,
          event.reason ?? "",
        ])}
      />
    </Panel>
  );
}

function Drawing({ placed }: { placed: Placed }) {
  const shown = useRef(new Map<string, string>());
  const before = new Map(shown.current);
  const pathOf = (edge: Placed["edges"][number]) => "M" + edge.points.map((p) => `${p.x},${p.y}`).join("L");
  for (const edge of placed.edges) shown.current.set(edge.from + " " + edge.to, edge.text);
  const moved = (edge: Placed["edges"][number]) => (before.get(edge.from + " " + edge.to) ?? edge.text) !== edge.text;
  return (
    <div class="scroll">
      <svg class="pipeline" width={placed.width} height={placed.height} role="img" aria-label="the pipeline">
        {placed.edges.map((edge, at) => (
          <g key={at} class={`edge ${edge.state}`}>
            <path d={pathOf(edge)} />
            {moved(edge) && <circle key={edge.text} class="moving" r={5} style={{ offsetPath: `path("${pathOf(edge)}")` }} />}
            <circle cx={edge.points[edge.points.length - 1].x} cy={edge.points[edge.points.length - 1].y} r={3} />
            {edge.text && (
              <a href={edge.href ?? "#/"}>
                <text x={edge.x} y={edge.y - 6} text-anchor="middle">
                  {edge.text}
                </text>
              </a>
            )}
          </g>
        ))}
        {placed.nodes.map((one) => (
          <a key={one.id} href={one.href}>
            <g class={`node ${one.kind}`} transform={`translate(${one.x - NODE.width / 2},${one.y - NODE.height / 2})`}>
              <title>{one.id}</title>
              <rect width={NODE.width} height={NODE.height} rx={6} />
              <text x={12} y={19}>
                {one.name.length > 24 ? one.name.slice(0, 23) + "…" : one.name}
              </text>
              <text x={12} y={36} class="kind">
                {one.kind} {one.note}
              </text>
            </g>
          </a>
        ))}
      </svg>
    </div>
  );
}

/** Records a second of all mappings, since the page was opened. */
function useRates(counted: number | undefined) {
  const samples = useRef<{ at: number; records: number }[]>([]);
  if (counted !== undefined) {
    const last = samples.current[samples.current.length - 1];
    const now = Date.now() / 1000;
    if (!last || now - last.at > 0.5) samples.current.push({ at: now, records: counted });
    if (samples.current.length > SAMPLES_MAX) samples.current.shift();
  }
  const at: number[] = [];
  const rate: number[] = [];
  for (let n = 1; n < samples.current.length; ++n) {
    const [before, after] = [samples.current[n - 1], samples.current[n]];
    at.push(after.at);
    rate.push(Math.max(0, (after.records - before.records) / (after.at - before.at)));
  }
  return [at, rate] as [number[], number[]];
}

export function Home() {
  const pipeline = useLoad(readPipeline, [], EVERY_MS);
  const reports = useLoad(() => admin("mappings"), [], EVERY_MS);
  const placed = useMemo(() => pipeline.value && laidOut(pipeline.value), [pipeline.value]);
  // Drawn again with each look at the pipeline only: what moves is to arrive.
  const drawing = useMemo(() => placed && placed.edges.length > 0 && <Drawing placed={placed} />, [placed]);
  const all: any[] = reports.value?.mappings ?? [];
  const rates = useRates(reports.value && all.reduce((sum, one) => sum + one.records.delivered + one.records.filteredOut, 0));
  return (
    <>
      <Problem error={pipeline.error} />
      <Panel title="Pipeline">
        {drawing}
        {placed && placed.edges.length === 0 && (
          <p class="none">
            Nothing is connected in this account and region: {pipeline.value!.nodes.length} resources, no mapping, subscription or
            notification. Another account can be chosen above.
          </p>
        )}
      </Panel>
      <News mappings={all} />
      <Panel title="Records a second, of all mappings">
        <Plot at={rates[0].length > 1 ? rates[0] : []} values={rates[0].length > 1 ? rates[1] : []} label="records/s" />
      </Panel>
      <Panel title="Event source mappings of all accounts">
        <Rows
          head={["source", "function", "state", "last result", "delivered", "filtered out", "failed", "given up"]}
          none="There is no event source mapping."
          rows={all.map((one) => [
            <a href={link("mappings", one.uuid)}>{one.source.split(":").slice(5).join(":")}</a>,
            one.function.split(":").slice(6).join(":"),
            one.state,
            one.lastProcessingResult,
            one.records.delivered,
            one.records.filteredOut,
            one.invocations.failed,
            one.records.givenUp,
          ])}
        />
      </Panel>
    </>
  );
}
