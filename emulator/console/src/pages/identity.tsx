// Who may what: roles, and what was refused.
import { admin, elements, query, textOf } from "../aws";
import { Action, Panel, pretty, Problem, Rows, useLoad } from "../ui";

export function Identity() {
  const roles = useLoad(async () => elements(await query("iam", "2010-05-08", "ListRoles"), "member"), [], 5000);
  const audit = useLoad(() => admin("iam/audit"), [], 3000);
  const missing: any[] = audit.value?.denied ?? audit.value?.calls ?? [];
  return (
    <>
      <Problem error={roles.error ?? audit.error} />
      <Panel title="What was asked for, and refused" actions={<Action text="forget" run={() => admin("iam/audit", "DELETE").then(audit.again)} />}>
        {Array.isArray(missing) && missing.length === 0 ? <p class="none">Nothing was refused.</p> : null}
        <pre>{audit.value ? pretty(audit.value) : ""}</pre>
      </Panel>
      <Panel title="Roles">
        <Rows
          head={["role", "ARN", "since"]}
          none="No role in this account."
          rows={(roles.value ?? [])
            .filter((one) => textOf(one, "RoleName"))
            .map((one) => [textOf(one, "RoleName"), <code>{textOf(one, "Arn")}</code>, textOf(one, "CreateDate").slice(0, 19)])}
        />
      </Panel>
    </>
  );
}
