// IAM policy documents: what parses is asked about a request, as each kind of policy.

#include <memory>

#include "emulator/access/evaluator.h"
#include "fuzz.h"

namespace millrace::access {
namespace {

void ask(const std::shared_ptr<const Policy>& policy, DocumentKind kind) {
  Caller caller{CallerKind::user, "123456789012", "arn:aws:iam::123456789012:user/path/ann", "", "AIDAEXAMPLE", "ann"};
  Request request{"s3:GetObject",
                  "arn:aws:s3:::data/home/ann/key",
                  "",
                  {{"aws:requesttag/k", {"a", "b"}},
                   {"s3:prefix", {"home/ann"}},
                   {"aws:sourceip", {"10.1.2.3"}},
                   {"aws:currenttime", {"2024-01-31T09:05:07Z"}}}};
  add_caller_keys(caller, request.context);
  PolicySource source{policy, "fuzzed", "", caller.arn};
  PrincipalPolicies policies;
  if (kind == DocumentKind::identity) policies.identity.push_back(source);
  const PolicySource* of_resource = kind == DocumentKind::identity ? nullptr : &source;
  Decision decision = evaluate(caller, policies, of_resource, request);
  fuzz::promise(decision.allowed() == evaluate(caller, policies, of_resource, request).allowed(),
                "a request has one answer");
  if (decision.allowed()) fuzz::promise(decision.statement.has_value(), "an Allow has a statement");
  (void)context_keys(*policy);
}

}  // namespace
}  // namespace millrace::access

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace::access;
  for (DocumentKind kind : {DocumentKind::identity, DocumentKind::trust, DocumentKind::resource}) {
    auto policy = parse_shared_policy(millrace::fuzz::as_text(data, size), kind);
    if (policy.has_error())
      millrace::fuzz::promise(!policy.error().message.empty(), "an error says what is wrong");
    else
      ask(*policy, kind);
  }
  return 0;
}
