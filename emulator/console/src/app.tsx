// The frame: whose world, which page, the clock.
import { useEffect, useState } from "preact/hooks";
import { admin } from "./aws";
import { clock, setClock } from "./live";
import { Alarm, Alarms } from "./pages/alarms";
import { Apis } from "./pages/apis";
import { Buckets, Bucket } from "./pages/buckets";
import { Faults } from "./pages/faults";
import { FunctionPage, Functions } from "./pages/functions";
import { Home } from "./pages/home";
import { Rules } from "./pages/rules";
import { Secrets, Parameters } from "./pages/settings";
import { Trace } from "./pages/trace";
import { Identity } from "./pages/identity";
import { LogGroup, LogGroups } from "./pages/logs";
import { Mapping } from "./pages/mapping";
import { Queue, Queues } from "./pages/queues";
import { Snapshots } from "./pages/snapshots";
import { TablePage, Tables } from "./pages/tables";
import { Topics } from "./pages/topics";
import { account, choose, link, region, route } from "./state";
import { Action, Problem, time } from "./ui";

const REGIONS = ["us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1", "ap-northeast-1"];
const PAGES: [string, string][] = [
  ["", "Pipeline"],
  ["tables", "Tables"],
  ["functions", "Functions"],
  ["logs", "Logs"],
  ["queues", "Queues"],
  ["topics", "Topics"],
  ["buckets", "Buckets"],
  ["apis", "APIs"],
  ["rules", "Rules"],
  ["alarms", "Alarms"],
  ["parameters", "Parameters"],
  ["secrets", "Secrets"],
  ["identity", "Access"],
  ["trace", "Trace"],
  ["faults", "Faults"],
  ["snapshots", "Snapshots"],
];

function Page({ parts }: { parts: string[] }) {
  const [kind = "", name = ""] = parts;
  switch (kind) {
    case "":
      return <Home />;
    case "tables":
      return name ? <TablePage key={name} name={name} /> : <Tables />;
    case "functions":
      return name ? <FunctionPage key={name} name={name} /> : <Functions />;
    case "mappings":
      return <Mapping key={name} uuid={name} />;
    case "logs":
      return name ? <LogGroup key={name} name={name} /> : <LogGroups />;
    case "queues":
      return name ? <Queue key={name} name={name} /> : <Queues />;
    case "topics":
      return <Topics />;
    case "buckets":
      return name ? <Bucket key={name} name={name} /> : <Buckets />;
    case "apis":
      return <Apis />;
    case "rules":
      return <Rules />;
    case "alarms":
      return name ? <Alarm key={name} name={name} /> : <Alarms />;
    case "parameters":
      return <Parameters />;
    case "secrets":
      return <Secrets />;
    case "faults":
      return <Faults />;
    case "snapshots":
      return <Snapshots />;
    case "trace":
      return <Trace key={parts.slice(1).join("/")} of={name} item={parts[2] ?? ""} />;
    case "identity":
      return <Identity />;
    default:
      return <Problem error={new Error(`There is no page ${kind}.`)} />;
  }
}

function Clock() {
  const told = clock.use();
  const [, tick] = useState(0);
  const [problem, setProblem] = useState<Error>();
  const ask = async () => {
    try {
      const answer = await admin("clock");
      setClock(Date.parse(answer.now), answer.frozen);
      setProblem(undefined);
    } catch (error) {
      setProblem(error as Error);
    }
  };
  useEffect(() => {
    void ask();
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const move = (path: string) => async () => {
    await admin(`clock/${path}`, "POST");
    await ask();
  };
  const now = told && told.now + (told.frozen ? 0 : performance.now() - told.at);
  return (
    <div class="clock">
      <Problem error={problem} />
      <time class={told?.frozen ? "frozen" : ""} title="the emulator's clock">
        {now ? time(now).slice(0, 19) : "…"}
      </time>
      {told?.frozen ? <Action text="resume" run={move("resume")} /> : <Action text="freeze" run={move("freeze")} />}
      <Action text="+1 min" run={move("advance?by=60000")} />
      <Action text="+1 h" run={move("advance?by=3600000")} />
    </div>
  );
}

function World() {
  const shown = account.use();
  const place = region.use();
  return (
    <div class="world">
      <label>
        account
        <input
          value={shown}
          size={13}
          pattern="\d{12}"
          title="twelve digits"
          onChange={(event) => {
            const value = event.currentTarget.value.trim();
            if (/^\d{12}$/.test(value)) choose(account, "account", value);
          }}
        />
      </label>
      <label>
        region
        <select value={place} onChange={(event) => choose(region, "region", event.currentTarget.value)}>
          {[...new Set([place, ...REGIONS])].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </div>
  );
}

export function App() {
  const parts = route.use();
  return (
    <>
      <header class="top">
        <a class="name" href="#/">
          millrace
        </a>
        <nav>
          {PAGES.map(([path, title]) => (
            <a key={path} href={link(...(path ? [path] : []))} aria-current={(parts[0] ?? "") === path ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
        <World />
        <Clock />
      </header>
      <main>
        <Page parts={parts} />
      </main>
    </>
  );
}
