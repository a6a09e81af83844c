#include "emulator/services/s3/events/replication.h"

#include "emulator/base/arn.h"
#include "emulator/base/log.h"
#include "emulator/base/woken_thread.h"
#include "emulator/ports/authority.h"
#include "emulator/services/s3/body/body_writer.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/copy_source.h"
#include "emulator/services/s3/objects/key_use.h"
#include "emulator/services/s3/objects/keys.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using storage::Family;

namespace {

struct Rule {
  int64_t priority = 0;
  std::string prefix;
  Pairs tags;
  std::string target;  // a bucket's name
  std::string storage_class;
  bool markers = false;
};

/// The stored document was checked when it was put.
std::vector<Rule> enabled_rules(const storage::Reader& reader, const Bucket& bucket, std::string& role) {
  std::vector<Rule> out;
  auto text = setting(reader, bucket.name, "replication");
  if (!text) return out;
  pugi::xml_document document;
  if (!document.load_buffer(text->data(), text->size())) return out;
  pugi::xml_node root = document.document_element();
  role = child_text(root, "Role");
  for (const pugi::xml_node& node : root.children("Rule")) {
    if (child_text(node, "Status") != "Enabled") continue;
    Rule rule;
    rule.priority = node.child("Priority").text().as_llong();
    pugi::xml_node filter = node.child("Filter");
    if (pugi::xml_node both = filter.child("And")) filter = both;
    rule.prefix = child_text(filter, "Prefix", child_text(node, "Prefix"));
    for (const pugi::xml_node& tag : filter.children("Tag"))
      rule.tags.emplace_back(child_text(tag, "Key"), child_text(tag, "Value"));
    rule.target = child_text(node.child("Destination"), "Bucket").substr(std::string_view("arn:aws:s3:::").size());
    rule.storage_class = child_text(node.child("Destination"), "StorageClass");
    // The old form, with Prefix and no Filter, replicates markers always.
    rule.markers =
        !has_child(node, "Filter") || child_text(node.child("DeleteMarkerReplication"), "Status") == "Enabled";
    out.push_back(std::move(rule));
  }
  return out;
}

bool wants(const Rule& rule, const std::string& key, const ObjectVersion& version) {
  if (!key.starts_with(rule.prefix)) return false;
  if (version.delete_marker) return rule.markers && rule.tags.empty();
  for (const auto& [name, value] : rule.tags) {
    const std::string* present = value_of(version.tags, name);
    if (!present || *present != value) return false;
  }
  return true;
}

std::string task_key(uint64_t sequence) {
  std::string out = keys::event(sequence);
  out[0] = 'r';
  return out;
}

struct Task {
  std::string stored_key;
  std::string bucket, key, version_id, target, role, storage_class;
};

std::optional<Task> first_task(const storage::Reader& reader) {
  std::optional<Task> out;
  reader.scan(Family::objects, "r", storage::prefix_end("r"), [&](std::string_view stored, std::string_view text) {
    Json document = parse_json(text).value_or(Json::object());
    out = Task{std::string(stored),          text_of(document, "bucket"), text_of(document, "key"),
               text_of(document, "version"), text_of(document, "target"), text_of(document, "role"),
               text_of(document, "class")};
    return false;
  });
  return out;
}

/// What the source's bytes and the replica's are under.
struct ReplicaKeys {
  std::string from, to;
};
/// Asks for KMS's keys in the role's name. A customer's own key isn't known here: then AccessDenied.
Result<ReplicaKeys> keys_of_replica(S3& s3, const Task& task, const Bucket& source, const Bucket& target,
                                    ObjectVersion& replica) {
  if (replica.delete_marker) return ReplicaKeys{};
  if (replica.cipher == Cipher::customer) return errors::access_denied_plainly();
  ports::OnBehalfOf role(source.account);
  role.role_arn = task.role;
  ReplicaKeys out;
  ObjectVersion original = replica;
  TRY_VOID(use_kms_key(s3, source, task.key, role, {"Decrypt"}, original));
  TRY(out.from, body_key(s3, source, task.key, original, {}));
  TRY_VOID(use_kms_key(s3, target, task.key, role, {"GenerateDataKey"}, replica));
  TRY(out.to, new_body_key(s3, target, task.key, {}, replica));
  return out;
}

/// The copy has the source's version id and place in the order of versions.
Result<void> copy_version(S3& s3, const Task& task) {
  std::shared_ptr<const storage::Reader> snapshot = s3.store.snapshot();
  TRY(Bucket source, require_bucket(*snapshot, task.bucket));
  TRY(Bucket target, require_bucket(*snapshot, task.target));
  auto version = find_version(*snapshot, source, task.key, task.version_id);
  if (!version) return {};  // deleted meanwhile
  ports::Authority* authority = s3.authority;
  const char* action = version->delete_marker ? "s3:ReplicateDelete" : "s3:ReplicateObject";
  auto role = Arn::parse(task.role);
  if (!role || role->account != source.account) return errors::access_denied_plainly();  // as when it was configured
  if (authority && !authority->role_may(task.role, action, object_arn(target.name, task.key), region_of(target)))
    return errors::access_denied_plainly();

  ObjectVersion replica = *version;
  TRY(const ReplicaKeys keys, keys_of_replica(s3, task, source, target, replica));
  BodyWriter writer(s3.store, s3.random, keys.to);
  if (!version->delete_marker) {
    TRY(Copied copied, copy_bytes(snapshot, {*version, keys.from, 0, version->size}, Algorithm::none, writer));
    (void)copied;  // ETag and checksum are the source's, also of an upload in parts
    replica.body = writer.id();
    replica.parts = 0;
  }
  replica.replication_status = "REPLICA";
  if (!task.storage_class.empty()) replica.storage_class = task.storage_class;
  bool present = false;
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket still, require_bucket(txn, task.target));
    present = find_version(txn, still, task.key, task.version_id).has_value();
    if (present) return {};
    if (!replica.delete_marker) writer.adopt(txn);
    put_replica(txn, s3, still, task.key, replica);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  if (!present) writer.keep();
  return {};
}

void finish_task(S3& s3, const Task& task, bool done) {
  auto change = [&](storage::Txn& txn) -> Result<void> {
    txn.erase(Family::objects, task.stored_key);
    TRY(Bucket source, require_bucket(txn, task.bucket));
    auto version = find_version(txn, source, task.key, task.version_id);
    if (!version || version->delete_marker) return {};
    version->replication_status = done ? "COMPLETED" : "FAILED";
    update_version(txn, source, task.key, *version);
    return {};
  };
  if (!s3.store.transact(change).has_error()) return;
  // The bucket is gone: only the task is left.
  auto erase = [&](storage::Txn& txn) -> Result<void> {
    txn.erase(Family::objects, task.stored_key);
    return {};
  };
  (void)s3.store.transact(erase).has_error();
}

}  // namespace

void plan_replication(storage::Txn& txn, S3& s3, const Bucket& bucket, const std::string& key, ObjectVersion& version) {
  std::string role;
  std::vector<Rule> rules = enabled_rules(txn, bucket, role);
  for (const Rule& rule : rules) {
    if (!wants(rule, key, version)) continue;
    // Of several rules to one target the highest priority counts.
    bool outranked = false;
    for (const Rule& other : rules)
      outranked |= other.target == rule.target && other.priority > rule.priority && wants(other, key, version);
    if (outranked) continue;
    if (!version.delete_marker) version.replication_status = "PENDING";
    Json task{{"bucket", bucket.name}, {"key", key},   {"version", version.version_id},
              {"target", rule.target}, {"role", role}, {"class", rule.storage_class}};
    txn.put(Family::objects, task_key(next_sequence(txn)), to_text(task));
    txn.after_commit([&s3] { s3.background->wake(); });
  }
}

void replicate(S3& s3) {
  while (!s3.background->stopping()) {
    auto task = first_task(s3.store);
    if (!task) return;
    auto copied = copy_version(s3, *task);
    if (copied.has_error())
      log::warning("s3: " + task->bucket + "/" + task->key + " was not replicated to " + task->target + ": " +
                   copied.error().message);
    finish_task(s3, *task, !copied.has_error());
  }
}

}  // namespace millrace::s3
