import { useState } from "preact/hooks";
import { elements, query, textOf } from "../aws";
import { Action, nameOf, Panel, Problem, Rows, useLoad } from "../ui";

const sns = (action: string, input?: Record<string, string>) => query("sns", "2010-03-31", action, input);

export function Topics() {
  const topics = useLoad(async () => elements(await sns("ListTopics"), "TopicArn").map((one) => one.textContent!), [], 3000);
  const subscriptions = useLoad(async () => elements(await sns("ListSubscriptions"), "member"), [], 3000);
  const [message, set] = useState("hello");
  return (
    <>
      <Problem error={topics.error ?? subscriptions.error} />
      <Panel title="Topics" actions={<input aria-label="the message" value={message} onInput={(event) => set(event.currentTarget.value)} />}>
        <Rows
          head={["topic", ""]}
          none="No topic in this account and region."
          rows={(topics.value ?? []).map((arn) => [
            nameOf(arn),
            <Action text="publish" run={() => sns("Publish", { TopicArn: arn, Message: message })} />,
          ])}
        />
      </Panel>
      <Panel title="Subscriptions">
        <Rows
          head={["topic", "protocol", "endpoint"]}
          none="No subscription."
          rows={(subscriptions.value ?? []).map((one) => [nameOf(textOf(one, "TopicArn")), textOf(one, "Protocol"), textOf(one, "Endpoint")])}
        />
      </Panel>
    </>
  );
}
