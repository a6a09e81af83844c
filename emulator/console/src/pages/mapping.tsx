// One mapping: where it stands, what it did with the last records and why, and a place to try patterns.
import { admin, lambda } from "../aws";
import { link } from "../state";
import { Action, Facts, Panel, pretty, Problem, Rows, useLoad } from "../ui";
import { rest } from "../aws";

export function Mapping({ uuid }: { uuid: string }) {
  const report = useLoad(async () => (await admin(`mappings?of=${encodeURIComponent(uuid)}`)).mappings[0], [uuid], 1000);
  const settings = useLoad(() => lambda(`/2015-03-31/event-source-mappings/${uuid}`), [uuid]);
  const enable = (wanted: boolean) => async () => {
    await rest("lambda", "PUT", `/2015-03-31/event-source-mappings/${uuid}`, JSON.stringify({ Enabled: wanted }));
    settings.again();
  };
  const one = report.value;
  return (
    <>
      <Problem error={report.error ?? settings.error} />
      <Panel
        title={one ? `${one.source.split(":").slice(5).join(":")} → ${one.function.split(":").slice(6).join(":")}` : uuid}
        actions={
          <>
            <Action text="enable" run={enable(true)} />
            <Action text="disable" run={enable(false)} />
          </>
        }
      >
        {one && (
          <Facts
            of={[
              ["state", one.state],
              ["last result", one.lastProcessingResult],
              ["in flight", one.busy ? "yes" : "no"],
              ["delivered", one.records.delivered],
              ["filtered out", one.records.filteredOut],
              ["given up", one.records.givenUp],
              ["expired", one.records.expired],
              ["invocations", `${one.invocations.all}, ${one.invocations.failed} failed, ${one.invocations.throttled} throttled`],
            ]}
          />
        )}
      </Panel>
      <Panel title="What became of the last records">
        <Rows
          head={["at", "what", "records", "the first", "why"]}
          none="Nothing came from its source since the server's start."
          rows={(one?.recent ?? []).map((event: any) => [
            event.at.slice(11, 23),
            <span class={`verdict ${event.what.replaceAll(" ", "-")}`}>{event.what}</span>,
            event.records,
            <code>{event.first}</code>,
            event.reason ?? "",
          ])}
        />
      </Panel>
      <Panel title="Settings">
        <pre>{settings.value ? pretty(settings.value) : ""}</pre>
        {one && <a href={link("functions", one.function.split(":")[6])}>the function</a>}
      </Panel>
    </>
  );
}
