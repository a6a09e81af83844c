// S3 Control's GetPublicAccessBlock, PutPublicAccessBlock, DeletePublicAccessBlock: the account's, which counts for each
// of its buckets beside the bucket's own (grants.cc).

#include "emulator/services/s3/control/control_service.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

constexpr const char* kKind = "publicAccessBlock";
constexpr const char* kSettings[] = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                                     "RestrictPublicBuckets"};

Access on_account(const char* action) {
  return [action](const Call& call) -> Result<protocol::AccessNeeds> {
    TRY_VOID(check_account(call));
    return protocol::AccessNeeds{{action, "*"}};
  };
}

Result<HttpReply> get_block(S3& s3, const Call& call) {
  auto text = account_setting(s3.store, call.caller.account, kKind);
  if (!text)
    return AwsError(errors::no_such_public_access_block, "The public access block configuration was not found",
                    Json{{"AccountId", call.caller.account}});
  return xml_reply(std::move(*text));
}

Result<HttpReply> put_block(S3& s3, const Call& call) {
  static const XmlShape shape = xml_shape(
      "PublicAccessBlockConfiguration{BlockPublicAcls?:bool, IgnorePublicAcls?:bool, BlockPublicPolicy?:bool,"
      "RestrictPublicBuckets?:bool}");
  TRY_VOID(check_collected_body(call));
  TRY(auto document, parse_xml(call.http.body, shape));
  XmlWriter xml;
  xml.open_with("PublicAccessBlockConfiguration", std::string("xmlns=\"") + kControlNamespace + "\"");
  for (const char* name : kSettings) {
    const std::string value = child_text(document->document_element(), name);
    xml.boolean(name, value == "true" || value == "TRUE");
  }
  const std::string text = xml.close("PublicAccessBlockConfiguration").take();
  TRY_VOID(s3.store.transact([&](storage::Txn& txn) -> Result<void> {
    put_account_setting(txn, call.caller.account, kKind, text);
    return {};
  }));
  return empty_reply(200);
}

Result<HttpReply> delete_block(S3& s3, const Call& call) {
  TRY_VOID(s3.store.transact([&](storage::Txn& txn) -> Result<void> {
    erase_account_setting(txn, call.caller.account, kKind);
    return {};
  }));
  return empty_reply(204);
}

}  // namespace

void add_account_public_access_block(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("GetPublicAccessBlock", on_account("s3:GetAccountPublicAccessBlock"),
                                    [&s3](Call& call) { return get_block(s3, call); }));
  operations.push_back(s3_operation("PutPublicAccessBlock", on_account("s3:PutAccountPublicAccessBlock"),
                                    [&s3](Call& call) { return put_block(s3, call); }));
  operations.push_back(s3_operation("DeletePublicAccessBlock", on_account("s3:PutAccountPublicAccessBlock"),
                                    [&s3](Call& call) { return delete_block(s3, call); }));
}

}  // namespace millrace::s3
