// SimulatePrincipalPolicy, SimulateCustomPolicy and the context keys that policies ask for: the evaluator as
// AWS shows it. Nothing is executed.

#include <set>

#include "emulator/access/evaluator.h"
#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/policies.h"
#include "emulator/services/iam/statement_positions.h"

namespace millrace::iam {
namespace {

constexpr size_t kEvaluationsMax = 10'000;  // actions times resources in one call

/// A policy with its text, which the answer's positions refer to.
struct Source {
  access::PolicySource policy;
  std::vector<StatementPosition> positions;
};

struct Sources {
  std::vector<Source> identity, boundary, resource;
};

Result<void> add_source(std::vector<Source>& into, const std::string& text, const std::string& id,
                        access::DocumentKind kind = access::DocumentKind::identity) {
  auto parsed = access::parse_shared_policy(text, kind);
  if (parsed.has_error())
    return AwsError(errors::invalid_input, "Policy " + id + " is not valid: " + parsed.error().message);
  into.push_back({{std::move(*parsed), id, "", ""}, statement_positions(text)});
  return {};
}

void add_entity_sources(const Reader& reader, const std::string& account, Kind kind, const Json& entity,
                        std::vector<Source>& into) {
  const std::string prefix = std::string(words(kind).stored) + "_" + text_of(entity, "Name") + "_";
  if (const Json* held = find(entity, "Inline")) {
    // What is stored was checked when it was stored.
    for (const auto& [name, text] : held->items()) (void)add_source(into, text.get<std::string>(), prefix + name);
  }
  for (const std::string& arn : texts_in(entity, "Attached")) {
    if (const auto policy = find_policy(reader, arn)) (void)add_source(into, policy->document, policy->name);
  }
  for (const std::string& name : texts_in(entity, "Groups")) {
    const auto group = find_entity(reader, account, Kind::group, name);
    if (group) add_entity_sources(reader, account, Kind::group, *group, into);
  }
}

/// The entity of PolicySourceArn: a user, group or role.
struct SourceEntity {
  Kind kind;
  std::string account;
  Json document;
};

Result<SourceEntity> source_entity(const Reader& reader, const std::string& text) {
  const auto arn = Arn::parse(text);
  if (!arn || arn->service != "iam")
    return AwsError(errors::invalid_input,
                    "Invalid Entity Arn: " + text + " does not clearly define entity type and name.");
  for (const Kind kind : {Kind::user, Kind::group, Kind::role}) {
    if (!arn->resource.starts_with(std::string(words(kind).arn_type) + "/")) continue;
    TRY(auto document, get_entity(reader, arn->account, kind, arn->resource.substr(arn->resource.rfind('/') + 1)));
    return SourceEntity{kind, arn->account, std::move(document)};
  }
  return AwsError(errors::invalid_input,
                  "Invalid Entity Arn: " + text + " does not clearly define entity type and name.");
}

access::Caller caller_of(const SourceEntity& entity) {
  const std::string arn = arn_of(entity.account, entity.kind, entity.document);
  const std::string name = text_of(entity.document, "Name"), id = text_of(entity.document, "Id");
  if (entity.kind != Kind::role) return {access::CallerKind::user, entity.account, arn, "", id, name};
  return {access::CallerKind::role_session,
          entity.account,
          make_arn("sts", "", entity.account, "assumed-role/" + name + "/simulation"),
          arn,
          id + ":simulation",
          ""};
}

access::RequestContext context_in(const Json& input) {
  access::RequestContext context;
  for (const Json& entry : list_in(input, "ContextEntries")) {
    context[to_lower(text_of(entry, "ContextKeyName"))] = texts_in(entry, "ContextKeyValues");
  }
  return context;
}

const char* decision_word(const access::Decision& decision) {
  switch (decision.outcome) {
    case access::Decision::Outcome::allowed: return "allowed";
    case access::Decision::Outcome::explicit_deny: return "explicitDeny";
    case access::Decision::Outcome::implicit_deny: break;
  }
  return "implicitDeny";
}

Json matched_view(const access::Decision& decision, const Sources& sources) {
  Json list = Json::array();
  for (const access::MatchedStatement& match : decision.matched) {
    Json view = {{"SourcePolicyId", match.source->name}, {"SourcePolicyType", "IAM Policy"}};
    for (const auto* all : {&sources.identity, &sources.boundary, &sources.resource}) {
      for (const Source& source : *all) {
        const auto index = static_cast<size_t>(match.statement);
        if (source.policy.policy != match.source->policy || index >= source.positions.size()) continue;
        const StatementPosition& at = source.positions[index];
        view["StartPosition"] = {{"Line", at.start_line}, {"Column", at.start_column}};
        view["EndPosition"] = {{"Line", at.end_line}, {"Column", at.end_column}};
      }
    }
    list.push_back(std::move(view));
  }
  return list;
}

/// What the boundary says by itself, whatever the other policies do.
bool boundary_allows(const access::Decision& decision) {
  bool allows = false;
  for (const access::MatchedStatement& match : decision.matched) {
    if (match.kind != access::PolicyKind::boundary) continue;
    if (match.effect == access::Effect::deny) return false;
    allows = true;
  }
  return allows;
}

Json missing_keys(const Sources& sources, const access::RequestContext& context) {
  std::set<std::string> missing;
  for (const auto* all : {&sources.identity, &sources.boundary, &sources.resource}) {
    for (const Source& source : *all) {
      for (const std::string& key : access::context_keys(*source.policy.policy)) {
        if (!context.contains(to_lower(key))) missing.insert(key);
      }
    }
  }
  return missing;
}

Result<Json> simulate(State& state, Call& call, const access::Caller& caller, const Sources& sources) {
  TRY(const Pager page, page_in(call));
  const std::vector<std::string> actions = texts_in(call.input, "ActionNames");
  std::vector<std::string> resources = texts_in(call.input, "ResourceArns");
  if (resources.empty()) resources.push_back("*");
  if (actions.size() * resources.size() > kEvaluationsMax) {
    return AwsError(errors::invalid_input, "Too many actions and resources in one simulation.");
  }
  access::PrincipalPolicies policies;
  for (const Source& source : sources.identity) policies.identity.push_back(source.policy);
  if (!sources.boundary.empty()) policies.boundary = sources.boundary.front().policy;
  access::Request request;
  request.context = context_in(call.input);
  const Json missing = missing_keys(sources, request.context);
  request.context.try_emplace("aws:currenttime", std::vector<std::string>{iso_seconds(state.now())});
  access::add_caller_keys(caller, request.context);
  if (const auto owner = Arn::parse(text_of(call.input, "ResourceOwner"))) request.resource_account = owner->account;

  std::vector<std::pair<std::string, Json>> items;
  for (const std::string& action : actions) {
    for (const std::string& resource : resources) {
      request.action = action;
      request.resource = resource;
      const access::Decision decision = access::evaluate(
          caller, policies, sources.resource.empty() ? nullptr : &sources.resource.front().policy, request);
      Json view = Json::object();
      view["EvalActionName"] = action;
      view["EvalResourceName"] = resource;
      view["EvalDecision"] = decision_word(decision);
      view["EvalDecisionDetails"] = Json::object();
      view["MatchedStatements"] = matched_view(decision, sources);
      view["MissingContextValues"] = missing;
      view["OrganizationsDecisionDetail"] = {{"AllowedByOrganizations", true}};
      Json of_resource = {{"EvalResourceName", resource},
                          {"EvalResourceDecision", decision_word(decision)},
                          {"MatchedStatements", view["MatchedStatements"]},
                          {"MissingContextValues", missing}};
      if (!sources.boundary.empty()) {
        for (Json* result : {&view, &of_resource})
          (*result)["PermissionsBoundaryDecisionDetail"] = {
              {"AllowedByPermissionsBoundary", boundary_allows(decision)}};
      }
      view["ResourceSpecificResults"] = Json::array({std::move(of_resource)});
      std::string key = std::to_string(items.size());
      items.emplace_back(std::string(6 - std::min<size_t>(6, key.size()), '0') + key, std::move(view));
    }
  }
  return paged("EvaluationResults", items, page);
}

/// Policies given in the call itself.
Result<void> add_inputs(const Json& input, Sources& sources) {
  int number = 0;
  for (const std::string& text : texts_in(input, "PolicyInputList")) {
    TRY_VOID(add_source(sources.identity, text, "PolicyInputList." + std::to_string(++number)));
  }
  number = 0;
  for (const std::string& text : texts_in(input, "PermissionsBoundaryPolicyInputList")) {
    sources.boundary.clear();
    TRY_VOID(add_source(sources.boundary, text, "PermissionsBoundaryPolicyInputList." + std::to_string(++number)));
  }
  if (const auto text = optional_text(input, "ResourcePolicy")) {
    TRY_VOID(add_source(sources.resource, *text, "ResourcePolicy", access::DocumentKind::resource));
  }
  return {};
}

Result<Json> simulate_principal_policy(State& state, Call& call) {
  TRY(const SourceEntity entity, source_entity(state.store(), text_of(call.input, "PolicySourceArn")));
  Sources sources;
  add_entity_sources(state.store(), entity.account, entity.kind, entity.document, sources.identity);
  if (const auto boundary = optional_text(entity.document, "Boundary")) {
    if (const auto policy = find_policy(state.store(), *boundary)) {
      TRY_VOID(add_source(sources.boundary, policy->document, policy->name));
    }
  }
  TRY_VOID(add_inputs(call.input, sources));
  return simulate(state, call, caller_of(entity), sources);
}

Result<Json> simulate_custom_policy(State& state, Call& call) {
  Sources sources;
  TRY_VOID(add_inputs(call.input, sources));
  access::Caller caller{access::CallerKind::user,
                        call.caller.account,
                        make_arn("iam", "", call.caller.account, "user/simulation"),
                        "",
                        "AIDASIMULATION",
                        ""};
  const std::string given = text_of(call.input, "CallerArn");
  if (const auto arn = Arn::parse(given)) {
    caller.account = arn->account;
    caller.arn = given;
    caller.user_name = arn->resource.substr(arn->resource.rfind('/') + 1);
  }
  return simulate(state, call, caller, sources);
}

Result<Json> context_keys_view(const Sources& sources) {
  return Json{{"ContextKeyNames", missing_keys(sources, {})}};
}

Result<Json> context_keys_of_custom_policy(State&, Call& call) {
  Sources sources;
  TRY_VOID(add_inputs(call.input, sources));
  return context_keys_view(sources);
}

Result<Json> context_keys_of_principal_policy(State& state, Call& call) {
  TRY(const SourceEntity entity, source_entity(state.store(), text_of(call.input, "PolicySourceArn")));
  Sources sources;
  add_entity_sources(state.store(), entity.account, entity.kind, entity.document, sources.identity);
  TRY_VOID(add_inputs(call.input, sources));
  return context_keys_view(sources);
}

}  // namespace

Operations simulation_operations(State& state) {
  using protocol::any, protocol::optional, protocol::required, protocol::string;
  const Member source = required("PolicySourceArn", string().length(20, 2048));
  const std::vector<Member> common = {required("ActionNames", any()),
                                      optional("ResourceArns", any()),
                                      optional("ResourcePolicy", string().length(1, 131072)),
                                      optional("ResourceOwner", string().length(1, 2048)),
                                      optional("CallerArn", string().length(1, 2048)),
                                      optional("ContextEntries", any()),
                                      optional("PermissionsBoundaryPolicyInputList", any()),
                                      page_marker(),
                                      page_size()};
  std::vector<Member> principal = {source, optional("PolicyInputList", any())};
  std::vector<Member> custom = {required("PolicyInputList", any())};
  principal.insert(principal.end(), common.begin(), common.end());
  custom.insert(custom.end(), common.begin(), common.end());
  const Needs on_source = [](State&, const Call& call) {
    AccessNeed need;
    need.resource = text_of(call.input, "PolicySourceArn");
    return need;
  };
  return {
      operation(state, "SimulatePrincipalPolicy", principal, on_source, simulate_principal_policy),
      operation(state, "SimulateCustomPolicy", custom, on_anything(), simulate_custom_policy),
      operation(state, "GetContextKeysForCustomPolicy", {required("PolicyInputList", any())}, on_anything(),
                context_keys_of_custom_policy),
      operation(state, "GetContextKeysForPrincipalPolicy", {source, optional("PolicyInputList", any())}, on_source,
                context_keys_of_principal_policy),
  };
}

}  // namespace millrace::iam
