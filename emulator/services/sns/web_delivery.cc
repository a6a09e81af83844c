// Subscribed servers: they are asked to confirm, then get notifications by POST. Only servers on this machine are asked.

#include "emulator/base/encoding.h"
#include "emulator/base/log.h"
#include "emulator/base/loopback.h"
#include "emulator/base/trace.h"
#include "emulator/services/sns/sns.h"

namespace millrace::sns {

namespace {

constexpr int kTimeoutMs = 15'000;  // what AWS gives a server
// What a subscription's dead-letter queue and the log are told.
constexpr ErrorKind kUnreachable{"ServerUnreachable", 503}, kRefused{"ServerRefused", 500};

ports::HttpCall call_to(const Subscription& subscription, const std::string& type, const std::string& id,
                        std::string body) {
  ports::HttpCall out;
  out.method = "POST";
  out.url = subscription.endpoint;
  out.timeout_ms = kTimeoutMs;
  out.headers = {{"x-amz-sns-message-type", type},
                 {"x-amz-sns-message-id", id},
                 {"x-amz-sns-topic-arn", subscription.topic_arn},
                 {"Content-Type", "text/plain; charset=UTF-8"},
                 {"User-Agent", "Amazon Simple Notification Service Agent"},
                 {"Accept-Encoding", "gzip,deflate"}};
  out.body = std::move(body);
  return out;
}

Result<void> result_of(const ports::HttpAnswer& answer) {
  if (answer.status == 0) return AwsError(kUnreachable, answer.body);
  if (answer.status >= 200 && answer.status < 300) return {};
  return AwsError(kRefused, "it answered with the status " + std::to_string(answer.status));
}

/// Asks, and calls `done` with what came of it; the work is under way until then.
void ask(Sns& sns, ports::HttpCall call, std::function<void(Result<void>)> done) {
  if (!sns.http || !is_loopback_url(call.url)) {
    done(AwsError(kUnreachable,
                  "millrace sends notifications to servers on this machine alone (localhost, *.localhost, "
                  "127.0.0.0/8, ::1)"));
    return;
  }
  sns.work.begin();
  sns.http->call(std::move(call), [&sns, done = std::move(done)](const ports::HttpAnswer& answer) {
    done(result_of(answer));
    sns.work.end();
  });
}

std::string words_of(const Subscription& subscription, bool confirms) {
  if (confirms)
    return "You have chosen to subscribe to the topic " + subscription.topic_arn +
           ".\nTo confirm the subscription, visit the SubscribeURL included in this message.";
  return "You have chosen to deactivate subscription " + subscription.arn +
         ".\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.";
}

}  // namespace

void send_confirmation(Sns& sns, const Subscription& subscription, const std::string& type) {
  if (!subscription.protocol.starts_with("http")) return;
  const std::string id = sns.context.random.uuid();
  Json body{{"Type", type}, {"MessageId", id}};
  body["Token"] = subscription.token;
  body["TopicArn"] = subscription.topic_arn;
  body["Message"] = words_of(subscription, type == "SubscriptionConfirmation");
  body["SubscribeURL"] = sns.context.endpoint_url + "/?Action=ConfirmSubscription&TopicArn=" + subscription.topic_arn +
                         "&Token=" + subscription.token;
  body["Timestamp"] = iso_millis(sns.context.clock.now_ms());
  body["SignatureVersion"] = "1";
  body["Signature"] = "";
  body["SigningCertURL"] = "";
  ask(sns, call_to(subscription, type, id, to_text(body)), [subscription](const Result<void>& sent) {
    if (sent.has_error())
      log::warning("sns: " + subscription.endpoint + " wasn't asked to confirm its subscription to " +
                   subscription.topic_arn + ": " + sent.error().message);
  });
}

void post_notification(Sns& sns, const Topic& topic, const Subscription& subscription, const Publication& publication,
                       const Taken& taken) {
  const bool raw = equals_ignore_case(text_of(subscription.attributes, "RawMessageDelivery"), "true");
  ports::HttpCall call = call_to(subscription, "Notification", taken.message_id,
                                 raw ? text_for(publication, subscription.protocol)
                                     : notification_text(sns, topic, subscription, publication, taken));
  call.headers.emplace_back("x-amz-sns-subscription-arn", subscription.arn);
  if (raw) call.headers.emplace_back("x-amz-sns-rawdelivery", "true");
  if (trace::on())
    trace::note({.kind = "notification", .subject = subscription.arn, .text = "POST " + subscription.endpoint});
  // Not tried again: AWS does, after 20 s each time, which a delivery policy changes.
  ask(sns, std::move(call),
      [&sns, topic, subscription, publication, taken, key = trace::current_key()](const Result<void>& sent) {
        trace::Scope scope(key);
        if (sent.has_error() && trace::on())
          trace::note({.kind = "given up",
                       .subject = subscription.arn,
                       .text = subscription.endpoint + " didn't take the notification",
                       .reason = sent.error().message,
                       .failed = true});
        settle(sns, topic, subscription, publication, taken, sent);
      });
}

}  // namespace millrace::sns
