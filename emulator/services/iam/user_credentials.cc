// A user's other credentials: SSH public keys, signing certificates, service-specific user names and
// passwords. They are lists in the user's document: SshKeys, Certificates, ServiceCredentials.

#include <algorithm>

#include "emulator/base/encoding.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/x509.h"

namespace millrace::iam {
namespace {

constexpr size_t kSshKeysMax = 5, kCertificatesMax = 2, kServiceCredentialsMax = 2;  // IAM quotas, per user

/// One kind of credential in a user's document.
struct Family {
  const char* list;       // member of the document
  const char* id_member;  // of an entry, and of the input
  const char* missing;    // text before the id
};
constexpr Family kSsh{"SshKeys", "SSHPublicKeyId", "The Public Key with id "};
constexpr Family kCertificate{"Certificates", "CertificateId", "The Certificate with id "};
constexpr Family kService{"ServiceCredentials", "ServiceSpecificCredentialId", "No such credential "};

AwsError missing(const Family& family, const std::string& id) {
  return {errors::no_such_entity, family.missing + id + (&family == &kService ? " exists" : " cannot be found.")};
}

/// Finds the entry of the input's id in the user's list and lets `change` alter it; true from `change`
/// removes it.
template <class Change>
Result<Json> change_entry(State& state, const Call& call, const Family& family, Change change) {
  TRY(const std::string name, user_in(state, call));
  const std::string id = text_of(call.input, family.id_member);
  return state.write([&](Txn& txn) -> Result<Json> {
    TRY(Json user, get_entity(txn, call.caller.account, Kind::user, name));
    Json kept = Json::array();
    bool found = false;
    for (Json entry : list_in(user, family.list)) {
      const bool wanted = text_of(entry, family.id_member) == id;
      found = found || wanted;
      if (!wanted || !change(entry)) kept.push_back(std::move(entry));
    }
    if (!found) return missing(family, id);
    user[family.list] = std::move(kept);
    put_entity(txn, call.caller.account, Kind::user, user);
    return Json(nullptr);
  });
}

Handler update_status(const Family& family) {
  return [&family](State& state, Call& call) {
    return change_entry(state, call, family, [&call](Json& entry) {
      entry["Status"] = text_of(call.input, "Status");
      return false;
    });
  };
}

Handler remove(const Family& family) {
  return [&family](State& state, Call& call) { return change_entry(state, call, family, [](Json&) { return true; }); };
}

/// Adds an entry; LimitExceeded with `quota` beyond `entries_max`.
Result<void> add_entry(State& state, const Call& call, const Family& family, const std::string& user_name, Json entry,
                       size_t entries_max, const std::string& quota) {
  return state.write([&](Txn& txn) -> Result<void> {
    TRY(Json user, get_entity(txn, call.caller.account, Kind::user, user_name));
    std::vector<Json> entries = list_in(user, family.list);
    if (entries.size() >= entries_max) {
      return AwsError(errors::limit_exceeded, "Cannot exceed quota for " + quota + ": " + std::to_string(entries_max));
    }
    entries.push_back(std::move(entry));
    user[family.list] = entries;
    put_entity(txn, call.caller.account, Kind::user, user);
    return {};
  });
}

Json without(Json entry, std::initializer_list<const char*> members) {
  for (const char* member : members) entry.erase(member);
  return entry;
}

/// MD5 of the key's bytes in colon-separated pairs.
std::string fingerprint(const std::string& body) {
  const size_t from = body.find(' ');
  const std::string base64 = body.substr(from + 1, body.find(' ', from + 1) - from - 1);
  const std::string hex = to_hex(md5(from_base64(base64).value_or(body)));
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2) out += (i ? ":" : "") + hex.substr(i, 2);
  return out;
}

Result<Json> upload_ssh_key(State& state, Call& call) {
  const std::string name = name_in(call, Kind::user), body = text_of(call.input, "SSHPublicKeyBody");
  if (!body.starts_with("ssh-rsa ") && !body.starts_with("-----BEGIN")) {
    return AwsError(errors::invalid_public_key, "The public key is not valid.");  // unverified: AWS's words
  }
  Json entry = {{"UserName", name},
                {"SSHPublicKeyId", new_id(state.context.random, "APKA")},
                {"Fingerprint", fingerprint(body)},
                {"SSHPublicKeyBody", body},
                {"Status", "Active"},
                {"UploadDate", iso_seconds(state.now())}};
  TRY_VOID(add_entry(state, call, kSsh, name, entry, kSshKeysMax, "SSHPublicKeysPerUser"));
  return Json{{"SSHPublicKey", std::move(entry)}};
}

// A key is given back as it was uploaded; asking for the other encoding is refused.
Result<Json> get_ssh_key(State& state, Call& call) {
  const std::string id = text_of(call.input, "SSHPublicKeyId");
  TRY(const Json user, get_entity(state.store(), call.caller.account, Kind::user, name_in(call, Kind::user)));
  for (const Json& entry : list_in(user, "SshKeys")) {
    if (text_of(entry, "SSHPublicKeyId") != id) continue;
    const bool is_pem = text_of(entry, "SSHPublicKeyBody").starts_with("-----BEGIN");
    if (is_pem != (text_of(call.input, "Encoding") == "PEM")) {
      return AwsError(errors::unrecognized_encoding,
                      "The public key is kept in the encoding in which it was uploaded.");
    }
    return Json{{"SSHPublicKey", entry}};
  }
  return missing(kSsh, id);
}

Result<Json> upload_certificate(State& state, Call& call) {
  TRY(const std::string name, user_in(state, call));
  const std::string body = text_of(call.input, "CertificateBody");
  TRY_VOID(read_certificate(body));
  Json entry = {{"UserName", name},
                {"CertificateId", state.context.random.text(32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")},
                {"CertificateBody", body},
                {"Status", "Active"},
                {"UploadDate", iso_seconds(state.now())}};
  TRY_VOID(add_entry(state, call, kCertificate, name, entry, kCertificatesMax, "CertificatesPerUser"));
  return Json{{"Certificate", std::move(entry)}};
}

std::string service_password(State& state) {
  return state.context.random.text(43, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") + "=";
}

/// NoSuchEntity for a service that has no such credentials.
Result<void> check_service(const std::string& service) {
  if (service == "codecommit.amazonaws.com" || service == "cassandra.amazonaws.com" ||
      service == "bedrock.amazonaws.com")
    return {};
  return AwsError(errors::no_such_entity,
                  "No such service " + service + " is supported for Service Specific Credentials");
}

Result<Json> create_service_credential(State& state, Call& call) {
  const std::string name = name_in(call, Kind::user), service = text_of(call.input, "ServiceName");
  TRY(const Json user, get_entity(state.store(), call.caller.account, Kind::user, name));
  TRY_VOID(check_service(service));
  size_t of_service = 0;
  for (const Json& entry : list_in(user, "ServiceCredentials")) of_service += text_of(entry, "ServiceName") == service;
  const std::string number = of_service == 0 ? "" : "+" + std::to_string(of_service);
  Json entry = {{"CreateDate", iso_seconds(state.now())},
                {"ServiceName", service},
                {"ServiceUserName", name + number + "-at-" + call.caller.account},
                {"ServicePassword", service_password(state)},
                {"ServiceSpecificCredentialId", new_id(state.context.random, "ACCA")},
                {"UserName", name},
                {"Status", "Active"}};
  if (of_service >= kServiceCredentialsMax) {
    return AwsError(errors::limit_exceeded, "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2");
  }
  TRY_VOID(add_entry(state, call, kService, name, without(entry, {"ServicePassword"}), 3 * kServiceCredentialsMax,
                     "ServiceSpecificCredentialsPerUser"));
  return Json{{"ServiceSpecificCredential", std::move(entry)}};
}

Result<Json> reset_service_credential(State& state, Call& call) {
  Json answer;
  TRY_VOID(change_entry(state, call, kService, [&](Json& entry) {
    answer = entry;
    return false;
  }));
  answer["ServicePassword"] = service_password(state);
  return Json{{"ServiceSpecificCredential", std::move(answer)}};
}

Handler list_credentials(const Family& family, const char* member, std::initializer_list<const char*> hidden) {
  return [&family, member, hidden = std::vector<const char*>(hidden)](State& state, Call& call) -> Result<Json> {
    TRY(const Pager page, page_in(call));
    TRY(const std::string name, user_in(state, call));
    TRY(const Json user, get_entity(state.store(), call.caller.account, Kind::user, name));
    const std::string service = text_of(call.input, "ServiceName");
    if (!service.empty()) TRY_VOID(check_service(service));
    std::vector<std::pair<std::string, Json>> items;
    for (Json entry : list_in(user, family.list)) {
      if (!service.empty() && text_of(entry, "ServiceName") != service) continue;
      for (const char* one : hidden) entry.erase(one);
      const std::string made = text_of(entry, "CreateDate", text_of(entry, "UploadDate"));
      items.emplace_back(made + " " + text_of(entry, family.id_member), std::move(entry));
    }
    std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    return paged(member, items, page);
  };
}

}  // namespace

Operations user_credential_operations(State& state) {
  using protocol::optional, protocol::required, protocol::string;
  const Member name = required("UserName", name_shape(Kind::user)),
               maybe = optional("UserName", name_shape(Kind::user));
  const Member ssh_id = required("SSHPublicKeyId", string().length(20, 128).pattern("[\\w]+"));
  const Member certificate_id = required("CertificateId", string().length(24, 128).pattern("[\\w]+"));
  const Member service_id = required("ServiceSpecificCredentialId", string().length(20, 128).pattern("[\\w]+"));
  const Member status = required("Status", string().one_of({"Active", "Inactive"}));
  const auto on_user = on_entity(Kind::user);
  return {
      operation(state, "UploadSSHPublicKey", {name, required("SSHPublicKeyBody", string().length(1, 16384))}, on_user,
                upload_ssh_key),
      operation(state, "GetSSHPublicKey", {name, ssh_id, required("Encoding", string().one_of({"SSH", "PEM"}))},
                on_user, get_ssh_key),
      operation(state, "ListSSHPublicKeys", {maybe, page_marker(), page_size()}, on_user,
                list_credentials(kSsh, "SSHPublicKeys", {"SSHPublicKeyBody", "Fingerprint"})),
      operation(state, "UpdateSSHPublicKey", {name, ssh_id, status}, on_user, update_status(kSsh)),
      operation(state, "DeleteSSHPublicKey", {name, ssh_id}, on_user, remove(kSsh)),
      operation(state, "UploadSigningCertificate", {maybe, required("CertificateBody", string().length(1, 16384))},
                on_user, upload_certificate),
      operation(state, "ListSigningCertificates", {maybe, page_marker(), page_size()}, on_user,
                list_credentials(kCertificate, "Certificates", {})),
      operation(state, "UpdateSigningCertificate", {maybe, certificate_id, status}, on_user,
                update_status(kCertificate)),
      operation(state, "DeleteSigningCertificate", {maybe, certificate_id}, on_user, remove(kCertificate)),
      operation(state, "CreateServiceSpecificCredential", {name, required("ServiceName", string())}, on_user,
                create_service_credential),
      operation(state, "ListServiceSpecificCredentials",
                {maybe, optional("ServiceName", string()), page_marker(), page_size()}, on_user,
                list_credentials(kService, "ServiceSpecificCredentials", {})),
      operation(state, "UpdateServiceSpecificCredential", {maybe, service_id, status}, on_user,
                update_status(kService)),
      operation(state, "ResetServiceSpecificCredential", {maybe, service_id}, on_user, reset_service_credential),
      operation(state, "DeleteServiceSpecificCredential", {maybe, service_id}, on_user, remove(kService)),
  };
}

}  // namespace millrace::iam
