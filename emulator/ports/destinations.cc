#include "emulator/ports/destinations.h"

#include "emulator/base/arn.h"
#include "emulator/base/trace.h"

namespace millrace::ports {

namespace {
constexpr ErrorKind kDenied{"AccessDenied", 403};
constexpr ErrorKind kNoTarget{"NotImplemented", 501};
}  // namespace

bool Destinations::allowed(const Target& target, const std::string& arn, const Sender& sender) const {
  std::string resource = arn + target.resource_suffix;
  RequestContext context;
  if (auto named = Arn::parse(arn); !sender.region.empty() && named && named->region.empty())
    context["aws:requestedregion"] = {sender.region};
  if (!sender.role_arn.empty()) return authority_.get()->role_may(sender.role_arn, target.action, resource, context);
  if (!sender.source_arn.empty()) context["aws:sourcearn"] = {sender.source_arn};
  if (!sender.account.empty()) context["aws:sourceaccount"] = {sender.account};
  // Alarms are held to a topic's own first policy, which asks whose the sender is.
  if (sender.service_principal == "cloudwatch.amazonaws.com") context["aws:sourceowner"] = {sender.account};
  // What AWS's services write into buckets, they write so; the documented bucket policies ask for it.
  if (target.action == "s3:PutObject") context["s3:x-amz-acl"] = {"bucket-owner-full-control"};
  return authority_.get()->resource_policy_allows_service(target.policy ? target.policy(arn) : "",
                                                          sender.service_principal, target.action, resource, context);
}

Result<void> Destinations::check(const std::string& target_arn, const Sender& sender) const {
  auto arn = Arn::parse(target_arn);
  auto found = arn ? targets_.find(arn->service) : targets_.end();
  if (found == targets_.end()) return AwsError(kNoTarget, "Messages can't be sent to " + target_arn + ".");
  if (allowed(found->second, target_arn, sender)) return {};
  std::string who = sender.role_arn.empty() ? sender.service_principal : sender.role_arn;
  return AwsError(kDenied,
                  who + " is not authorized to perform: " + found->second.action + " on resource: " + target_arn);
}

std::string Destinations::policy(const std::string& target_arn) const {
  auto arn = Arn::parse(target_arn);
  auto found = arn ? targets_.find(arn->service) : targets_.end();
  return found != targets_.end() && found->second.policy ? found->second.policy(target_arn) : "";
}

bool Destinations::exists(const std::string& target_arn) const {
  auto arn = Arn::parse(target_arn);
  auto found = arn ? targets_.find(arn->service) : targets_.end();
  return found != targets_.end() && (!found->second.exists || found->second.exists(target_arn));
}

Result<void> Destinations::send(const std::string& target_arn, const Message& message, const Sender& sender) {
  Result<void> sent = check(target_arn, sender);
  if (sent.has_value()) sent = targets_.at(Arn::parse(target_arn)->service).deliver(target_arn, message, sender);
  // Queues, topics, functions tell of themselves what they took.
  if (sent.has_error() && trace::on())
    trace::note({.kind = "refused",
                 .subject = target_arn,
                 .text = target_arn + " did not take a message",
                 .reason = sent.error().message,
                 .failed = true});
  return sent;
}

}  // namespace millrace::ports
