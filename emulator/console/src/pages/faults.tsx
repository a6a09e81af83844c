// What goes wrong because a test wants it to.
import { useState } from "preact/hooks";
import { admin } from "../aws";
import { account } from "../state";
import { Action, Panel, Problem, Rows, useLoad } from "../ui";

const EXAMPLE = { kind: "error", service: "dynamodb", operation: "PutItem", error: "ProvisionedThroughputExceededException", times: 2 };

export function Faults() {
  const told = useLoad(() => admin("faults"), [], 2000);
  const [rule, set] = useState(JSON.stringify(EXAMPLE));
  const add = async () => {
    await admin("faults", "POST", JSON.stringify({ account: account.value, ...JSON.parse(rule) }));
    told.again();
  };
  const remove = (id: string) => async () => {
    await admin(`faults?id=${encodeURIComponent(id)}`, "DELETE");
    told.again();
  };
  const what = (one: any) => JSON.stringify(Object.fromEntries(Object.entries(one).filter(([name]) => !["id", "seen", "applied", "hits"].includes(name))));
  return (
    <>
      <Panel title="Faults of all accounts" actions={<Action text="remove all" danger run={() => admin("faults", "DELETE").then(told.again)} />}>
        <Problem error={told.error} />
        <Rows
          head={["id", "rule", "seen", "hit", ""]}
          none="Nothing goes wrong on purpose."
          rows={(told.value?.faults ?? []).map((one: any) => [
            one.id,
            <code>{what(one)}</code>,
            one.seen,
            one.applied,
            <Action text="remove" run={remove(one.id)} />,
          ])}
        />
      </Panel>
      <Panel title="A new one, for this account">
        <textarea rows={3} spellcheck={false} aria-label="the rule" value={rule} onInput={(event) => set(event.currentTarget.value)} />
        <div class="actions">
          <Action text="add" run={add} />
        </div>
      </Panel>
    </>
  );
}
