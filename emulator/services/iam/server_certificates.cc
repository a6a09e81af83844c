// Server certificates: kept, and given back without their private key.

#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/x509.h"

namespace millrace::iam {
namespace {

constexpr Kind kKind = Kind::server_certificate;

Json metadata_view(const std::string& account, const Json& certificate) {
  return {{"Path", text_of(certificate, "Path")},
          {"ServerCertificateName", text_of(certificate, "Name")},
          {"ServerCertificateId", text_of(certificate, "Id")},
          {"Arn", arn_of(account, kKind, certificate)},
          {"UploadDate", iso_seconds(int_of(certificate, "Created"))},
          {"Expiration", iso_seconds(int_of(certificate, "Expires"))}};
}

/// As IAM gives certificates back: without the line's end that files have. Terraform compares them so.
std::string trimmed(const std::string& text) {
  const size_t from = text.find_first_not_of(" \t\r\n"), to = text.find_last_not_of(" \t\r\n");
  return from == std::string::npos ? "" : text.substr(from, to - from + 1);
}

Result<Json> upload(State& state, Call& call) {
  const std::string body = trimmed(text_of(call.input, "CertificateBody"));
  TRY(const Certificate certificate, read_certificate(body));
  TRY_VOID(check_key_pair(body, text_of(call.input, "PrivateKey")));
  TRY(const Json tags, tags_in(call.input));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json document, new_entity(state, txn, call.caller.account, kKind, call.input));
    document["Body"] = body;
    if (const auto chain = optional_text(call.input, "CertificateChain")) document["Chain"] = trimmed(*chain);
    document["Expires"] = certificate.expires;
    set_tags(document, tags);
    put_entity(txn, call.caller.account, kKind, document);
    Json answer = {{"ServerCertificateMetadata", metadata_view(call.caller.account, document)}};
    set_tags(answer, tags);
    return answer;
  });
}

Result<Json> get(State& state, Call& call) {
  TRY(const Json document, get_entity(state.store(), call.caller.account, kKind, name_in(call, kKind)));
  Json view = {{"ServerCertificateMetadata", metadata_view(call.caller.account, document)},
               {"CertificateBody", text_of(document, "Body")}};
  if (const auto chain = optional_text(document, "Chain")) view["CertificateChain"] = *chain;
  if (document.contains("Tags")) view["Tags"] = document["Tags"];
  return Json{{"ServerCertificate", std::move(view)}};
}

Result<Json> list_certificates(State& state, Call& call) {
  TRY(const Pager page, page_in(call));
  const std::string prefix = text_of(call.input, "PathPrefix", "/");
  std::vector<std::pair<std::string, Json>> items;
  each_entity(state.store(), call.caller.account, kKind, [&](const Json& document) {
    if (text_of(document, "Path").starts_with(prefix)) {
      items.emplace_back(to_lower(text_of(document, "Name")), metadata_view(call.caller.account, document));
    }
    return true;
  });
  return paged("ServerCertificateMetadataList", items, page);
}

Result<Json> update(State& state, Call& call) {
  const std::string& account = call.caller.account;
  const std::string name = name_in(call, kKind), new_name = text_of(call.input, "NewServerCertificateName", name);
  TRY_VOID(check_path(call.input, "NewPath"));
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json document, get_entity(txn, account, kKind, name));
    if (const auto path = optional_text(call.input, "NewPath")) document["Path"] = *path;
    if (new_name != name) {
      if (!equals_ignore_case(name, new_name) && find_entity(txn, account, kKind, new_name)) {
        return AwsError(errors::already_exists, "The Server Certificate with name " + new_name + " already exists.");
      }
      erase_entity(txn, account, kKind, name);
      document["Name"] = new_name;
    }
    put_entity(txn, account, kKind, document);
    return Json(nullptr);
  });
}

Result<Json> remove(State& state, Call& call) {
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY_VOID(get_entity(txn, call.caller.account, kKind, name_in(call, kKind)));
    erase_entity(txn, call.caller.account, kKind, name_in(call, kKind));
    return Json(nullptr);
  });
}

}  // namespace

Operations server_certificate_operations(State& state) {
  using protocol::any, protocol::optional, protocol::required, protocol::string;
  const Member name = required("ServerCertificateName", name_shape(kKind));
  const auto on_certificate = on_entity(kKind);
  return {
      operation(
          state, "UploadServerCertificate",
          {optional("Path", string().length(1, 512)), name, required("CertificateBody", string().length(1, 16384)),
           required("PrivateKey", string().length(1, 16384)), optional("CertificateChain", string().length(1, 2097152)),
           optional("Tags", any())},
          on_certificate, upload),
      operation(state, "GetServerCertificate", {name}, on_certificate, get),
      operation(state, "ListServerCertificates", {path_prefix(), page_marker(), page_size()}, on_anything(),
                list_certificates),
      operation(
          state, "UpdateServerCertificate",
          {name, optional("NewPath", string().length(1, 512)), optional("NewServerCertificateName", name_shape(kKind))},
          on_certificate, update),
      operation(state, "DeleteServerCertificate", {name}, on_certificate, remove),
  };
}

}  // namespace millrace::iam
