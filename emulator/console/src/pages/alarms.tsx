// Alarms, each with its metric's plot.
import { cloudwatch } from "../aws";
import { clock } from "../live";
import { Plot } from "../plot";
import { link } from "../state";
import { Action, Facts, Panel, pretty, Problem, Rows, time, useLoad } from "../ui";

const POINTS = 60;

const at = (when: any) => (typeof when === "number" ? time(when * 1000) : String(when ?? "")).slice(0, 19);

export function Alarms() {
  const told = useLoad(() => cloudwatch("DescribeAlarms", { MaxRecords: 100 }), [], 2000);
  const all: any[] = [...(told.value?.MetricAlarms ?? []), ...(told.value?.CompositeAlarms ?? [])];
  return (
    <Panel title="Alarms">
      <Problem error={told.error} />
      <Rows
        head={["alarm", "state", "since", "why"]}
        none="No alarm in this account and region."
        rows={all.map((one) => [
          <a href={link("alarms", one.AlarmName)}>{one.AlarmName}</a>,
          <span class={`state ${one.StateValue}`}>{one.StateValue}</span>,
          at(one.StateUpdatedTimestamp),
          one.StateReason,
        ])}
      />
    </Panel>
  );
}

function Metric({ alarm }: { alarm: any }) {
  const told = useLoad(async () => {
    const period = Math.max(60, alarm.Period ?? 60);
    const end = Math.ceil((clock.value?.now ?? Date.now()) / 1000 / period) * period;
    const answer = await cloudwatch("GetMetricStatistics", {
      Namespace: alarm.Namespace,
      MetricName: alarm.MetricName,
      Dimensions: alarm.Dimensions,
      StartTime: end - POINTS * period,
      EndTime: end,
      Period: period,
      Statistics: [alarm.Statistic ?? "Sum"],
    });
    const points = (answer.Datapoints as any[]).map((one) => ({ at: Number(one.Timestamp), value: one[alarm.Statistic ?? "Sum"] }));
    points.sort((a, b) => a.at - b.at);
    return points;
  }, [alarm.AlarmName], 3000);
  const points = told.value ?? [];
  return (
    <Panel title={`${alarm.Namespace} ${alarm.MetricName}, ${alarm.Statistic ?? "Sum"} of ${alarm.Period} s`}>
      <Problem error={told.error} />
      {told.value && !points.length && <p class="none">No value in the last {POINTS} periods.</p>}
      <Plot at={points.map((one) => one.at)} values={points.map((one) => one.value)} label={alarm.MetricName} line={alarm.Threshold} />
    </Panel>
  );
}

export function Alarm({ name }: { name: string }) {
  const told = useLoad(() => cloudwatch("DescribeAlarms", { AlarmNames: [name] }), [name], 2000);
  const history = useLoad(() => cloudwatch("DescribeAlarmHistory", { AlarmName: name, MaxRecords: 20 }), [name], 3000);
  const one = told.value?.MetricAlarms?.[0] ?? told.value?.CompositeAlarms?.[0];
  const set = (state: string) => async () => {
    await cloudwatch("SetAlarmState", { AlarmName: name, StateValue: state, StateReason: "set on the page" });
    told.again();
  };
  return (
    <>
      <Problem error={told.error ?? history.error} />
      {told.value && !one && <Problem error={new Error(`There is no alarm ${name}.`)} />}
      {one && (
        <Panel
          title={name}
          actions={
            <>
              <Action text="set to ALARM" run={set("ALARM")} />
              <Action text="set to OK" run={set("OK")} />
              <a href={link("trace", one.AlarmArn)}>trace</a>
            </>
          }
        >
          <Facts
            of={[
              ["state", <span class={`state ${one.StateValue}`}>{one.StateValue}</span>],
              ["why", one.StateReason],
              ["rule", one.AlarmRule ?? `${one.ComparisonOperator} ${one.Threshold}, ${one.EvaluationPeriods} periods of ${one.Period} s`],
              ["missing data", one.TreatMissingData ?? "missing"],
              ["actions", (one.AlarmActions ?? []).join(", ") || "none"],
            ]}
          />
        </Panel>
      )}
      {one?.MetricName && <Metric alarm={one} />}
      {one && (
        <Panel title="History">
          <Rows
            head={["at", "what", "summary"]}
            none="Nothing happened to it."
            rows={(history.value?.AlarmHistoryItems ?? []).map((item: any) => [at(item.Timestamp), item.HistoryItemType, item.HistorySummary])}
          />
        </Panel>
      )}
      {one && (
        <Panel title="All settings">
          <pre>{pretty(one)}</pre>
        </Panel>
      )}
    </>
  );
}
