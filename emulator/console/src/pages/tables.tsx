// Tables: what they hold, item by item.
import { useState } from "preact/hooks";
import { admin, dynamodb } from "../aws";
import { link } from "../state";
import { Action, Facts, Panel, pretty, Problem, Rows, useLoad } from "../ui";

const PAGE = 25;

export function Tables() {
  const tables = useLoad(() => dynamodb("ListTables"), [], 3000);
  const names: string[] = tables.value?.TableNames ?? [];
  return (
    <Panel title="Tables">
      <Problem error={tables.error} />
      <Rows head={["table"]} none="No table in this account and region." rows={names.map((name) => [<a href={link("tables", name)}>{name}</a>])} />
    </Panel>
  );
}

/** {"S": "x"} as x, for cells. */
export function plain(value: any): any {
  const [type, content] = Object.entries(value)[0] as [string, any];
  switch (type) {
    case "L":
      return content.map(plain);
    case "M":
      return Object.fromEntries(Object.entries(content).map(([name, one]) => [name, plain(one)]));
    case "N":
      return Number(content);
    case "NULL":
      return null;
    default:
      return content;
  }
}

function Cell({ value }: { value: any }) {
  if (value === undefined) return <span class="absent">—</span>;
  const shown = plain(value);
  const text = typeof shown === "string" ? shown : JSON.stringify(shown);
  return <code title={JSON.stringify(value)}>{text.length > 80 ? text.slice(0, 79) + "…" : text}</code>;
}

function Editor({ table, item, done }: { table: string; item: any; done: () => void }) {
  const [text, set] = useState(pretty(item));
  return (
    <div class="editor">
      <textarea rows={12} value={text} spellcheck={false} aria-label="the item" onInput={(event) => set(event.currentTarget.value)} />
      <div class="actions">
        <Action
          text="put"
          run={async () => {
            await dynamodb("PutItem", { TableName: table, Item: JSON.parse(text) });
            done();
          }}
        />
        <button type="button" onClick={done}>
          close
        </button>
      </div>
    </div>
  );
}

function Items({ table, keys }: { table: string; keys: string[] }) {
  const [starts, setStarts] = useState<any[]>([undefined]);
  const [wanted, setWanted] = useState("");
  const [partition, setPartition] = useState("");
  const [edited, edit] = useState<any>();
  const page = useLoad(() => {
    const common = { TableName: table, Limit: PAGE, ExclusiveStartKey: starts[starts.length - 1] };
    if (!wanted) return dynamodb("Scan", common);
    const value = /^-?\d+(\.\d+)?$/.test(wanted) && keyIsNumber ? { N: wanted } : { S: wanted };
    return dynamodb("Query", {
      ...common,
      KeyConditionExpression: "#p = :p",
      ExpressionAttributeNames: { "#p": keys[0] },
      ExpressionAttributeValues: { ":p": value },
    });
  }, [table, starts.length, wanted], 2000);
  const described = useLoad(() => dynamodb("DescribeTable", { TableName: table }), [table]);
  const keyIsNumber =
    described.value?.Table.AttributeDefinitions.find((one: any) => one.AttributeName === keys[0])?.AttributeType === "N";
  const items: any[] = page.value?.Items ?? [];
  const names = [...new Set([...keys, ...items.flatMap((item) => Object.keys(item))])].slice(0, 8);
  const keyOf = (item: any) => Object.fromEntries(keys.map((key) => [key, item[key]]));
  return (
    <Panel
      title="Items"
      actions={
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setStarts([undefined]);
            setWanted(partition.trim());
          }}
        >
          <input placeholder={`${keys[0]} is …`} value={partition} onInput={(event) => setPartition(event.currentTarget.value)} />
          <button>query</button>
          <button type="button" onClick={() => edit(Object.fromEntries(keys.map((key) => [key, { S: "" }])))}>
            new item
          </button>
        </form>
      }
    >
      <Problem error={page.error} />
      {edited && <Editor key={pretty(keyOf(edited))} table={table} item={edited} done={() => (edit(undefined), page.again())} />}
      <Rows
        head={[...names, ""]}
        none="No item."
        rows={items.map((item) => [
          ...names.map((name) => <Cell value={item[name]} />),
          <span class="actions">
            <button type="button" onClick={() => edit(item)}>
              edit
            </button>
            <a href={link("trace", table, String(plain(item[keys[0]])))}>trace</a>
            <Action
              text="delete"
              danger
              run={async () => {
                await dynamodb("DeleteItem", { TableName: table, Key: keyOf(item) });
                page.again();
              }}
            />
          </span>,
        ])}
      />
      <div class="actions">
        {starts.length > 1 && (
          <button type="button" onClick={() => setStarts(starts.slice(0, -1))}>
            back
          </button>
        )}
        {page.value?.LastEvaluatedKey && (
          <button type="button" onClick={() => setStarts([...starts, page.value.LastEvaluatedKey])}>
            more
          </button>
        )}
      </div>
    </Panel>
  );
}

/** What each mapping made of the stream's last records. */
function StreamOf({ table }: { table: string }) {
  const told = useLoad(async () => {
    const answer = await admin("mappings?of=" + encodeURIComponent(table));
    return answer.mappings as any[];
  }, [table], 1000);
  const events = (told.value ?? []).flatMap((one) => one.recent.map((event: any) => ({ ...event, mapping: one })));
  events.sort((a, b) => (a.at < b.at ? 1 : -1));
  return (
    <Panel title="What became of its changes" actions={<a href={link("trace", table)}>trace each</a>}>
      <Problem error={told.error} />
      <Rows
        head={["at", "mapping", "verdict", "records", "the first", "why"]}
        none={told.value?.length ? "No record since the server's start." : "No event source mapping reads this table's stream."}
        rows={events.slice(0, 50).map((event) => [
          <time>{event.at.slice(11, 23)}</time>,
          <a href={link("mappings", event.mapping.uuid)}>{event.mapping.function.split(":")[6]}</a>,
          <span class={`verdict ${event.what.replaceAll(" ", "-")}`}>{event.what}</span>,
          event.records,
          <code>{event.first}</code>,
          event.reason ?? "",
        ])}
      />
    </Panel>
  );
}

export function TablePage({ name }: { name: string }) {
  const table = useLoad(async () => (await dynamodb("DescribeTable", { TableName: name })).Table, [name], 5000);
  const one = table.value;
  return (
    <>
      <Problem error={table.error} />
      {one && (
        <Panel title={name}>
          <Facts
            of={[
              ["status", one.TableStatus],
              ["key", one.KeySchema.map((key: any) => `${key.AttributeName} (${key.KeyType})`).join(", ")],
              ["items", one.ItemCount],
              ["bytes", one.TableSizeBytes],
              ["indexes", [...(one.GlobalSecondaryIndexes ?? []), ...(one.LocalSecondaryIndexes ?? [])].map((index: any) => index.IndexName).join(", ") || "none"],
              ["stream", one.StreamSpecification?.StreamEnabled ? one.StreamSpecification.StreamViewType : "none: nobody is told of changes"],
            ]}
          />
        </Panel>
      )}
      {one && <Items table={name} keys={one.KeySchema.map((key: any) => key.AttributeName)} />}
      {one && <StreamOf table={name} />}
    </>
  );
}
