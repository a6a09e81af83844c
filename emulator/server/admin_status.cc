#include "emulator/server/admin_status.h"

#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <tuple>
#include <vector>

#include "emulator/base/encoding.h"
#include "emulator/base/system_time.h"
#include "emulator/base/version.h"
#include "emulator/storage/keys.h"

namespace millrace::server {

namespace {

/// Which documents are a resource that people count: by the parts of their keys (emulator/storage/KEYS.md).
struct Counted {
  const char* first;  // the key's first part
  size_t kind_at;     // the part that is `kind`; 0: every document counts
  const char* kind;
  size_t account_at, region_at;  // 0: it has none
  const char* name;
};
constexpr Counted kCounted[] = {
    {"dynamodb", 1, "table", 2, 3, "tables"},
    {"lambda", 3, "function", 1, 2, "functions"},
    {"lambda-mapping", 0, "", 1, 2, "mappings"},
    {"sqs", 3, "queue", 1, 2, "queues"},
    {"sns", 3, "topic", 1, 2, "topics"},
    {"logs", 3, "group", 1, 2, "log groups"},
    {"apigateway", 3, "api", 1, 2, "APIs"},
    {"apigateway", 3, "rest", 1, 2, "APIs"},
    {"events", 3, "rule", 1, 2, "rules"},
    {"scheduler", 3, "schedule", 1, 2, "schedules"},
    {"pipes", 0, "", 1, 2, "pipes"},
    {"cloudwatch", 3, "alarm", 1, 2, "alarms"},
    {"ssm", 3, "parameter", 1, 2, "parameters"},
    {"secretsmanager", 3, "secret", 1, 2, "secrets"},
    {"kms", 3, "key", 1, 2, "keys"},
    {"iam", 2, "role", 1, 0, "roles"},
    {"iam", 2, "user", 1, 0, "users"},
    {"iam", 2, "policy", 1, 0, "policies"},
};

std::vector<std::string> parts_of(std::string_view key) {
  std::vector<std::string> out;
  while (!key.empty() && out.size() < 5) {
    auto part = storage::take_part(key);
    if (!part) break;
    out.push_back(std::move(*part));
  }
  return out;
}

const char* word(IamMode mode) {
  return mode == IamMode::off ? "off" : mode == IamMode::audit ? "audit" : "on";
}

}  // namespace

int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  int64_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

Json resource_counts(const storage::Reader& reader) {
  std::map<std::tuple<std::string, std::string, std::string>, int64_t> counts;
  for (const Counted& one : kCounted) {
    std::string prefix = storage::document_key({one.first});
    reader.scan(storage::Family::meta, prefix, storage::prefix_end(prefix),
                [&](std::string_view key, std::string_view) {
                  std::vector<std::string> parts = parts_of(key);
                  if (parts.size() <= std::max({one.kind_at, one.account_at, one.region_at})) return true;
                  if (one.kind_at && parts[one.kind_at] != one.kind) return true;
                  ++counts[{parts[one.account_at], one.region_at ? parts[one.region_at] : "", one.name}];
                  return true;
                });
  }
  // A bucket's key is its name alone, which is one's in all the world: whose it is stands in the document.
  const std::string buckets = storage::document_key({"s3", "bucket"});
  reader.scan(storage::Family::meta, buckets, storage::prefix_end(buckets),
              [&](std::string_view, std::string_view value) {
                if (auto bucket = parse_json(value))
                  ++counts[{text_of(*bucket, "Account"), text_of(*bucket, "Region"), "buckets"}];
                return true;
              });
  Json out = Json::array();
  for (const auto& [of, count] : counts)
    out.push_back(
        {{"account", std::get<0>(of)}, {"region", std::get<1>(of)}, {"kind", std::get<2>(of)}, {"count", count}});
  return out;
}

void add_status_routes(Admin& admin, const ServerOptions& options, const std::string& folder,
                       const storage::Store& store, const Clock& clock) {
  const Millis started_ms = system_time_ms();
  admin.add("GET status", [&, started_ms](const protocol::HttpRequest&, const Admin::Respond& respond) {
    respond(json_reply(200, {{"version", version()},
                             {"pid", getpid()},
                             {"dataFolder", folder},
                             {"ephemeral", options.ephemeral},
                             {"region", options.region},
                             {"iam", word(options.iam)},
                             {"startedAt", iso_millis(started_ms)},
                             {"uptimeSeconds", (system_time_ms() - started_ms) / 1000},
                             {"clock", iso_millis(clock.now_ms())},
                             {"memoryBytes", resident_bytes()},
                             {"resources", resource_counts(store)}}));
  });
  admin.add("POST stop", [](const protocol::HttpRequest&, const Admin::Respond& respond) {
    respond(json_reply(202, {{"stopping", true}, {"pid", getpid()}}));
    kill(getpid(), SIGTERM);  // sigwait() in serve takes it
  });
}

}  // namespace millrace::server
