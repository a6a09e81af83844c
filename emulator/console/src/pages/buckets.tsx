import { useState } from "preact/hooks";
import { elements, parsed, rest, textOf } from "../aws";
import { link } from "../state";
import { Panel, Problem, Rows, useLoad } from "../ui";

const SHOWN_BYTES_MAX = 64 << 10;
const PAGE = 50;

export function Buckets() {
  const buckets = useLoad(async () => elements(parsed(await (await rest("s3", "GET", "/")).text()), "Bucket"), [], 3000);
  return (
    <Panel title="Buckets">
      <Problem error={buckets.error} />
      <Rows
        head={["bucket", "since"]}
        none="No bucket in this account."
        rows={(buckets.value ?? []).map((one) => [
          <a href={link("buckets", textOf(one, "Name"))}>{textOf(one, "Name")}</a>,
          textOf(one, "CreationDate").slice(0, 19),
        ])}
      />
    </Panel>
  );
}

export function Bucket({ name }: { name: string }) {
  const [prefix, setPrefix] = useState("");
  const [tokens, setTokens] = useState<string[]>([""]);
  const [shown, show] = useState<{ key: string; text: string }>();
  const [problem, setProblem] = useState<Error>();
  const token = tokens[tokens.length - 1];
  const page = useLoad(async () => {
    const parameters = new URLSearchParams({ "list-type": "2", "max-keys": String(PAGE), prefix });
    if (token) parameters.set("continuation-token", token);
    return parsed(await (await rest("s3", "GET", `/${name}?${parameters}`)).text());
  }, [name, prefix, token], 3000);
  const look = async (key: string) => {
    try {
      const path = `/${name}/${key.split("/").map(encodeURIComponent).join("/")}`;
      const answer = await rest("s3", "GET", path, undefined, { range: `bytes=0-${SHOWN_BYTES_MAX - 1}` });
      show({ key, text: await answer.text() });
      setProblem(undefined);
    } catch (error) {
      setProblem(error as Error);
    }
  };
  const next = page.value && textOf(page.value, "NextContinuationToken");
  return (
    <>
      <Panel
        title={name}
        actions={
          <input
            placeholder="prefix"
            value={prefix}
            onInput={(event) => {
              setTokens([""]);
              setPrefix(event.currentTarget.value);
            }}
          />
        }
      >
        <Problem error={page.error ?? problem} />
        <Rows
          head={["key", "bytes", "changed", ""]}
          none="No object."
          rows={(page.value ? elements(page.value, "Contents") : []).map((one) => [
            <code>{textOf(one, "Key")}</code>,
            textOf(one, "Size"),
            textOf(one, "LastModified").slice(0, 19),
            <button type="button" onClick={() => look(textOf(one, "Key"))}>
              show
            </button>,
          ])}
        />
        <div class="actions">
          {tokens.length > 1 && (
            <button type="button" onClick={() => setTokens(tokens.slice(0, -1))}>
              back
            </button>
          )}
          {next && (
            <button type="button" onClick={() => setTokens([...tokens, next])}>
              more
            </button>
          )}
        </div>
      </Panel>
      {shown && (
        <Panel title={shown.key}>
          <pre>{shown.text}</pre>
        </Panel>
      )}
    </>
  );
}
