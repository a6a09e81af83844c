// Parameters and secrets. What is secret stays hidden until somebody asks for it.
import { useState } from "preact/hooks";
import { secrets, ssm } from "../aws";
import { Action, Panel, Problem, Rows, useLoad } from "../ui";

/** A value behind a button. */
function Hidden({ load }: { load: () => Promise<string> }) {
  const [shown, show] = useState<string>();
  if (shown !== undefined)
    return (
      <span class="actions">
        <code>{shown}</code>
        <button type="button" onClick={() => show(undefined)}>
          hide
        </button>
      </span>
    );
  return <Action text="show" run={async () => show(await load())} />;
}

const day = (seconds?: number) => (seconds ? new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ") : "");

export function Parameters() {
  const told = useLoad(() => ssm("DescribeParameters", { MaxResults: 50 }), [], 3000);
  return (
    <Panel title="Parameters">
      <Problem error={told.error} />
      <Rows
        head={["parameter", "type", "version", "changed", "value"]}
        none="No parameter in this account and region."
        rows={(told.value?.Parameters ?? []).map((one: any) => [
          one.Name,
          one.Type,
          one.Version,
          day(one.LastModifiedDate),
          <Hidden load={async () => (await ssm("GetParameter", { Name: one.Name, WithDecryption: true })).Parameter.Value} />,
        ])}
      />
    </Panel>
  );
}

export function Secrets() {
  const told = useLoad(() => secrets("ListSecrets", { MaxResults: 50 }), [], 3000);
  return (
    <Panel title="Secrets">
      <Problem error={told.error} />
      <Rows
        head={["secret", "description", "rotates", "changed", "value"]}
        none="No secret in this account and region."
        rows={(told.value?.SecretList ?? []).map((one: any) => [
          one.Name,
          one.Description ?? "",
          one.RotationEnabled ? "yes" : "no",
          day(one.LastChangedDate),
          <Hidden
            load={async () => {
              const value = await secrets("GetSecretValue", { SecretId: one.ARN });
              return value.SecretString ?? `${value.SecretBinary} (binary)`;
            }}
          />,
        ])}
      />
    </Panel>
  );
}
