#include "emulator/protocol/sign_in.h"

#include "emulator/base/account.h"
#include "emulator/base/encoding.h"
#include "emulator/protocol/signing_rules.h"

namespace millrace::protocol {

namespace {

/// The bucket that the Host names; S3 tells it when it decodes.
std::string bucket_of_host(const Call& call) {
  auto found = call.path_parameters.find("HostBucket");
  return found == call.path_parameters.end() ? "" : found->second;
}

/// What a version 4 signature says of the body.
std::string payload_hash_of(const Call& call, const Credential& credential) {
  if (credential.presigned) {
    // Some SDKs put it into the query.
    for (const auto& [name, value] : call.query) {
      if (equals_ignore_case(name, "x-amz-content-sha256") && !value.empty()) return value;
    }
    return "UNSIGNED-PAYLOAD";
  }
  return std::string(call.http.headers.get("x-amz-content-sha256"));
}

}  // namespace

SignIn::SignIn(SignInOptions options, Identity& identity, Clock& clock)
    : options_(std::move(options)), identity_(identity), clock_(clock) {}

Result<void> SignIn::check_anonymous(Call& call) const {
  call.caller.anonymous = true;
  call.caller.is_root = false;
  call.caller.principal_arn = "*";
  // Anonymous callers: S3 decides by the bucket's policy; operations that declare no access are open to all.
  bool open = call.operation && (!call.operation->access || call.operation->checks_root);
  if (!open) return call.service->sign_in_failed(SignInError::missing_token, call);
  return {};
}

Result<void> SignIn::check(Call& call, const Credential* credential, const std::string& sent) const {
  call.caller = {};
  call.caller.region = options_.default_region;
  call.caller.account = options_.default_account;
  if (auto problem = check_one_mechanism(call.http, call.query)) return signing_error(*problem, call);
  if (!credential) return check_anonymous(call);
  call.caller.region = credential->region.empty() ? options_.default_region : credential->region;
  call.caller.access_key_id = credential->access_key_id;
  auto issued = identity_.find_key(credential->access_key_id);
  if (!issued) {
    if (options_.verify_all_signatures) return call.service->sign_in_failed(SignInError::invalid_token, call);
    // Not our key: its account's root, so that nothing gets in the way of a first try.
    if (is_account_id(credential->access_key_id)) call.caller.account = credential->access_key_id;
    call.caller.principal_arn = "arn:aws:iam::" + call.caller.account + ":root";
    call.caller.user_id = call.caller.account;
    return {};
  }
  call.caller.account = issued->account;
  call.caller.principal_arn = issued->principal_arn;
  call.caller.user_id = issued->user_id;
  call.caller.is_root = false;
  if (!issued->active) return call.service->sign_in_failed(SignInError::invalid_token, call);
  if (issued->session_token != credential->security_token)
    return call.service->sign_in_failed(SignInError::invalid_token, call);
  if (issued->expires_ms && clock_.now_ms() >= issued->expires_ms)
    return call.service->sign_in_failed(SignInError::expired_token, call);
  return check_signature(call, *credential, issued->secret_access_key, sent);
}

Result<void> SignIn::check_signature(const Call& call, const Credential& credential, const std::string& secret,
                                     const std::string& sent) const {
  auto wrong = [&] { return call.service->sign_in_failed(SignInError::wrong_signature, call); };
  if (credential.form_policy) {  // unverified: that its date may be any; its policy has an expiration
    if (form_signature(credential, secret) != credential.signature) return wrong();
    return {};
  }
  if (credential.version_2) {
    if (signature_v2(call.http, call.query, secret, bucket_of_host(call)) != credential.signature) return wrong();
    return {};
  }
  std::string payload_hash = payload_hash_of(call, credential);
  bool body_is_covered = payload_hash.empty() || payload_hash.size() == 64;
  if (!call.http.stream && body_is_covered && !credential.presigned) {
    std::string actual = to_hex(sha256(sent));
    if (!payload_hash.empty() && payload_hash != actual) return wrong();
    payload_hash = actual;
  }
  if (expected_signature(call.http, credential, secret, payload_hash) != credential.signature) return wrong();
  Millis signed_at = signature_time(credential.timestamp);
  if (credential.presigned && signed_at >= 0 && clock_.now_ms() > signed_at + credential.expires_s * 1000)
    return call.service->sign_in_failed(SignInError::expired_request, call);
  // Judged last: who hasn't the secret learns nothing of clocks.
  auto problem = check_signing_time(credential, options_.machine_time());
  if (!problem) problem = check_scope(credential, options_.scope_of(call.http, call.service));
  if (problem) return signing_error(*problem, call);
  return {};
}

}  // namespace millrace::protocol
