#include "emulator/access/denial.h"

namespace millrace::access {

std::string_view policy_kind_name(PolicyKind kind) {
  switch (kind) {
    case PolicyKind::identity: return "identity-based policy";
    case PolicyKind::resource: return "resource-based policy";
    case PolicyKind::boundary: return "permissions boundary";
    case PolicyKind::session: return "session policy";
  }
  return "";
}

std::string denial_reason(const Request& request, const Decision& decision) {
  const std::string kind(policy_kind_name(decision.kind));
  if (decision.outcome != Decision::Outcome::explicit_deny) {
    return "because no " + kind + " allows the " + request.action + " action";
  }
  const bool vowel = decision.kind == PolicyKind::identity;
  std::string text = std::string("with an explicit deny in ") + (vowel ? "an " : "a ") + kind;
  // Since January 2026 the managed policy that denies is named, but never another party's resource policy.
  if (decision.statement && decision.kind != PolicyKind::resource && !decision.statement->source->arn.empty()) {
    text += ": " + decision.statement->source->arn;
  }
  return text;
}

std::string denial_message(const Caller& caller, const Request& request, const Decision& decision, DenialStyle style) {
  const std::string quote = style.quote_resource ? "\"" : "";
  std::string text = "User: " + (caller.kind == CallerKind::anonymous ? "anonymous" : caller.arn) +
                     " is not authorized to perform: " + request.action + " on resource: " + quote + request.resource +
                     quote;
  if (style.with_reason) text += " " + denial_reason(request, decision);
  return text;
}

}  // namespace millrace::access
