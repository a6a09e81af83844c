// Functions: settings, a call by hand, what they log.
import { useState } from "preact/hooks";
import { lambda, rest } from "../aws";
import { link } from "../state";
import { Action, Facts, Panel, pretty, Problem, Rows, useLoad } from "../ui";
import { Tail } from "./logs";

export function Functions() {
  const functions = useLoad(() => lambda("/2015-03-31/functions?MaxItems=50"), [], 3000);
  const all: any[] = functions.value?.Functions ?? [];
  return (
    <Panel title="Functions">
      <Problem error={functions.error} />
      <Rows
        head={["function", "runtime", "handler", "memory", "timeout", "changed"]}
        none="No function in this account and region."
        rows={all.map((one) => [
          <a href={link("functions", one.FunctionName)}>{one.FunctionName}</a>,
          one.Runtime ?? one.PackageType,
          one.Handler ?? "",
          `${one.MemorySize} MB`,
          `${one.Timeout} s`,
          one.LastModified.slice(0, 19),
        ])}
      />
    </Panel>
  );
}

interface Answer {
  error: string;
  body: string;
  log: string;
  ms: number;
}

async function invoke(name: string, payload: string): Promise<Answer> {
  JSON.parse(payload);
  const began = performance.now();
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;
  const answer = await rest("lambda", "POST", path, payload, { "x-amz-log-type": "Tail" });
  const body = await answer.text();
  const log = answer.headers.get("x-amz-log-result") ?? "";
  const bytes = Uint8Array.from(atob(log), (c) => c.charCodeAt(0));
  return {
    error: answer.headers.get("x-amz-function-error") ?? "",
    body,
    log: new TextDecoder().decode(bytes),
    ms: performance.now() - began,
  };
}

function Test({ name }: { name: string }) {
  const [payload, set] = useState(sessionStorage.getItem(`payload.${name}`) ?? "{}");
  const [answer, setAnswer] = useState<Answer>();
  return (
    <Panel title="Invoke">
      <textarea
        rows={5}
        value={payload}
        spellcheck={false}
        aria-label="the event"
        onInput={(event) => {
          set(event.currentTarget.value);
          sessionStorage.setItem(`payload.${name}`, event.currentTarget.value);
        }}
      />
      <div class="actions">
        <Action text="invoke" run={async () => setAnswer(await invoke(name, payload))} />
      </div>
      {answer && (
        <>
          <p class={answer.error ? "problem" : "fine"}>
            {answer.error || "succeeded"} after {answer.ms.toFixed(1)} ms
          </p>
          <pre class="answer">{answer.body}</pre>
          <pre>{answer.log}</pre>
        </>
      )}
    </Panel>
  );
}

export function FunctionPage({ name }: { name: string }) {
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}`;
  const one = useLoad(() => lambda(path), [name], 5000);
  const mappings = useLoad(() => lambda(`/2015-03-31/event-source-mappings?FunctionName=${encodeURIComponent(name)}`), [name], 5000);
  const config = one.value?.Configuration;
  return (
    <>
      <Problem error={one.error} />
      {config && (
        <Panel title={name} actions={<a href={link("trace", name)}>trace its invocations</a>}>
          <Facts
            of={[
              ["state", config.State + (config.LastUpdateStatus !== "Successful" ? ` (${config.LastUpdateStatus})` : "")],
              ["runtime", config.Runtime ?? config.PackageType],
              ["handler", config.Handler ?? ""],
              ["memory", `${config.MemorySize} MB`],
              ["timeout", `${config.Timeout} s`],
              ["role", config.Role],
              ["code", `${config.CodeSize} bytes, ${config.CodeSha256}`],
            ]}
          />
          <Rows
            head={["fed by", "state", "batch"]}
            none="No event source mapping feeds it."
            rows={(mappings.value?.EventSourceMappings ?? []).map((mapping: any) => [
              <a href={link("mappings", mapping.UUID)}>{mapping.EventSourceArn}</a>,
              mapping.State,
              mapping.BatchSize,
            ])}
          />
        </Panel>
      )}
      {config && <Test name={name} />}
      {config && <Tail group={config.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`} />}
      {config && (
        <Panel title="All settings">
          <pre>{pretty(config)}</pre>
        </Panel>
      )}
    </>
  );
}
