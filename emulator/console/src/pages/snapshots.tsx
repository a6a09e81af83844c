// Saved states of the server, and a fresh start.
import { useState } from "preact/hooks";
import { admin } from "../aws";
import { account } from "../state";
import { Action, Panel, Problem, Rows, useLoad } from "../ui";

export function Snapshots() {
  const told = useLoad(() => admin("snapshots"), [], 5000);
  const [name, set] = useState("");
  const [sure, setSure] = useState(false);
  const ask = (path: string, method = "POST") => async () => {
    await admin(path, method);
    told.again();
  };
  const named = (one: any) => `name=${encodeURIComponent(one.name)}`;
  return (
    <>
      <Panel
        title="Snapshots"
        actions={
          <form onSubmit={(event) => event.preventDefault()}>
            <input aria-label="the snapshot's name" placeholder="name" value={name} onInput={(event) => set(event.currentTarget.value)} />
            <Action text="save all" run={ask(`snapshots/save?name=${encodeURIComponent(name)}`)} />
            <Action text="save this account" run={ask(`snapshots/save?name=${encodeURIComponent(name)}&account=${account.value}`)} />
          </form>
        }
      >
        <Problem error={told.error} />
        <Rows
          head={["name", "of", "when", "bytes", ""]}
          none="None was saved."
          rows={(told.value?.snapshots ?? []).map((one: any) => [
            one.name,
            one.account || "all accounts",
            one.created,
            one.bytes,
            <span class="actions">
              <Action text="load" run={ask(`snapshots/load?${named(one)}${one.account ? `&account=${one.account}` : ""}`)} />
              <Action text="delete" danger run={ask(`snapshots?${named(one)}`, "DELETE")} />
            </span>,
          ])}
        />
      </Panel>
      <Panel title="A fresh start">
        <p class="none">Takes away what this account holds, or all accounts, as if it had been started anew. What was saved stays.</p>
        <div class="actions">
          <label>
            <input type="checkbox" checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} /> I mean it
          </label>
          {sure && <Action text={`reset account ${account.value}`} danger run={ask(`reset?account=${account.value}`)} />}
          {sure && <Action text="reset everything" danger run={ask("reset")} />}
        </div>
      </Panel>
    </>
  );
}
