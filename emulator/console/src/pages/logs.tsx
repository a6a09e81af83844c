// Log groups and their newest lines.
import { useState } from "preact/hooks";
import { AwsError, logs } from "../aws";
import { link } from "../state";
import { clock } from "../live";
import { Action, Panel, Problem, Rows, time, useLoad } from "../ui";

const LINES = 200;
const LOOK_BACK_MS = 24 * 3600 * 1000;

export function LogGroups() {
  const groups = useLoad(() => logs("DescribeLogGroups", { limit: 50 }), [], 3000);
  return (
    <Panel title="Log groups">
      <Problem error={groups.error} />
      <Rows
        head={["group", "bytes", "kept for"]}
        none="No log group in this account and region."
        rows={(groups.value?.logGroups ?? []).map((one: any) => [
          <a href={link("logs", one.logGroupName)}>{one.logGroupName}</a>,
          one.storedBytes,
          one.retentionInDays ? `${one.retentionInDays} days` : "ever",
        ])}
      />
    </Panel>
  );
}

async function newest(group: string, pattern: string): Promise<any[]> {
  // Asked first: a function that never ran has no group, which is nothing that a browser's console should show as an error.
  const groups = await logs("DescribeLogGroups", { logGroupNamePrefix: group, limit: 50 });
  if (!groups.logGroups.some((one: any) => one.logGroupName === group)) return [];
  try {
    const streams = await logs("DescribeLogStreams", { logGroupName: group, orderBy: "LastEventTime", descending: true, limit: 5 });
    const newestAt = Math.max(0, ...streams.logStreams.map((one: any) => one.lastEventTimestamp ?? 0));
    const events: any[] = [];
    let nextToken: string | undefined;
    do {
      const page: any = await logs("FilterLogEvents", {
        logGroupName: group,
        startTime: Math.max(0, newestAt - LOOK_BACK_MS),
        filterPattern: pattern || undefined,
        nextToken,
      });
      events.push(...page.events);
      if (events.length > LINES) events.splice(0, events.length - LINES);
      nextToken = page.nextToken;
    } while (nextToken);
    return events;
  } catch (error) {
    if (error instanceof AwsError && error.code === "ResourceNotFoundException") return [];
    throw error;
  }
}

export function Tail({ group }: { group: string }) {
  const [pattern, set] = useState("");
  const [wanted, want] = useState("");
  const lines = useLoad(() => newest(group, wanted), [group, wanted], 1500);
  return (
    <Panel
      title={<a href={link("logs", group)}>{group}</a>}
      actions={
        <form
          onSubmit={(event) => {
            event.preventDefault();
            want(pattern);
          }}
        >
          <input placeholder="filter pattern" value={pattern} onInput={(event) => set(event.currentTarget.value)} />
          <button>filter</button>
        </form>
      }
    >
      <Problem error={lines.error} />
      {lines.value && !lines.value.length && <p class="none">No line.</p>}
      <pre class="log">
        {(lines.value ?? []).map((event) => (
          <div key={event.eventId} class={/ERROR|Traceback|Task timed out/.test(event.message) ? "wrong" : ""}>
            <time>{time(event.timestamp).slice(11)}</time> {event.message.trimEnd()}
          </div>
        ))}
      </pre>
    </Panel>
  );
}

const INSIGHTS_DAYS = 7;
const LOOK_MS = 200;

/** A query of Logs Insights over the last days. */
function Insights({ group }: { group: string }) {
  const [text, set] = useState("fields @timestamp, @message | sort @timestamp desc | limit 20");
  const [rows, setRows] = useState<any[][]>();
  const [running, setRunning] = useState(false);
  const run = async () => {
    setRunning(true);
    try {
      const now = Math.ceil((clock.value?.now ?? Date.now()) / 1000) + 60;
      const { queryId } = await logs("StartQuery", {
        logGroupName: group, queryString: text, startTime: now - INSIGHTS_DAYS * 86_400, endTime: now,
      });
      let answer: any;
      do {
        await new Promise((done) => setTimeout(done, LOOK_MS));
        answer = await logs("GetQueryResults", { queryId });
      } while (answer.status === "Running" || answer.status === "Scheduled");
      setRows(answer.results);
    } finally {
      setRunning(false);
    }
  };
  const names = [...new Set((rows ?? []).flatMap((row) => row.map((cell) => cell.field as string)))].filter((name) => name !== "@ptr");
  return (
    <Panel title="Insights">
      <textarea rows={2} spellcheck={false} aria-label="the query" value={text} onInput={(event) => set(event.currentTarget.value)} />
      <div class="actions">
        <Action text={running ? "running …" : "run"} run={run} />
      </div>
      {rows && (
        <Rows
          head={names}
          none="No result in the last 7 days."
          rows={rows.map((row) => names.map((name) => <code>{row.find((cell) => cell.field === name)?.value ?? ""}</code>))}
        />
      )}
    </Panel>
  );
}

export function LogGroup({ name }: { name: string }) {
  return (
    <>
      <Tail group={name} />
      <Insights group={name} />
    </>
  );
}
