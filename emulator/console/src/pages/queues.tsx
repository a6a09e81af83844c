import { useState } from "preact/hooks";
import { sqs } from "../aws";
import { link } from "../state";
import { Action, Facts, nameOf, Panel, pretty, Problem, Rows, useLoad } from "../ui";

export function Queues() {
  const queues = useLoad(() => sqs("ListQueues", { MaxResults: 100 }), [], 3000);
  return (
    <Panel title="Queues">
      <Problem error={queues.error} />
      <Rows
        head={["queue"]}
        none="No queue in this account and region."
        rows={(queues.value?.QueueUrls ?? []).map((url: string) => [<a href={link("queues", nameOf(url))}>{nameOf(url)}</a>])}
      />
    </Panel>
  );
}

export function Queue({ name }: { name: string }) {
  const [body, setBody] = useState("");
  const [seen, setSeen] = useState<any[]>();
  const queue = useLoad(async () => {
    const { QueueUrl } = await sqs("GetQueueUrl", { QueueName: name });
    const { Attributes } = await sqs("GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] });
    return { QueueUrl, Attributes };
  }, [name], 2000);
  const url = queue.value?.QueueUrl;
  const facts = queue.value?.Attributes ?? {};
  return (
    <>
      <Problem error={queue.error} />
      {url && (
        <Panel
          title={name}
          actions={
            <>
              <Action
                text="look at messages"
                run={async () => {
                  const got = await sqs("ReceiveMessage", { QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 0 });
                  setSeen(got.Messages ?? []);
                }}
              />
              <Action text="purge" danger run={() => sqs("PurgeQueue", { QueueUrl: url })} />
            </>
          }
        >
          <Facts
            of={[
              ["messages", facts.ApproximateNumberOfMessages],
              ["in flight", facts.ApproximateNumberOfMessagesNotVisible],
              ["delayed", facts.ApproximateNumberOfMessagesDelayed],
              ["visibility timeout", `${facts.VisibilityTimeout} s`],
              ["dead letters go to", facts.RedrivePolicy ? nameOf(JSON.parse(facts.RedrivePolicy).deadLetterTargetArn) : "nowhere"],
            ]}
          />
          {seen && (
            <>
              <p class="note">Looking counts as a receive.</p>
              <Rows head={["id", "body"]} none="No message can be received now." rows={seen.map((one) => [one.MessageId, <code>{one.Body}</code>])} />
            </>
          )}
        </Panel>
      )}
      {url && (
        <Panel title="Send">
          <textarea rows={4} value={body} aria-label="the message" onInput={(event) => setBody(event.currentTarget.value)} />
          <div class="actions">
            <Action
              text="send"
              run={() =>
                sqs("SendMessage", {
                  QueueUrl: url,
                  MessageBody: body,
                  ...(name.endsWith(".fifo") ? { MessageGroupId: "console", MessageDeduplicationId: String(Date.now()) } : {}),
                })
              }
            />
          </div>
        </Panel>
      )}
      {url && (
        <Panel title="All attributes">
          <pre>{pretty(facts)}</pre>
        </Panel>
      )}
    </>
  );
}
