// API Gateway's APIs, and a request to one of them.
import { useState } from "preact/hooks";
import { rest } from "../aws";
import { link } from "../state";
import { Action, Panel, Problem, Rows, useLoad } from "../ui";

const gateway = async (path: string): Promise<any> => (await rest("apigateway", "GET", path)).json();

interface Api {
  id: string;
  name: string;
  kind: string;
  stages: string[];
}

async function readApis(): Promise<Api[]> {
  const [http, restApis] = await Promise.all([gateway("/v2/apis"), gateway("/restapis?limit=100")]);
  const apis: Api[] = [
    ...(http.items ?? []).map((one: any) => ({ id: one.apiId, name: one.name, kind: one.protocolType, stages: [] })),
    ...(restApis.item ?? restApis._embedded?.item ?? []).map((one: any) => ({ id: one.id, name: one.name, kind: "REST", stages: [] })),
  ];
  await Promise.all(
    apis.slice(0, 30).map(async (one) => {
      const answer = await gateway(one.kind === "REST" ? `/restapis/${one.id}/stages` : `/v2/apis/${one.id}/stages`);
      one.stages = (answer.items ?? answer.item ?? []).map((stage: any) => stage.stageName);
    }),
  );
  return apis;
}

export function Apis() {
  const told = useLoad(readApis, [], 3000);
  const [path, setPath] = useState("");
  const [answer, setAnswer] = useState<{ status: number; body: string }>();
  const call = async () => {
    const got = await fetch(path);
    setAnswer({ status: got.status, body: await got.text() });
  };
  return (
    <>
      <Problem error={told.error} />
      <Panel title="APIs">
        <Rows
          head={["API", "kind", "stages", ""]}
          none="No API in this account and region."
          rows={(told.value ?? []).map((one) => [
            `${one.name} (${one.id})`,
            one.kind,
            one.stages.join(", "),
            <span class="actions">
              {one.kind !== "WEBSOCKET" &&
                one.stages.map((stage) => (
                  <button key={stage} type="button" onClick={() => setPath(`/_aws/execute-api/${one.id}/${encodeURIComponent(stage)}/`)}>
                    ask {stage}
                  </button>
                ))}
              <a href={link("trace", one.id)}>trace</a>
            </span>,
          ])}
        />
      </Panel>
      {path && (
        <Panel title="A request">
          <div class="actions">
            <input aria-label="the path" size={50} value={path} onInput={(event) => setPath(event.currentTarget.value)} />
            <Action text="GET" run={call} />
          </div>
          {answer && (
            <>
              <p class={answer.status < 400 ? "fine" : "problem"}>{answer.status}</p>
              <pre class="answer">{answer.body}</pre>
            </>
          )}
        </Panel>
      )}
    </>
  );
}
