#pragma once
// A policy document in the form in which it is evaluated, and the parser that makes it.
// The grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/access/pattern.h"
#include "emulator/base/result.h"

namespace millrace::access {

inline constexpr ErrorKind kMalformedPolicyDocument{"MalformedPolicyDocument", 400};

enum class Effect { allow, deny };

/// What a document is for; it decides which elements it must and mustn't have.
enum class DocumentKind {
  identity,  // attached to or embedded in a user, group or role; boundaries and session policies too
  trust,     // a role's AssumeRolePolicyDocument
  resource,  // a bucket's, function's, queue's, topic's, table's
};

struct PrincipalEntry {
  enum class Type { aws, service, federated, canonical_user };
  Type type;
  std::string value;  // as written; "*" is everyone
};

struct PrincipalElement {
  bool negated = false;  // NotPrincipal
  std::vector<PrincipalEntry> entries;
};

enum class ConditionOperator {
  string_equals,
  string_equals_ignore_case,
  string_like,
  numeric_equals,
  numeric_less,
  numeric_less_equals,
  numeric_greater,
  numeric_greater_equals,
  date_equals,
  date_less,
  date_less_equals,
  date_greater,
  date_greater_equals,
  boolean,
  binary_equals,
  ip_address,
  arn_like,
  null,
};

enum class Quantifier { none, for_all_values, for_any_value };

/// One key of one operator's block: `"StringNotLikeIfExists": {"aws:PrincipalArn": ["a", "b"]}`.
struct Condition {
  ConditionOperator op;
  bool negated = false;  // the Not... form
  bool if_exists = false;
  Quantifier quantifier = Quantifier::none;
  std::string key;      // lower case
  std::string written;  // the key as the policy has it
  std::vector<Template> values;
};

struct Statement {
  std::string sid;
  Effect effect = Effect::allow;
  PrincipalElement principal;  // without entries in identity policies
  bool not_action = false;
  std::vector<std::string> actions;  // lower case, wildcards as pattern bytes
  bool not_resource = false;
  std::vector<Template> resources;  // empty in trust policies: the role itself
  std::vector<Condition> conditions;
};

struct Policy {
  std::string version = "2008-10-17";
  std::string id;
  std::vector<Statement> statements;
};

/// Parses and checks a document. Errors are kMalformedPolicyDocument with IAM's texts; of several faults the
/// one that IAM looks for first is reported. Whether principals exist is the caller's to check.
Result<Policy> parse_policy(std::string_view document, DocumentKind kind);

/// The same, shared, for caches.
Result<std::shared_ptr<const Policy>> parse_shared_policy(std::string_view document, DocumentKind kind);

/// Resolves "ForAnyValue:StringLikeIfExists" and its like; false if there is no such operator.
bool parse_condition_operator(std::string_view name, Condition& into);

}  // namespace millrace::access
