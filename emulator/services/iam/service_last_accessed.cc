// Which services a user, group, role or policy may use, who used them last, and which policies grant them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
//
// A report is made at once; its job is kept for a day, at most a hundred an account.

#include <algorithm>
#include <set>

#include "emulator/base/arn.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/policies.h"

namespace millrace::iam {
namespace {

constexpr Millis kJobLifeMs = 24LL * 3600 * 1000;
constexpr size_t kJobsMax = 100;

struct ServiceName {
  const char* space;
  const char* name;
};
/// The services whose use is known here: those that the emulator has.
constexpr ServiceName kServices[] = {
    {"dynamodb", "Amazon DynamoDB"},
    {"iam", "AWS Identity and Access Management"},
    {"lambda", "AWS Lambda"},
    {"logs", "Amazon CloudWatch Logs"},
    {"s3", "Amazon S3"},
    {"sns", "Amazon SNS"},
    {"sqs", "Amazon SQS"},
    {"sts", "AWS Security Token Service"},
};

/// A user or role, or a group, with what is attached to it.
struct Entity {
  Kind kind;
  std::string account;
  Json document;
};

/// A policy that somebody holds.
struct Held {
  std::shared_ptr<const access::Policy> policy;
  std::string name, arn;  // arn: managed ones
  const Entity* by;
};

AwsError invalid_arn(const std::string& arn) {
  return {errors::invalid_input, "Invalid Entity Arn: " + arn + " does not clearly define entity type and name."};
}

/// The user, group or role that the ARN names.
Result<Entity> entity_of(const Reader& reader, const std::string& text) {
  const auto arn = Arn::parse(text);
  if (!arn || arn->service != "iam") return invalid_arn(text);
  for (const Kind kind : {Kind::user, Kind::group, Kind::role}) {
    if (!arn->resource.starts_with(std::string(words(kind).arn_type) + "/")) continue;
    TRY(auto document, get_entity(reader, arn->account, kind, arn->resource.substr(arn->resource.rfind('/') + 1)));
    return Entity{kind, arn->account, std::move(document)};
  }
  return invalid_arn(text);
}

void add_held(const Reader& reader, const Entity& entity, std::vector<Held>& into) {
  const auto add = [&](const std::string& text, std::string name, std::string arn) {
    auto parsed = access::parse_shared_policy(text, access::DocumentKind::identity);
    // What is stored was checked when it was stored.
    if (!parsed.has_error()) into.push_back({std::move(*parsed), std::move(name), std::move(arn), &entity});
  };
  if (const Json* inline_policies = find(entity.document, "Inline")) {
    for (const auto& [name, text] : inline_policies->items()) add(text.get<std::string>(), name, "");
  }
  for (const std::string& arn : texts_in(entity.document, "Attached")) {
    if (const auto policy = find_policy(reader, arn)) add(policy->document, policy->name, arn);
  }
}

std::vector<Entity> groups_of(const Reader& reader, const Entity& user) {
  std::vector<Entity> groups;
  for (const std::string& name : texts_in(user.document, "Groups")) {
    if (auto group = find_entity(reader, user.account, Kind::group, name))
      groups.push_back({Kind::group, user.account, std::move(*group)});
  }
  return groups;
}

bool grants(const access::Policy& policy, std::string_view space) {
  // An action of the service that no pattern can name exactly stands for all of them: what matters is the
  // vendor's part.
  for (const access::Statement& statement : policy.statements) {
    if (statement.effect != access::Effect::allow) continue;
    if (statement.not_action) return true;
    for (const std::string& action : statement.actions) {
      const size_t colon = action.find(':');
      if (access::glob(std::string_view(action).substr(0, colon), space)) return true;
    }
  }
  return false;
}

/// What a report is about: who may have used services, and the policies that let them.
struct Subject {
  std::vector<Entity> users_and_roles;
  std::vector<std::shared_ptr<const access::Policy>> policies;
};

void add_members(const Reader& reader, const Entity& group, std::vector<Entity>& into) {
  const std::string name = text_of(group.document, "Name");
  each_entity(reader, group.account, Kind::user, [&](Json user) {
    const std::vector<std::string> in = texts_in(user, "Groups");
    if (std::find(in.begin(), in.end(), name) != in.end()) into.push_back({Kind::user, group.account, std::move(user)});
    return true;
  });
}

/// Users and roles that have the managed policy, by themselves or by a group.
void add_attached_to(const Reader& reader, const std::string& account, const std::string& arn,
                     std::vector<Entity>& into) {
  for (const Kind kind : {Kind::user, Kind::role, Kind::group}) {
    each_entity(reader, account, kind, [&](Json document) {
      const std::vector<std::string> attached = texts_in(document, "Attached");
      if (std::find(attached.begin(), attached.end(), arn) == attached.end()) return true;
      Entity entity{kind, account, std::move(document)};
      if (kind == Kind::group)
        add_members(reader, entity, into);
      else
        into.push_back(std::move(entity));
      return true;
    });
  }
}

Result<Subject> subject_of(const Reader& reader, const std::string& account, const std::string& arn) {
  Subject subject;
  if (parse_policy_arn(arn)) {
    const auto policy = find_policy(reader, arn);
    if (!policy) return AwsError(errors::no_such_entity, "Policy " + arn + " was not found.");
    TRY(auto parsed, access::parse_shared_policy(policy->document, access::DocumentKind::identity));
    subject.policies.push_back(std::move(parsed));
    add_attached_to(reader, account, arn, subject.users_and_roles);
    return subject;
  }
  TRY(Entity entity, entity_of(reader, arn));
  std::vector<Held> held;
  const std::vector<Entity> groups = groups_of(reader, entity);
  add_held(reader, entity, held);
  for (const Entity& group : groups) add_held(reader, group, held);
  for (const Held& policy : held) subject.policies.push_back(policy.policy);
  if (entity.kind == Kind::group)
    add_members(reader, entity, subject.users_and_roles);
  else
    subject.users_and_roles.push_back(std::move(entity));
  return subject;
}

/// One user's or role's last use of a service.
struct EntityUse {
  const Entity* entity;
  LastUses::Use use;
};

/// By service, the latest first.
std::map<std::string, std::vector<EntityUse>> uses_of(const State& state, const Subject& subject) {
  std::map<std::string, std::vector<EntityUse>> uses;
  for (const Entity& entity : subject.users_and_roles) {
    for (const auto& [service, use] : state.uses.services_of(text_of(entity.document, "Id")))
      uses[service].push_back({&entity, use});
  }
  for (auto& [service, of_service] : uses) {
    std::stable_sort(of_service.begin(), of_service.end(),
                     [](const EntityUse& a, const EntityUse& b) { return a.use.time > b.use.time; });
  }
  return uses;
}

std::string jobs_prefix(const std::string& account) {
  return storage::document_key({"iam-last-accessed-job", account});
}
std::string job_key(const std::string& account, const std::string& id) {
  return storage::document_key({"iam-last-accessed-job", account, id});
}

/// Lets go of jobs that are too old, and of the oldest beyond the bound.
void make_room_for_job(Txn& txn, const std::string& account, Millis now) {
  std::vector<std::pair<Millis, std::string>> jobs;
  storage::each_document(txn, jobs_prefix(account), {}, [&](std::string_view, const Json& job) {
    jobs.emplace_back(int_of(job, "Created"), text_of(job, "Id"));
    return true;
  });
  std::sort(jobs.begin(), jobs.end());
  for (size_t i = 0; i < jobs.size(); ++i) {
    const bool too_many = jobs.size() - i >= kJobsMax;
    if (too_many || now >= jobs[i].first + kJobLifeMs)
      txn.erase(storage::Family::meta, job_key(account, jobs[i].second));
  }
}

Result<Json> generate(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string arn = text_of(call.input, "Arn");
  TRY_VOID(subject_of(state.store(), account, arn));
  const std::string id = state.context.random.uuid();
  return state.write([&](Txn& txn) -> Result<Json> {
    make_room_for_job(txn, account, state.now());
    storage::put_document(txn, job_key(account, id),
                          {{"Id", id},
                           {"Arn", arn},
                           {"Created", state.now()},
                           {"Granularity", text_of(call.input, "Granularity", "SERVICE_LEVEL")}});
    return Json{{"JobId", id}};
  });
}

Result<Json> find_job(State& state, const Call& call) {
  const std::string id = text_of(call.input, "JobId");
  auto job = storage::get_document(state.store(), job_key(call.caller.account, id));
  if (!job || state.now() >= int_of(*job, "Created") + kJobLifeMs)
    return AwsError(errors::no_such_entity, "The job with id " + id + " cannot be found.");  // unverified
  return std::move(*job);
}

Json report_head(const Json& job) {
  const std::string time = iso_seconds(int_of(job, "Created"));
  return {{"JobStatus", "COMPLETED"}, {"JobCreationDate", time}, {"JobCompletionDate", time}};
}

Result<Json> get(State& state, Call& call) {
  TRY(const Pager page, page_in(call));
  TRY(const Json job, find_job(state, call));
  TRY(const Subject subject, subject_of(state.store(), call.caller.account, text_of(job, "Arn")));
  const auto uses = uses_of(state, subject);
  std::vector<std::pair<std::string, Json>> items;
  for (const ServiceName& service : kServices) {
    const bool granted = std::any_of(subject.policies.begin(), subject.policies.end(),
                                     [&](const auto& policy) { return grants(*policy, service.space); });
    if (!granted) continue;
    Json view = {{"ServiceName", service.name}, {"ServiceNamespace", service.space}};
    const auto of_service = uses.find(service.space);
    view["TotalAuthenticatedEntities"] = of_service == uses.end() ? 0 : of_service->second.size();
    if (of_service != uses.end()) {
      const EntityUse& last = of_service->second.front();
      view["LastAuthenticated"] = iso_seconds(last.use.time);
      view["LastAuthenticatedEntity"] = arn_of(last.entity->account, last.entity->kind, last.entity->document);
      view["LastAuthenticatedRegion"] = last.use.region;
    }
    items.emplace_back(service.space, std::move(view));
  }
  Json out = paged("ServicesLastAccessed", items, page);
  out.update(report_head(job));
  out["JobType"] = text_of(job, "Granularity");
  return out;
}

Result<Json> get_with_entities(State& state, Call& call) {
  TRY(const Pager page, page_in(call));
  TRY(const Json job, find_job(state, call));
  TRY(const Subject subject, subject_of(state.store(), call.caller.account, text_of(job, "Arn")));
  const auto uses = uses_of(state, subject);
  std::vector<std::pair<std::string, Json>> items;
  if (const auto found = uses.find(text_of(call.input, "ServiceNamespace")); found != uses.end()) {
    for (const auto& [entity, use] : found->second) {
      std::string number = std::to_string(items.size());
      number.insert(0, 6 - std::min<size_t>(6, number.size()), '0');
      Json info = {{"Arn", arn_of(entity->account, entity->kind, entity->document)},
                   {"Name", text_of(entity->document, "Name")},
                   {"Type", entity->kind == Kind::user ? "USER" : "ROLE"},
                   {"Id", text_of(entity->document, "Id")},
                   {"Path", text_of(entity->document, "Path")}};
      items.emplace_back(number, Json{{"EntityInfo", std::move(info)}, {"LastAuthenticated", iso_seconds(use.time)}});
    }
  }
  Json out = paged("EntityDetailsList", items, page);
  out.update(report_head(job));
  return out;
}

Json granting_view(const Held& held) {
  Json view = {{"PolicyName", held.name}, {"PolicyType", held.arn.empty() ? "INLINE" : "MANAGED"}};
  if (!held.arn.empty()) {
    view["PolicyArn"] = held.arn;
    return view;
  }
  view["EntityType"] = held.by->kind == Kind::user ? "USER" : held.by->kind == Kind::role ? "ROLE" : "GROUP";
  view["EntityName"] = text_of(held.by->document, "Name");
  return view;
}

Result<Json> list_policies_granting(State& state, Call& call) {
  TRY(const Pager page, page_in(call));
  TRY(const Entity entity, entity_of(state.store(), text_of(call.input, "Arn")));
  const std::vector<Entity> groups = groups_of(state.store(), entity);
  std::vector<Held> held;
  add_held(state.store(), entity, held);
  for (const Entity& group : groups) add_held(state.store(), group, held);
  std::vector<std::pair<std::string, Json>> items;
  for (const std::string& space : texts_in(call.input, "ServiceNamespaces")) {
    Json policies = Json::array();
    for (const Held& policy : held) {
      if (grants(*policy.policy, space)) policies.push_back(granting_view(policy));
    }
    std::string number = std::to_string(items.size());
    number.insert(0, 6 - std::min<size_t>(6, number.size()), '0');
    items.emplace_back(number, Json{{"ServiceNamespace", space}, {"Policies", std::move(policies)}});
  }
  return paged("PoliciesGrantingServiceAccess", items, page);
}

}  // namespace

Operations service_last_accessed_operations(State& state) {
  using protocol::any, protocol::optional, protocol::required, protocol::string;
  const Member arn = required("Arn", string().length(20, 2048));
  const Member job = required("JobId", string().length(36, 36));
  const Needs on_arn = [](State&, const Call& call) {
    AccessNeed need;
    need.resource = text_of(call.input, "Arn");
    return need;
  };
  return {
      operation(state, "GenerateServiceLastAccessedDetails",
                {arn, optional("Granularity", string().one_of({"SERVICE_LEVEL", "ACTION_LEVEL"}))}, on_arn, generate),
      operation(state, "GetServiceLastAccessedDetails", {job, page_marker(), page_size()}, on_anything(), get),
      operation(
          state, "GetServiceLastAccessedDetailsWithEntities",
          {job, required("ServiceNamespace", string().length(1, 64).pattern("[\\w-]*")), page_marker(), page_size()},
          on_anything(), get_with_entities),
      operation(state, "ListPoliciesGrantingServiceAccess", {arn, required("ServiceNamespaces", any()), page_marker()},
                on_arn, list_policies_granting),
  };
}

}  // namespace millrace::iam
