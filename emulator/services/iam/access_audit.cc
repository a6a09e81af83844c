#include "emulator/services/iam/access_audit.h"

#include <set>
#include <vector>

namespace millrace::iam {
namespace {

// Beyond these, decisions are only counted as dropped: the report stays small, and it says that it isn't
// whole.
constexpr size_t kPrincipalsMax = 500;
constexpr size_t kUsesPerPrincipalMax = 1000;
// More objects of a bucket than this become `bucket/*`.
constexpr size_t kObjectsPerBucketMax = 10;

/// The resource as a policy would name it: a stream without its label, a log group with all its streams.
std::string generalized(const std::string& resource) {
  if (const size_t stream = resource.find("/stream/");
      stream != std::string::npos && resource.find(":dynamodb:") != std::string::npos) {
    return resource.substr(0, stream) + "/stream/*";
  }
  if (const size_t stream = resource.find(":log-stream:"); stream != std::string::npos) {
    return resource.substr(0, stream) + ":*";
  }
  return resource;
}

bool is_object(const std::string& resource) {
  return resource.starts_with("arn:aws:s3:::") && resource.find('/') != std::string::npos;
}

/// Resources of one action, with many objects of a bucket put together.
std::set<std::string> condensed(const std::set<std::string>& resources) {
  std::map<std::string, size_t> objects;
  for (const std::string& resource : resources) {
    if (is_object(resource)) ++objects[resource.substr(0, resource.find('/'))];
  }
  std::set<std::string> result;
  for (const std::string& resource : resources) {
    const std::string bucket = resource.substr(0, resource.find('/'));
    const bool many = is_object(resource) && objects[bucket] > kObjectsPerBucketMax;
    result.insert(many ? bucket + "/*" : resource);
  }
  return result;
}

/// A mapping needs all four on its stream, whichever of them were seen.
void keep_stream_actions_together(std::map<std::string, std::set<std::string>>& resources_of_action) {
  constexpr const char* kTogether[] = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator",
                                       "dynamodb:ListStreams"};
  std::set<std::string> streams;
  for (const char* action : kTogether) {
    for (const std::string& resource : resources_of_action[action])
      if (resource.find("/stream/") != std::string::npos) streams.insert(resource);
  }
  for (const char* action : kTogether) {
    resources_of_action[action].insert(streams.begin(), streams.end());
    if (resources_of_action[action].empty()) resources_of_action.erase(action);
  }
}

}  // namespace

void AccessAudit::record(const std::string& principal, const std::string& action, const std::string& resource,
                         bool allowed, const std::string& message, Millis now) {
  MutexLock lock(mutex_);
  if (since_ == 0) since_ = now;
  auto found = principals_.find(principal);
  if (found == principals_.end()) {
    if (principals_.size() >= kPrincipalsMax) {
      ++dropped_;
      return;
    }
    found = principals_.emplace(principal, Record{}).first;
  }
  Record& record = found->second;
  ++record.requests;
  const std::pair key(action, generalized(resource));
  auto use = record.uses.find(key);
  if (use == record.uses.end()) {
    if (record.uses.size() >= kUsesPerPrincipalMax) {
      ++record.dropped;
      return;
    }
    use = record.uses.emplace(key, Use{}).first;
  }
  ++use->second.count;
  use->second.last = now;
  if (!allowed) {
    ++use->second.denied;
    use->second.message = message;
  }
}

Json AccessAudit::policy_of(const Record& record) {
  std::map<std::string, std::set<std::string>> resources_of_action;
  for (const auto& [key, use] : record.uses) resources_of_action[key.first].insert(key.second);
  keep_stream_actions_together(resources_of_action);
  // Actions of one service on the same resources share a statement.
  std::map<std::pair<std::string, std::set<std::string>>, std::set<std::string>> statements;
  for (const auto& [action, resources] : resources_of_action) {
    statements[{action.substr(0, action.find(':')), condensed(resources)}].insert(action);
  }
  Json list = Json::array();
  for (const auto& [key, actions] : statements) {
    list.push_back({{"Effect", "Allow"}, {"Action", actions}, {"Resource", key.second}});
  }
  return {{"Version", "2012-10-17"}, {"Statement", std::move(list)}};
}

std::optional<Json> AccessAudit::least_privilege_policy(const std::string& principal) const {
  MutexLock lock(mutex_);
  const auto found = principals_.find(principal);
  if (found == principals_.end()) return std::nullopt;
  return policy_of(found->second);
}

Millis AccessAudit::since() const {
  MutexLock lock(mutex_);
  return since_;
}

Json AccessAudit::report() const {
  MutexLock lock(mutex_);
  Json list = Json::array();
  for (const auto& [principal, record] : principals_) {
    Json actions = Json::array();
    for (const auto& [key, use] : record.uses) {
      Json entry = {{"action", key.first},
                    {"resource", key.second},
                    {"count", use.count},
                    {"deniedCount", use.denied},
                    {"lastUsed", use.last}};
      if (use.denied > 0) entry["message"] = use.message;
      actions.push_back(std::move(entry));
    }
    list.push_back({{"principal", principal},
                    {"requests", record.requests},
                    {"actions", std::move(actions)},
                    {"dropped", record.dropped},
                    {"leastPrivilegePolicy", policy_of(record)}});
  }
  return {{"principals", std::move(list)}, {"dropped", dropped_}};
}

void AccessAudit::clear() {
  MutexLock lock(mutex_);
  principals_.clear();
  since_ = 0;
  dropped_ = 0;
}

}  // namespace millrace::iam
