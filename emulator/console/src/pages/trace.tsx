// What followed from what: the trees of `millrace trace`, each step with its place in time.
import { useState } from "preact/hooks";
import { admin } from "../aws";
import { link } from "../state";
import { Panel, Problem, useLoad } from "../ui";

interface Step {
  kind: string;
  text: string;
  key?: string;
  at?: string;
  ms?: number;
  reason?: string;
  log?: string[];
  failed?: boolean;
  children: Step[];
}

interface Span {
  from: number;
  to: number;
}

/** When a step began and ended. */
function spanOf(step: Step): Span | undefined {
  if (!step.at) return undefined;
  const at = Date.parse(step.at);
  const ms = step.ms ?? 0;
  return { from: at, to: at + ms };
}

function wholeSpan(step: Step): Span {
  const spans = [spanOf(step), ...step.children.map(wholeSpan)].filter((one): one is Span => one !== undefined);
  if (!spans.length) return { from: Infinity, to: -Infinity };
  return { from: Math.min(...spans.map((one) => one.from)), to: Math.max(...spans.map((one) => one.to)) };
}

function Bar({ step, whole }: { step: Step; whole: Span }) {
  const span = spanOf(step);
  const length = Math.max(1, whole.to - whole.from);
  if (!span) return <span class="bar" />;
  const left = (100 * (span.from - whole.from)) / length;
  const width = Math.max(0.6, (100 * (span.to - span.from)) / length);
  return (
    <span class="bar" title={`${(span.from - whole.from).toFixed(1)} ms after the beginning, for ${(step.ms ?? 0).toFixed(1)} ms`}>
      <span class={step.failed ? "wrong" : ""} style={{ left: `${Math.min(99.4, left)}%`, width: `${Math.min(width, 100)}%` }} />
    </span>
  );
}

function Row({ step, depth, whole }: { step: Step; depth: number; whole: Span }) {
  const more = step.reason || step.log?.length;
  const said = (
    <span class={step.failed ? "said problem" : "said"}>
      <b class={`kind ${step.kind.replaceAll(" ", "-")}`}>{step.kind}</b> {step.text}
    </span>
  );
  return (
    <>
      <li class="step">
        <Bar step={step} whole={whole} />
        <span class="when">{step.ms !== undefined ? `${step.ms.toFixed(1)} ms` : ""}</span>
        {/* Bars stand below each other; only what is said is indented. */}
        <span style={{ flex: `0 0 ${depth * 14}px` }} />
        {more ? (
          <details open={step.failed || step.kind === "verdict"}>
            <summary>{said}</summary>
            {step.reason && <pre>{step.reason}</pre>}
            {step.log && step.log.length > 0 && <pre class="log">{step.log.join("\n")}</pre>}
          </details>
        ) : (
          said
        )}
      </li>
      {step.children.map((child, at) => (
        <Row key={at} step={child} depth={depth + 1} whole={whole} />
      ))}
    </>
  );
}

export function Trace({ of, item }: { of: string; item: string }) {
  const [wanted, set] = useState(of);
  const [within, setWithin] = useState(item);
  const told = useLoad(async () => {
    if (!of) return [] as Step[];
    const parameters = new URLSearchParams({ of, last: "20" });
    if (item) parameters.set("item", item);
    return (await admin(`trace?${parameters}`)).trees as Step[];
  }, [of, item], 1000);
  const trees = [...(told.value ?? [])].reverse();
  return (
    <>
      <Panel
        title="What followed from what"
        actions={
          <form
            onSubmit={(event) => {
              event.preventDefault();
              location.hash = within.trim() ? link("trace", wanted.trim(), within.trim()) : link("trace", wanted.trim());
            }}
          >
            <input
              aria-label="of what"
              placeholder="table, function, queue, id …"
              size={26}
              value={wanted}
              onInput={(event) => set(event.currentTarget.value)}
            />
            <input aria-label="item's key" placeholder="a table's item" value={within} onInput={(event) => setWithin(event.currentTarget.value)} />
            <button>trace</button>
          </form>
        }
      >
        <Problem error={told.error} />
        {!of && (
          <p class="none">
            Name a table, queue, topic, bucket, function or rule, or the id of a request or message: each of its newest requests is shown
            with the records, verdicts, batches, attempts, errors, log lines and messages that followed from it, and with what handlers
            called in turn.
          </p>
        )}
        {of && told.value && !trees.length && <p class="none">Nothing is known of {of} since the server's start.</p>}
      </Panel>
      {trees.map((tree) => {
        const whole = wholeSpan(tree);
        return (
          <Panel key={tree.key ?? tree.text} title={tree.at ? `${tree.at.replace("T", " ").replace("Z", "")}` : tree.kind}>
            <ul class="trace">
              <Row step={tree} depth={0} whole={whole} />
            </ul>
          </Panel>
        );
      })}
    </>
  );
}
