// Rules and schedules, and a place to try patterns.
import { useState } from "preact/hooks";
import { events, rest } from "../aws";
import { link } from "../state";
import { Action, Panel, Problem, Rows, useLoad } from "../ui";

const DEFAULT_EVENT = {
  id: "1", "detail-type": "Order Placed", source: "shop", account: "000000000000", time: "2026-01-01T00:00:00Z", region: "us-east-1",
  resources: [], detail: { total: 250 },
};

function Tester({ pattern }: { pattern: string }) {
  const [tried, setTried] = useState(pattern || '{"source": ["shop"]}');
  const [event, setEvent] = useState(JSON.stringify(DEFAULT_EVENT));
  const [result, setResult] = useState<boolean>();
  return (
    <Panel title="Try a pattern">
      <textarea rows={3} spellcheck={false} aria-label="the pattern" value={tried} onInput={(e) => setTried(e.currentTarget.value)} />
      <textarea rows={4} spellcheck={false} aria-label="the event" value={event} onInput={(e) => setEvent(e.currentTarget.value)} />
      <div class="actions">
        <Action
          text="test"
          run={async () => {
            setResult(undefined);
            setResult((await events("TestEventPattern", { EventPattern: tried, Event: event })).Result);
          }}
        />
        {result !== undefined && <span class={result ? "fine" : "problem"}>{result ? "matches" : "does not match"}</span>}
      </div>
    </Panel>
  );
}

export function Rules() {
  const told = useLoad(() => events("ListRules", { Limit: 100 }), [], 3000);
  const schedules = useLoad(() => scheduler("/schedules?MaxResults=100"), [], 3000);
  const [pattern, show] = useState("");
  const turn = (name: string, on: boolean) => async () => {
    await events(on ? "EnableRule" : "DisableRule", { Name: name });
    told.again();
  };
  return (
    <>
      <Problem error={told.error ?? schedules.error} />
      <Panel title="Rules of the default bus">
        <Rows
          head={["rule", "state", "pattern or schedule", ""]}
          none="No rule in this account and region."
          rows={(told.value?.Rules ?? []).map((one: any) => [
            <a href={link("trace", one.Arn)}>{one.Name}</a>,
            one.State,
            <code>{one.EventPattern ?? one.ScheduleExpression}</code>,
            <span class="actions">
              {one.State === "ENABLED" ? <Action text="disable" run={turn(one.Name, false)} /> : <Action text="enable" run={turn(one.Name, true)} />}
              {one.EventPattern && (
                <button type="button" onClick={() => show(one.EventPattern)}>
                  try its pattern
                </button>
              )}
            </span>,
          ])}
        />
      </Panel>
      <Panel title="Schedules">
        <Rows
          head={["schedule", "group", "state", "target"]}
          none="No schedule in this account and region."
          rows={(schedules.value?.Schedules ?? []).map((one: any) => [one.Name, one.GroupName, one.State, one.Target?.Arn ?? ""])}
        />
      </Panel>
      <Tester key={pattern} pattern={pattern} />
    </>
  );
}

const scheduler = async (path: string): Promise<any> => (await rest("scheduler", "GET", path)).json();
