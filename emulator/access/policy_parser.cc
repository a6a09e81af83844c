#include <array>
#include <set>

#include "emulator/access/condition.h"
#include "emulator/access/document_checks.h"
#include "emulator/access/policy.h"
#include "emulator/base/encoding.h"

namespace millrace::access {
namespace {

AwsError malformed(std::string text) {
  return AwsError(kMalformedPolicyDocument, std::move(text));
}
AwsError syntax_error() {
  return malformed("Syntax errors in policy.");
}

/// A string or a list of strings.
Result<std::vector<std::string>> string_list(const Json& value) {
  std::vector<std::string> list;
  if (value.is_string()) {
    list.push_back(value.get<std::string>());
    return list;
  }
  if (!value.is_array()) return syntax_error();
  for (const Json& element : value) {
    if (!element.is_string()) return syntax_error();
    list.push_back(element.get<std::string>());
  }
  return list;
}

/// Condition values may also be numbers and booleans.
Result<std::vector<std::string>> scalar_list(const Json& value) {
  std::vector<std::string> list;
  const auto add = [&list](const Json& element) {
    if (element.is_string()) {
      list.push_back(element.get<std::string>());
    } else if (element.is_boolean() || element.is_number()) {
      list.push_back(element.dump());
    } else {
      return false;
    }
    return true;
  };
  if (value.is_array()) {
    for (const Json& element : value) {
      if (!add(element)) return syntax_error();
    }
  } else if (!add(value)) {
    return syntax_error();
  }
  return list;
}

Result<PrincipalElement> parse_principal(const Json& value, bool negated) {
  PrincipalElement element;
  element.negated = negated;
  if (value.is_string()) {
    if (value.get<std::string>() != "*") return syntax_error();
    element.entries.push_back({PrincipalEntry::Type::aws, "*"});
    return element;
  }
  if (!value.is_object()) return syntax_error();
  for (const auto& [type_name, names] : value.items()) {
    PrincipalEntry::Type type;
    if (type_name == "AWS") {
      type = PrincipalEntry::Type::aws;
    } else if (type_name == "Service") {
      type = PrincipalEntry::Type::service;
    } else if (type_name == "Federated") {
      type = PrincipalEntry::Type::federated;
    } else if (type_name == "CanonicalUser") {
      type = PrincipalEntry::Type::canonical_user;
    } else {
      return syntax_error();
    }
    TRY(const auto values, string_list(names));
    for (const std::string& name : values) element.entries.push_back({type, name});
  }
  return element;
}

bool is_date(ConditionOperator op) {
  return op >= ConditionOperator::date_equals && op <= ConditionOperator::date_greater_equals;
}

Result<std::vector<Condition>> parse_conditions(const Json& block, bool variables) {
  std::vector<Condition> conditions;
  if (!block.is_object()) return syntax_error();
  for (const auto& [operator_name, keys] : block.items()) {
    Condition condition;
    if (!parse_condition_operator(operator_name, condition) || !keys.is_object()) return syntax_error();
    for (const auto& [key, values] : keys.items()) {
      condition.key = to_lower(key);
      condition.written = key;
      condition.values.clear();
      TRY(const auto texts, scalar_list(values));
      for (const std::string& text : texts) {
        if (condition.op == ConditionOperator::null && !equals_ignore_case(text, "true") &&
            !equals_ignore_case(text, "false")) {
          return syntax_error();
        }
        condition.values.push_back(Template::compile(text, variables));
      }
      conditions.push_back(condition);
    }
  }
  return conditions;
}

/// What the checks after the grammar need to see as it was written.
struct Written {
  bool has_action = false, has_resource = false, has_principal = false;
  std::vector<std::string> actions, resources;
  std::vector<std::string> condition_keys;
};

Result<Statement> parse_statement(const Json& json, bool variables, Written& written) {
  if (!json.is_object()) return syntax_error();
  Statement statement;
  bool has_effect = false;
  for (const auto& [name, value] : json.items()) {
    if (name == "Sid") {
      if (!value.is_string()) return syntax_error();
      statement.sid = value.get<std::string>();
    } else if (name == "Effect") {
      if (value != "Allow" && value != "Deny") return syntax_error();
      statement.effect = value == "Allow" ? Effect::allow : Effect::deny;
      has_effect = true;
    } else if (name == "Action" || name == "NotAction") {
      if (written.has_action) return syntax_error();
      written.has_action = true;
      statement.not_action = name == "NotAction";
      TRY(written.actions, string_list(value));
      for (const std::string& action : written.actions) {
        statement.actions.push_back(to_lower(compile_wildcards(action)));
      }
    } else if (name == "Resource" || name == "NotResource") {
      if (written.has_resource) return syntax_error();
      written.has_resource = true;
      statement.not_resource = name == "NotResource";
      TRY(written.resources, string_list(value));
      for (const std::string& text : written.resources) {
        statement.resources.push_back(Template::compile(text, variables));
      }
    } else if (name == "Principal" || name == "NotPrincipal") {
      if (written.has_principal) return syntax_error();
      written.has_principal = true;
      TRY(statement.principal, parse_principal(value, name == "NotPrincipal"));
    } else if (name == "Condition") {
      TRY(statement.conditions, parse_conditions(value, variables));
      for (const auto& [unused, keys] : value.items()) {
        for (const auto& [key, values] : keys.items()) written.condition_keys.push_back(key);
      }
    } else {
      return syntax_error();
    }
  }
  if (!has_effect) return syntax_error();
  return statement;
}

/// Which elements each kind of document must have and mustn't.
Result<void> check_elements(const Written& written, DocumentKind kind) {
  if (written.actions.empty()) return malformed("Policy statement must contain actions.");
  if (kind != DocumentKind::trust && written.resources.empty()) {
    return malformed("Policy statement must contain resources.");
  }
  return {};
}

Result<void> check_prohibited(const Written& written, DocumentKind kind) {
  if (kind == DocumentKind::trust && written.has_resource) return malformed("Has prohibited field Resource.");
  // unverified: older answers read "Has prohibited field Principal".
  if (kind == DocumentKind::identity && written.has_principal) {
    return malformed("Policy document should not specify a principal.");
  }
  if (kind != DocumentKind::identity && !written.has_principal) {
    return malformed("Missing required field Principal");
  }
  return {};
}

Result<void> check_dates(const Statement& statement) {
  for (const Condition& condition : statement.conditions) {
    if (!is_date(condition.op)) continue;
    for (const Template& value : condition.values) {
      if (!policy_date(value.source())) return malformed("The policy failed legacy parsing");
    }
  }
  return {};
}

Result<void> check_sids(const Policy& policy, DocumentKind kind) {
  std::set<std::string_view> seen;
  for (const Statement& statement : policy.statements) {
    if (statement.sid.empty()) continue;
    if (!seen.insert(statement.sid).second) {
      return malformed("Statement IDs (SID) in a single policy must be unique.");
    }
    for (const char c : statement.sid) {
      const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
      if (!alphanumeric && kind != DocumentKind::resource) {
        return malformed(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
            "expression "
            "[0-9A-Za-z]*");
      }
    }
  }
  return {};
}

bool allowed_in_trust(std::string_view action) {
  static constexpr std::array<std::string_view, 7> kActions = {
      "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity",
      "sts:tagsession", "sts:setsourceidentity",  "sts:setcontext",
      "sts:*"};
  const std::string lower = to_lower(action);
  for (const std::string_view known : kActions) {
    if (lower == known || (lower.find_first_of("*?") != std::string::npos && lower.starts_with("sts:") &&
                           glob(compile_wildcards(lower), known))) {
      return true;
    }
  }
  return false;
}

/// The checks that follow the grammar, each over the whole document before the next begins, so that of
/// several faults the one is named that IAM names.
Result<void> check_document(const Policy& policy, const std::vector<Written>& written, DocumentKind kind) {
  for (const Written& w : written) TRY_VOID(check_elements(w, kind));
  for (const Written& w : written) {
    for (const std::string& action : w.actions) TRY_VOID(check_action(action));
    for (const std::string& key : w.condition_keys) TRY_VOID(check_condition_key(key));
  }
  for (const Written& w : written) {
    for (const std::string& text : w.resources) TRY_VOID(check_resource(text));
  }
  for (const Statement& statement : policy.statements) TRY_VOID(check_dates(statement));
  TRY_VOID(check_sids(policy, kind));
  for (const Written& w : written) TRY_VOID(check_prohibited(w, kind));
  if (kind == DocumentKind::trust) {
    for (const Written& w : written) {
      for (const std::string& action : w.actions) {
        if (!allowed_in_trust(action)) {
          return malformed("AssumeRole policy may only specify STS AssumeRole actions.");
        }
      }
    }
  }
  return {};
}

}  // namespace

bool parse_condition_operator(std::string_view name, Condition& into) {
  into.quantifier = Quantifier::none;
  into.if_exists = false;
  if (name.starts_with("ForAllValues:")) {
    into.quantifier = Quantifier::for_all_values;
    name.remove_prefix(13);
  } else if (name.starts_with("ForAnyValue:")) {
    into.quantifier = Quantifier::for_any_value;
    name.remove_prefix(12);
  }
  if (name.ends_with("IfExists")) {
    into.if_exists = true;
    name.remove_suffix(8);
  }
  struct Known {
    std::string_view name;
    ConditionOperator op;
    bool negated;
  };
  using Op = ConditionOperator;
  static constexpr Known kOperators[] = {
      {"StringEquals", Op::string_equals, false},
      {"StringNotEquals", Op::string_equals, true},
      {"StringEqualsIgnoreCase", Op::string_equals_ignore_case, false},
      {"StringNotEqualsIgnoreCase", Op::string_equals_ignore_case, true},
      {"StringLike", Op::string_like, false},
      {"StringNotLike", Op::string_like, true},
      {"NumericEquals", Op::numeric_equals, false},
      {"NumericNotEquals", Op::numeric_equals, true},
      {"NumericLessThan", Op::numeric_less, false},
      {"NumericLessThanEquals", Op::numeric_less_equals, false},
      {"NumericGreaterThan", Op::numeric_greater, false},
      {"NumericGreaterThanEquals", Op::numeric_greater_equals, false},
      {"DateEquals", Op::date_equals, false},
      {"DateNotEquals", Op::date_equals, true},
      {"DateLessThan", Op::date_less, false},
      {"DateLessThanEquals", Op::date_less_equals, false},
      {"DateGreaterThan", Op::date_greater, false},
      {"DateGreaterThanEquals", Op::date_greater_equals, false},
      {"Bool", Op::boolean, false},
      {"BinaryEquals", Op::binary_equals, false},
      {"IpAddress", Op::ip_address, false},
      {"NotIpAddress", Op::ip_address, true},
      {"ArnEquals", Op::arn_like, false},
      {"ArnLike", Op::arn_like, false},
      {"ArnNotEquals", Op::arn_like, true},
      {"ArnNotLike", Op::arn_like, true},
      {"Null", Op::null, false},
  };
  for (const Known& known : kOperators) {
    if (known.name != name) continue;
    into.op = known.op;
    into.negated = known.negated;
    return !(known.op == Op::null && into.if_exists);
  }
  return false;
}

Result<Policy> parse_policy(std::string_view document, DocumentKind kind) {
  const auto json = parse_json(document);
  if (!json || !json->is_object()) {
    return kind == DocumentKind::trust ? malformed("This policy contains invalid Json") : syntax_error();
  }
  Policy policy;
  const Json* statements = nullptr;
  for (const auto& [name, value] : json->items()) {
    if (name == "Version" || name == "Id") {
      if (!value.is_string()) return syntax_error();
      (name == "Id" ? policy.id : policy.version) = value.get<std::string>();
    } else if (name == "Statement") {
      statements = &value;
    } else {
      return syntax_error();
    }
  }
  if (policy.version != "2012-10-17" && policy.version != "2008-10-17") return syntax_error();
  if (statements == nullptr || !(statements->is_object() || statements->is_array())) return syntax_error();
  const bool variables = policy.version == "2012-10-17";
  std::vector<Written> written;
  const auto add = [&](const Json& statement) -> Result<void> {
    written.emplace_back();
    TRY(auto parsed, parse_statement(statement, variables, written.back()));
    policy.statements.push_back(std::move(parsed));
    return {};
  };
  if (statements->is_object()) {
    TRY_VOID(add(*statements));
  } else {
    for (const Json& statement : *statements) TRY_VOID(add(statement));
  }
  if (policy.statements.empty()) return syntax_error();
  TRY_VOID(check_document(policy, written, kind));
  return policy;
}

Result<std::shared_ptr<const Policy>> parse_shared_policy(std::string_view document, DocumentKind kind) {
  TRY(auto policy, parse_policy(document, kind));
  return std::shared_ptr<const Policy>(std::make_shared<Policy>(std::move(policy)));
}

}  // namespace millrace::access
