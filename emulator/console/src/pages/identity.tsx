// Who may what: roles, the explainer, and what was refused.
import { useState } from "preact/hooks";
import { admin, elements, query, textOf } from "../aws";
import { Action, Panel, pretty, Problem, Rows, useLoad } from "../ui";

const iam = (action: string, input: Record<string, string> = {}) => query("iam", "2010-05-08", action, input);

function Copy({ text }: { text: string }) {
  const [done, set] = useState(false);
  return (
    <Action
      text={done ? "copied" : "copy the missing statement"}
      run={async () => {
        await navigator.clipboard.writeText(text);
        set(true);
      }}
    />
  );
}

const statement = (action: string, resource: string) => pretty({ Effect: "Allow", Action: action, Resource: resource });

function Explainer({ roles }: { roles: string[] }) {
  const [principal, setPrincipal] = useState("");
  const [action, setAction] = useState("dynamodb:GetItem");
  const [resource, setResource] = useState("*");
  const [told, set] = useState<{ decision: string; by: string[]; action: string; resource: string }>();
  const explain = async () => {
    set(undefined);
    const answer = await iam("SimulatePrincipalPolicy", {
      PolicySourceArn: principal || roles[0],
      "ActionNames.member.1": action,
      "ResourceArns.member.1": resource,
    });
    const by = elements(answer, "SourcePolicyId").map((one) => one.textContent ?? "");
    set({ decision: textOf(answer, "EvalDecision"), by, action, resource });
  };
  return (
    <Panel title="May it?">
      <form
        onSubmit={(event) => {
          event.preventDefault();
        }}
      >
        <select aria-label="the principal" value={principal} onChange={(event) => setPrincipal(event.currentTarget.value)}>
          {roles.map((arn) => (
            <option key={arn} value={arn}>
              {arn.split("/").pop()}
            </option>
          ))}
        </select>
        <input aria-label="the action" value={action} onInput={(event) => setAction(event.currentTarget.value)} />
        <input aria-label="the resource" size={40} value={resource} onInput={(event) => setResource(event.currentTarget.value)} />
        <Action text="explain" run={explain} />
      </form>
      {told && (
        <>
          <p class={told.decision === "allowed" ? "fine" : "problem"}>
            {told.decision === "allowed" ? "allowed" : told.decision === "explicitDeny" ? "denied: a Deny wins over every Allow" : "denied: no statement allows it"}
            {told.by.length > 0 && `, by a statement of ${told.by.join(", ")}`}
          </p>
          {told.decision === "implicitDeny" && (
            <>
              <pre class="statement">{statement(told.action, told.resource)}</pre>
              <Copy text={statement(told.action, told.resource)} />
            </>
          )}
        </>
      )}
    </Panel>
  );
}

export function Identity() {
  const roles = useLoad(async () => elements(await iam("ListRoles"), "member").filter((one) => textOf(one, "RoleName")), [], 5000);
  const audit = useLoad(() => admin("iam/audit"), [], 3000);
  const refused = ((audit.value?.principals ?? []) as any[]).flatMap((one) =>
    (one.actions as any[]).filter((use) => use.deniedCount > 0).map((use) => ({ ...use, principal: one.principal })),
  );
  const arns = (roles.value ?? []).map((one) => textOf(one, "Arn"));
  return (
    <>
      <Problem error={roles.error ?? audit.error} />
      <Panel title="What was refused" actions={<Action text="forget" run={() => admin("iam/audit", "DELETE").then(audit.again)} />}>
        <Rows
          head={["principal", "action", "resource", "times", ""]}
          none="Nothing was refused."
          rows={refused.map((use) => [
            use.principal,
            use.action,
            <code>{use.resource}</code>,
            use.deniedCount,
            <Copy text={statement(use.action, use.resource)} />,
          ])}
        />
      </Panel>
      {arns.length > 0 && <Explainer roles={arns} />}
      <Panel title="Roles">
        <Rows
          head={["role", "ARN", "since"]}
          none="No role in this account."
          rows={(roles.value ?? []).map((one) => [textOf(one, "RoleName"), <code>{textOf(one, "Arn")}</code>, textOf(one, "CreateDate").slice(0, 19)])}
        />
      </Panel>
    </>
  );
}
