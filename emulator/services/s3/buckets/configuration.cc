#include "emulator/services/s3/buckets/configuration.h"

#include "emulator/services/s3/errors.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

constexpr std::string_view kDeleted = "-";  // stored where DELETE must be told from "never put"

struct Shared {
  Configuration configuration;
  XmlShape shape;
};

Result<HttpReply> get(S3& s3, const Configuration& configuration, const Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  auto text = setting(s3.store, bucket.name, configuration.kind);
  if (text && *text != kDeleted) return xml_reply(std::move(*text));
  if (!text && configuration.fresh) return xml_reply(configuration.fresh(bucket));
  return AwsError(*configuration.missing, configuration.missing_message, Json{{"BucketName", bucket.name}});
}

Result<HttpReply> put(S3& s3, const Shared& shared, const Call& call) {
  const Configuration& configuration = shared.configuration;
  TRY_VOID(check_collected_body(call));
  TRY(auto document, parse_xml(call.http.body, shared.shape));
  if (configuration.prepare) {
    TRY(Bucket bucket, called_bucket(s3.store, call));
    TRY_VOID(configuration.prepare(call, bucket, document->document_element()));
  }
  Bucket changed;
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    if (configuration.check) TRY_VOID(configuration.check(txn, call, bucket, document->document_element()));
    put_setting(txn, bucket.name, configuration.kind, to_xml_text(document->document_element()));
    changed = std::move(bucket);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  if (configuration.changed) configuration.changed(changed);
  return empty_reply(configuration.put_status);
}

Result<HttpReply> remove(S3& s3, const Configuration& configuration, const Call& call) {
  Bucket changed;
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket bucket, called_bucket(txn, call));
    if (configuration.missing_after_delete)
      put_setting(txn, bucket.name, configuration.kind, kDeleted);
    else
      erase_setting(txn, bucket.name, configuration.kind);
    changed = std::move(bucket);
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  if (configuration.changed) configuration.changed(changed);
  return empty_reply(204);
}

}  // namespace

void add_configuration(Operations& operations, S3& s3, const Configuration& configuration) {
  auto shared = std::make_shared<Shared>(Shared{configuration, xml_shape(configuration.shape)});
  const std::string operation = configuration.operation, action = configuration.action;
  operations.push_back(s3_operation("Get" + operation, on_bucket(s3, "s3:Get" + action),
                                    [&s3, shared](Call& call) { return get(s3, shared->configuration, call); }));
  operations.push_back(s3_operation("Put" + operation, on_bucket(s3, "s3:Put" + action),
                                    [&s3, shared](Call& call) { return put(s3, *shared, call); }));
  if (!configuration.removable) return;
  const std::string remove_action = configuration.remove_action ? configuration.remove_action : "s3:Put" + action;
  operations.push_back(s3_operation("Delete" + operation, on_bucket(s3, remove_action),
                                    [&s3, shared](Call& call) { return remove(s3, shared->configuration, call); }));
}

std::function<std::string(const Bucket&)> empty_document(const char* root) {
  return [root](const Bucket&) { return XmlWriter().open_root(root).close(root).take(); };
}

}  // namespace millrace::s3
