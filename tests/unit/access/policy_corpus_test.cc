// Runs tests/data/policies.jsonl: one case a line, (policies, request, expected decision and reason).
//
// `caller` is one of the principals below; `identity` and `session` are lists of documents, `resource` and
// `boundary` one document each; a document written as a list is a list of statements of version 2012-10-17.
// `rule: required` makes the resource policy a role's trust policy. `by` is the kind of policy that decides,
// `sid` the deciding statement's.

#include <gtest/gtest.h>

#include <fstream>

#include "emulator/access/evaluator.h"
#include "emulator/base/encoding.h"

namespace millrace::access {
namespace {

constexpr const char* kAccount = "111122223333";

Caller caller_named(const std::string& name) {
  Caller caller;
  caller.account = kAccount;
  const std::string iam = "arn:aws:iam::111122223333:";
  if (name == "user") {
    caller = {CallerKind::user, kAccount, iam + "user/alice", "", "AIDAEXAMPLEALICE00001", "alice"};
  } else if (name == "other-user-same-account") {
    caller = {CallerKind::user, kAccount, iam + "user/bob", "", "AIDAEXAMPLEBOB0000001", "bob"};
  } else if (name == "role") {
    caller = {CallerKind::role_session,
              kAccount,
              "arn:aws:sts::111122223333:assumed-role/worker/job",
              iam + "role/app/worker",
              "AROAEXAMPLEROLE000001:job",
              ""};
  } else if (name == "federated") {
    caller = {CallerKind::federated_user, kAccount, "arn:aws:sts::111122223333:federated-user/fred", iam + "user/alice",
              "111122223333:fred",        ""};
  } else if (name == "root") {
    caller = {CallerKind::root, kAccount, iam + "root", "", kAccount, ""};
  } else if (name == "other-root") {
    caller = {CallerKind::root, "444455556666", "arn:aws:iam::444455556666:root", "", "444455556666", ""};
  } else if (name.starts_with("service:")) {
    caller = {CallerKind::service, "", name.substr(8), "", "", ""};
  } else if (name.starts_with("web:")) {
    caller = {CallerKind::web_identity, "", name.substr(4), "", "", ""};
  } else {
    EXPECT_EQ(name, "anonymous");
    caller = Caller{};
  }
  return caller;
}

PolicySource source_of(const Json& document, DocumentKind kind) {
  Json whole = document;
  if (document.is_array()) {
    whole = Json::object();
    whole["Version"] = "2012-10-17";
    whole["Statement"] = document;
  }
  if (whole["Statement"].empty()) return {};
  const auto policy = parse_shared_policy(whole.dump(), kind);
  if (policy.has_error()) {
    ADD_FAILURE() << policy.error().message << " in " << whole.dump();
    return {};
  }
  return {*policy, "policy", "", ""};
}

void run(const Json& test) {
  const Caller caller = caller_named(text_of(test, "caller"));
  PrincipalPolicies policies;
  std::optional<PolicySource> resource;
  const bool trust = text_of(test, "rule") == "required";
  const auto read_all = [&test](const char* member, std::vector<PolicySource>& into) {
    for (const Json& document : test[member]) {
      PolicySource source = source_of(document, DocumentKind::identity);
      if (source.policy) into.push_back(std::move(source));
    }
  };
  if (test.contains("identity")) read_all("identity", policies.identity);
  if (test.contains("session")) {
    policies.has_session_policy = true;
    read_all("session", policies.session);
  }
  if (test.contains("boundary")) policies.boundary = source_of(test["boundary"], DocumentKind::identity);
  if (test.contains("resource")) {
    resource = source_of(test["resource"], trust ? DocumentKind::trust : DocumentKind::resource);
  }
  ASSERT_FALSE(::testing::Test::HasFailure());

  Request request{text_of(test, "action"), text_of(test, "on"), text_of(test, "owner"), {}};
  if (const Json* context = find(test, "context")) {
    for (const auto& [key, values] : context->items()) {
      request.context[to_lower(key)] = values.get<std::vector<std::string>>();
    }
  }
  add_caller_keys(caller, request.context);
  const Decision decision = evaluate(caller, policies, resource ? &*resource : nullptr, request,
                                     trust ? ResourcePolicyRule::required : ResourcePolicyRule::may_grant);
  static const char* kOutcomes[] = {"allowed", "explicitDeny", "implicitDeny"};
  static const char* kKinds[] = {"identity", "resource", "boundary", "session"};
  EXPECT_EQ(kOutcomes[static_cast<int>(decision.outcome)], text_of(test, "expect"));
  if (test.contains("by")) {
    EXPECT_EQ(kKinds[static_cast<int>(decision.kind)], text_of(test, "by"));
  }
  if (test.contains("sid")) {
    ASSERT_NE(decision.deciding(), nullptr);
    EXPECT_EQ(decision.deciding()->sid, text_of(test, "sid"));
  }
}

TEST(PolicyCorpus, EveryCaseIsDecidedAsExpected) {
  std::ifstream file(std::string(MILLRACE_TESTS_DIR) + "/data/policies.jsonl");
  ASSERT_TRUE(file);
  int count = 0;
  for (std::string line; std::getline(file, line);) {
    const auto test = parse_json(line);
    ASSERT_TRUE(test) << line;
    SCOPED_TRACE(text_of(*test, "name"));
    run(*test);
    ++count;
  }
  EXPECT_GE(count, 500);
}

}  // namespace
}  // namespace millrace::access
