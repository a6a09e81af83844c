#include "emulator/server/account_keys.h"

#include <functional>

#include "emulator/base/account.h"
#include "emulator/base/json.h"
#include "emulator/storage/keys.h"

namespace millrace::server {

using storage::Family;
using storage::prefix_end;

namespace {

// Kinds of ids.
constexpr char kTable = 't', kGroup = 'g', kLogStream = 's', kQueue = 'q', kBucket = 'b', kBody = 'o', kArchive = 'a';

/// A document's key: its parts, and what follows them (the number of a stream).
struct DocumentKey {
  std::vector<std::string> parts;
  std::string tail;
  const std::string& part(size_t at) const {
    static const std::string kNone;
    return at < parts.size() ? parts[at] : kNone;
  }
  bool is(std::string_view first, std::string_view second) const { return part(0) == first && part(1) == second; }
};

DocumentKey parse_key(std::string_view key) {
  DocumentKey out;
  // Numbers follow these two parts; their bytes could look like another part.
  static const std::set<std::string> kNumbered{"stream", "statistics", "backfill", "expiry_backfill"};
  while (auto part = storage::take_part(key)) {
    out.parts.push_back(std::move(*part));
    if (out.parts.size() == 2 && out.parts[0] == "dynamodb" && kNumbered.contains(out.parts[1])) break;
  }
  out.tail = key;
  return out;
}

/// The account in the first ARN that the text holds; empty if there is none.
std::string account_in_arn(std::string_view text) {
  for (size_t at = text.find("arn:aws"); at != std::string_view::npos; at = text.find("arn:aws", at + 1)) {
    size_t colon = at;
    for (int i = 0; i < 4 && colon != std::string_view::npos; ++i) colon = text.find(':', colon + (i > 0));
    if (colon != std::string_view::npos && is_account_id(text.substr(colon + 1, 12)))
      return std::string(text.substr(colon + 1, 12));
  }
  return "";
}

/// Whose a document is: its key says so, or a member, or an ARN in it.
std::string owner_of(const DocumentKey& key, std::string_view value) {
  const bool named_by_customers = key.is("s3", "bucket") || key.is("s3", "setting");
  for (size_t at = 1; at <= 2 && !named_by_customers; ++at) {
    if (is_account_id(key.part(at))) return key.part(at);
    if (std::string account = account_in_arn(key.part(at)); !account.empty()) return account;
  }
  auto document = value.starts_with('{') ? parse_json(value) : std::nullopt;
  if (!document || !document->is_object()) return account_in_arn(value);
  for (const char* member : {"account", "Account"}) {
    if (std::string account = text_of(*document, member); is_account_id(account)) return account;
  }
  return account_in_arn(value);
}

bool is_first_part_of(const KeptService& service, const std::string& first) {
  return (" " + std::string(service.first_parts) + " ").find(" " + first + " ") != std::string::npos;
}

class Collector {
 public:
  Collector(const storage::Reader& reader, const Meant& meant) : reader_(reader), meant_(meant) {}

  OwnedKeys collect() {
    each_document([this](const DocumentKey& key, std::string_view stored, std::string_view value) {
      if (hangs_on_another(key) || !is_meant(key, value)) return;
      add_document(stored);
      note(key, value);
    });
    each_document([this](const DocumentKey& key, std::string_view stored, std::string_view) {
      if (hangs_on_another(key) && is_meant_by_its_owner(key)) add_document(stored);
    });
    add_items();
    add_logs();
    add_queues();
    add_objects();
    for (const std::string& id : code_ids_) add_prefix(Family::chunks, storage::document_key({"lambda-code", id}));
    return std::move(out_);
  }

 private:
  using Visit = std::function<void(const DocumentKey&, std::string_view stored, std::string_view value)>;
  void each_document(const Visit& visit) const {
    reader_.scan(Family::meta, std::string(1, '\1'), prefix_end(""), [&](std::string_view key, std::string_view value) {
      const DocumentKey parsed = parse_key(key);
      if (parsed.parts.size() > 1 && parsed.part(1) != "numbers") visit(parsed, key, value);
      return true;
    });
  }

  bool is_service_meant(const std::string& first) const {
    if (meant_.service.empty()) return true;
    for (const KeptService& service : service_list()) {
      if (meant_.service == service.name) return is_first_part_of(service, first);
    }
    return false;
  }
  bool is_account_meant(const std::string& account) const {
    if (meant_.account.empty()) return true;
    return meant_.all_but_account ? !account.empty() && account != meant_.account : account == meant_.account;
  }
  bool is_meant(const DocumentKey& key, std::string_view value) const {
    return is_service_meant(key.part(0)) && is_account_meant(owner_of(key, value));
  }

  /// What is kept by the id of something else: statistics of a table, positions of a mapping, settings of a bucket.
  static bool hangs_on_another(const DocumentKey& key) {
    return key.is("s3", "setting") || key.is("lambda", "position") || key.part(0) == "iam-service-use" ||
           key.part(0) == "iam-expiry" ||
           (key.part(0) == "dynamodb" &&
            (key.part(1) == "statistics" || key.part(1) == "backfill" || key.part(1) == "expiry_backfill"));
  }
  bool is_meant_by_its_owner(const DocumentKey& key) const {
    if (key.is("s3", "setting")) return names_.contains("bucket/" + key.part(2));
    if (key.is("lambda", "position")) return names_.contains("mapping/" + key.part(2));
    if (key.part(0) == "iam-service-use") return names_.contains("principal/" + key.part(1));
    if (key.part(0) == "iam-expiry") return names_.contains("session/" + key.part(2));
    std::string_view tail = key.tail;
    auto id = storage::take_u64(tail);
    return id && out_.ids.contains({kTable, *id});
  }

  /// Remembers by which ids and names other entries hang on this document.
  void note(const DocumentKey& key, std::string_view value) {
    if (key.is("s3", "bucket")) names_.insert("bucket/" + key.part(2));
    if (key.part(0) == "lambda-mapping") names_.insert("mapping/" + key.part(3));
    if (key.part(0) == "iam-session") names_.insert("session/" + key.part(1));
    auto document = parse_json(value);
    if (!document || !document->is_object()) return;
    if (key.part(0) == "dynamodb") note_tables(*document);
    if (key.is("s3", "bucket")) note_id(kBucket, *document, "Id");
    if (key.part(0) == "iam") names_.insert("principal/" + text_of(*document, "Id"));
    const std::string& kind = key.part(3);
    if (key.part(0) == "logs" && kind == "group") note_id(kGroup, *document, "id");
    if (key.part(0) == "logs" && kind == "stream") note_id(kLogStream, *document, "id");
    if (key.part(0) == "sqs" && kind == "queue") note_id(kQueue, *document, "id");
    if (key.part(0) == "events") note_id(kArchive, *document, "_id");
    if (const Json* code = find(*document, "code"); key.part(0) == "lambda" && code && code->is_object())
      code_ids_.insert(text_of(*code, "id"));
  }
  void note_id(char kind, const Json& document, const char* member) {
    const Json* value = find(document, member);
    if (value && value->is_number_integer() && value->get<int64_t>() != 0)
      out_.ids.insert({kind, value->get<uint64_t>()});
  }
  /// Tables, indexes, streams, histories, backups and data keys draw their numbers from one counter.
  void note_tables(const Json& document) {
    for (const char* member : {"id", "history_id", "data_id", "number"}) note_id(kTable, document, member);
    if (const Json* stream = find(document, "stream"); stream && stream->is_object()) note_id(kTable, *stream, "id");
    const Json* indexes = find(document, "indexes");
    if (!indexes || !indexes->is_array()) return;
    for (const Json& index : *indexes) {
      if (index.is_object()) note_id(kTable, index, "id");
    }
  }

  void add_document(std::string_view key) {
    std::string after(key);
    after.push_back('\0');
    out_.ranges.push_back({Family::meta, std::string(key), std::move(after)});
  }
  void add_prefix(Family family, const std::string& prefix) {
    out_.ranges.push_back({family, prefix, prefix_end(prefix)});
  }
  static std::string tagged(std::string_view tag, uint64_t id) {
    std::string out(tag);
    storage::append_u64(out, id);
    return out;
  }
  void add_by_id(Family family, char kind, const char* tags) {
    for (const auto& [own, id] : out_.ids) {
      if (own != kind) continue;
      for (const char* tag = tags; *tag; ++tag) add_prefix(family, tagged(std::string_view(tag, 1), id));
    }
  }

  void add_items() {
    for (const auto& [kind, id] : out_.ids) {
      if (kind != kTable) continue;
      for (Family family : {Family::items, Family::indexes, Family::streams}) add_prefix(family, tagged("", id));
    }
  }
  void add_logs() {
    add_by_id(Family::logs, kGroup, "eb");
    add_by_id(Family::logs, kLogStream, "s");
    if (!is_service_meant("logs") || meant_.all_but_account) return;
    add_prefix(Family::logs, "a" + meant_.account);
    add_prefix(Family::logs, "m" + (meant_.account.empty() ? "" : storage::document_key({meant_.account})));
  }
  void add_queues() {
    add_by_id(Family::queues, kQueue, "mvdxghf");
    add_by_id(Family::queues, kArchive, "a");
    if (!is_service_meant("cloudwatch") || meant_.all_but_account) return;
    for (const char* kind : {"M", "N"})  // metrics: single points, and hours
      add_prefix(Family::queues, kind + (meant_.account.empty() ? "" : storage::document_key({meant_.account})));
  }

  /// Buckets' entries, and the bodies that they name.
  void add_objects() {
    std::set<uint64_t> bodies;
    auto note_body = [&](const Json& one) {
      const Json* body = one.is_object() ? find(one, "b") : nullptr;
      if (body && body->is_number_integer() && body->get<uint64_t>() != 0) bodies.insert(body->get<uint64_t>());
    };
    for (const auto& [kind, id] : out_.ids) {
      if (kind != kBucket) continue;
      for (const char* tag : {"c", "v", "u", "p"}) {
        const std::string prefix = tagged(tag, id);
        add_prefix(Family::objects, prefix);
        reader_.scan(Family::objects, prefix, prefix_end(prefix), [&](std::string_view, std::string_view value) {
          note_body(Json::from_msgpack(value.begin(), value.end(), true, false));
          return true;
        });
      }
    }
    std::set<uint64_t> manifests = bodies;
    for (uint64_t body : manifests) {
      const Json parts = manifest_of(body);
      if (!parts.is_array()) continue;
      for (const Json& part : parts) note_body(part);
      add_prefix(Family::objects, tagged("m", body));
    }
    for (uint64_t body : bodies) {
      add_prefix(Family::chunks, tagged("", body));
      out_.ids.insert({kBody, body});
    }
  }
  Json manifest_of(uint64_t body) const {
    auto stored = reader_.get(Family::objects, tagged("m", body));
    return stored ? Json::from_msgpack(stored->begin(), stored->end(), true, false) : Json();
  }

  const storage::Reader& reader_;
  const Meant& meant_;
  OwnedKeys out_;
  std::set<std::string> names_;  // "bucket/<name>", "mapping/<uuid>", "session/<key>", "principal/<id>"
  std::set<std::string> code_ids_;
};

}  // namespace

const std::vector<KeptService>& service_list() {
  static const std::vector<KeptService> all{{"apigateway", "apigateway apigateway-id apigateway-domain"},
                                            {"autoscaling", "autoscaling"},
                                            {"cloudwatch", "cloudwatch"},
                                            {"dynamodb", "dynamodb"},
                                            {"events", "events"},
                                            {"iam",
                                             "iam iam-account iam-key iam-session iam-expiry iam-use "
                                             "iam-service-use iam-credential-report iam-last-accessed-job"},
                                            {"kms", "kms"},
                                            {"lambda",
                                             "lambda lambda-url lambda-async lambda-code-signing "
                                             "lambda-mapping lambda-capacity-provider"},
                                            {"logs", "logs"},
                                            {"pipes", "pipes"},
                                            {"s3", "s3"},
                                            {"scheduler", "scheduler"},
                                            {"secretsmanager", "secretsmanager"},
                                            {"sns", "sns"},
                                            {"sqs", "sqs"},
                                            {"ssm", "ssm"}};
  return all;
}

std::vector<std::pair<Family, std::string>> counter_keys() {
  std::vector<std::pair<Family, std::string>> out{
      {Family::meta, "tables.next_id"}, {Family::meta, "streams.next_sequence"}, {Family::objects, "n"}};
  for (const char* of : {"group", "stream", "event"})
    out.emplace_back(Family::meta, storage::document_key({"logs", "numbers", of}));
  for (const char* of : {"queue", "message"})
    out.emplace_back(Family::meta, storage::document_key({"sqs", "numbers", of}));
  return out;
}

OwnedKeys owned_keys(const storage::Reader& reader, const Meant& meant) {
  return Collector(reader, meant).collect();
}

}  // namespace millrace::server
