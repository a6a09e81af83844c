// PostObject: an upload from an HTML form. The form itself carries the credentials, so it signs in once it was read.

#include "emulator/base/encoding.h"
#include "emulator/protocol/identity.h"
#include "emulator/protocol/sigv4.h"
#include "emulator/services/s3/body/body_writer.h"
#include "emulator/services/s3/body/upload_body.h"
#include "emulator/services/s3/buckets/tags.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/commit.h"
#include "emulator/services/s3/objects/customer_key.h"
#include "emulator/services/s3/objects/key_use.h"
#include "emulator/services/s3/objects/new_object.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/objects/post_policy.h"
#include "emulator/services/s3/wire/form_reader.h"
#include "emulator/services/s3/wire/metadata_text.h"
#include "emulator/services/s3/wire/s3_service.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

constexpr std::string_view kFileNameMark = "${filename}";

AwsError missing_field(const char* name) {
  return errors::invalid_argument(std::string("Bucket POST must contain a field named '") + name +
                                      "'.  If it is specified, please check the order of the fields.",
                                  name, "");
}

/// The field's name as S3 writes it in errors.
AwsError missing_signature_field(const protocol::Headers& fields, const char* name) {
  // A policy that nobody signed at all.
  for (const char* any :
       {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "awsaccesskeyid", "signature"}) {
    if (fields.has(any)) return missing_field(name);
  }
  return errors::access_denied_plainly();
}

Result<protocol::Credential> read_credential(const protocol::Headers& fields) {
  protocol::Credential out;
  out.form_policy = std::string(fields.get("policy"));
  out.security_token = fields.get("x-amz-security-token");
  if (fields.has("awsaccesskeyid") || fields.has("signature")) {
    for (const char* name : {"AWSAccessKeyId", "Signature"}) {
      if (!fields.has(name)) return missing_signature_field(fields, name);
    }
    out.version_2 = true;
    out.access_key_id = fields.get("awsaccesskeyid");
    out.signature = fields.get("signature");
    return out;
  }
  for (const char* name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"}) {
    if (!fields.has(name)) return missing_signature_field(fields, name);
  }
  if (!protocol::read_credential_scope(fields.get("x-amz-credential"), out) || out.service != "s3") {
    return errors::invalid_argument("Error parsing the X-Amz-Credential parameter", "X-Amz-Credential",
                                    fields.get("x-amz-credential"));
  }
  out.timestamp = fields.get("x-amz-date");
  out.signature = fields.get("x-amz-signature");
  return out;
}

/// Who the form says it is from: the owner of the key that signed the policy.
Result<void> sign_in(S3& s3, Call& call, const protocol::Headers& fields) {
  if (!fields.has("policy")) return {};  // anonymous, for buckets that take that
  TRY(protocol::Credential credential, read_credential(fields));
  if (!s3.sign_in.load()) return {};
  Result<void> checked = s3.sign_in.load()->check(call, &credential, call.http.body);
  if (!checked.has_error() || !checked.error().is(errors::signature_does_not_match)) return checked;
  return wrong_signature(credential.access_key_id, *credential.form_policy, credential.signature);
}

Result<void> authorize(S3& s3, const Call& call, const Bucket& bucket, const std::string& key,
                       const protocol::Headers& fields) {
  if (!s3.identity.load()) return {};
  protocol::AccessNeeds needs{object_need(s3, call, bucket, "s3:PutObject", key)};
  if (fields.has("acl")) needs.push_back(object_need(s3, call, bucket, "s3:PutObjectAcl", key));
  if (fields.has("tagging")) needs.push_back(object_need(s3, call, bucket, "s3:PutObjectTagging", key));
  auto denial = s3.identity.load()->authorize(call, needs);
  if (denial) return call.service->access_denied(*denial);
  return {};
}

/// The form's fields under the names that headers have: `acl` is x-amz-acl.
protocol::Headers as_headers(const protocol::Headers& fields) {
  protocol::Headers out;
  for (const auto& [name, value] : fields) {
    // A form's text is UTF-8, a header's bytes aren't.
    out.add(name == "acl" ? "x-amz-acl" : name, name.starts_with("x-amz-meta-") ? metadata_to_header(value) : value);
  }
  return out;
}

/// Where success may send a browser; anything else is as if it weren't said.
bool is_url(std::string_view text) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) return text.size() > scheme.size() && text[scheme.size()] != '/';
  }
  return false;
}

HttpReply success(const Call& call, const protocol::Headers& fields, const Bucket& bucket, const std::string& key,
                  const ObjectVersion& version) {
  std::string location =
      "http://" + std::string(header(call, "host")) + "/" + bucket.name + "/" + percent_encode(key, "/");
  std::string_view redirect = fields.get("success_action_redirect");
  if (redirect.empty()) redirect = fields.get("redirect");
  std::string_view wanted = fields.get("success_action_status");
  HttpReply reply;
  if (is_url(redirect)) {
    reply.status = 303;
    reply.headers.set("Location", std::string(redirect) + (redirect.find('?') == std::string_view::npos ? "?" : "&") +
                                      "bucket=" + percent_encode(bucket.name) + "&key=" + percent_encode(key) +
                                      "&etag=" + percent_encode(quoted_etag(version.etag)));
  } else if (wanted == "201") {
    reply = xml_reply(XmlWriter()
                          .open("PostResponse")
                          .text("Location", location)
                          .text("Bucket", bucket.name)
                          .text("Key", key)
                          .text("ETag", quoted_etag(version.etag))
                          .close("PostResponse")
                          .take(),
                      201);
    reply.headers.set("Location", location);
  } else {
    reply.status = wanted == "200" ? 200 : 204;
    reply.headers.set("Location", location);
  }
  add_write_headers(version, reply.headers);
  return reply;
}

/// A form's tags: a document of another shape counts as none. Error: MalformedXML for what is no XML.
Result<Pairs> read_form_tagging(std::string_view text) {
  pugi::xml_document any;
  if (!any.load_buffer(text.data(), text.size())) return errors::malformed_xml();
  auto tags = read_tagging(text, TagRules::object);
  if (tags.has_error() && tags.error().is(errors::malformed_xml_kind)) return Pairs();
  return tags;
}

struct Upload {
  std::string key;
  PostLimits limits;
  ObjectVersion version;
  std::string bytes_key;
};

/// Everything that the fields decide, before the file is read.
Result<Upload> prepare(S3& s3, Call& call, const Bucket& bucket, FormReader& form) {
  TRY_VOID(form.read_fields());
  const protocol::Headers& fields = form.fields();
  Upload out;
  if (!fields.has("key")) return missing_field("key");
  out.key = fields.get("key");
  size_t mark = out.key.find(kFileNameMark);
  if (mark != std::string::npos && form.file_name()) out.key.replace(mark, kFileNameMark.size(), *form.file_name());
  if (out.key.empty()) return errors::invalid_argument("User key must have a length greater than 0.", "key", "");
  TRY_VOID(check_object_key(out.key));
  TRY_VOID(sign_in(s3, call, fields));
  if (fields.has("policy")) {
    TRY(out.limits, check_post_policy(std::string(fields.get("policy")), fields, bucket.name, s3.clock.now_ms()));
  }
  TRY_VOID(authorize(s3, call, bucket, out.key, fields));
  TRY(out.version, new_object_from(s3, s3.store, bucket, as_headers(fields), call.caller));
  if (fields.has("tagging")) {
    TRY(out.version.tags, read_form_tagging(fields.get("tagging")));
  }
  TRY_VOID(use_kms_key(s3, bucket, out.key, call, {"GenerateDataKey"}, out.version));
  TRY(out.bytes_key, new_body_key(s3, bucket, out.key, as_headers(fields), out.version));
  return out;
}

Result<void> receive_file(FormReader& form, const PostLimits& limits, BodyWriter& writer, ObjectVersion& version) {
  auto md5 = make_md5();
  TRY(const auto claimed, checksum_in_headers(form.fields()));
  const Algorithm algorithm = claimed ? claimed->algorithm : Algorithm::crc64nvme;
  auto checksum = make_digest(algorithm);
  uint64_t most = std::min(limits.bytes_max, kPutBytesMax);
  auto take = [&](std::string_view bytes) -> Result<void> {
    if (writer.size() + bytes.size() > most) {
      return AwsError(errors::entity_too_large, "Your proposed upload exceeds the maximum allowed size",
                      Json{{"ProposedSize", writer.size() + bytes.size()}, {"MaxSizeAllowed", most}});
    }
    md5->update(bytes);
    checksum->update(bytes);
    return writer.write(bytes);
  };
  TRY_VOID(form.read_file(take));
  if (writer.size() < limits.bytes_min) {
    return AwsError(errors::entity_too_small, "Your proposed upload is smaller than the minimum allowed size",
                    Json{{"ProposedSize", writer.size()}, {"MinSizeAllowed", limits.bytes_min}});
  }
  version.body = writer.id();
  version.size = writer.size();
  version.etag = etag_under_key(version, to_hex(md5->finish()));
  version.checksum = {algorithm, false, to_base64(checksum->finish())};
  if (claimed && claimed->value != version.checksum.value) return bad_checksum(algorithm);
  return {};
}

Result<HttpReply> post_object(S3& s3, Call& call) {
  TRY(Bucket bucket, called_bucket(s3.store, call));
  std::string boundary = FormReader::boundary_of(header(call, "content-type"));
  if (boundary.empty()) {
    static const ErrorKind kind{"PreconditionFailed", 412};
    return AwsError(kind, "At least one of the pre-conditions you specified did not hold",
                    Json{{"Condition", "Bucket POST must be of the enclosure-type multipart/form-data"}});
  }
  FormReader form(call.http, boundary);
  TRY(Upload upload, prepare(s3, call, bucket, form));
  BodyWriter writer(s3.store, s3.random, upload.bytes_key);
  TRY_VOID(receive_file(form, upload.limits, writer, upload.version));
  upload.version.modified_ms = s3.clock.now_ms();
  auto change = [&](storage::Txn& txn) -> Result<void> {
    TRY(Bucket still, called_bucket(txn, call));
    if (still.id != bucket.id) return errors::no_such_bucket(bucket.name);
    writer.adopt(txn);
    put_version(txn, s3, bucket, upload.key, upload.version, cause_of(call, "ObjectCreated:Post"));
    return {};
  };
  TRY_VOID(s3.store.transact(change));
  writer.keep();
  return success(call, form.fields(), bucket, upload.key, upload.version);
}

}  // namespace

void add_post_object(Operations& operations, S3& s3) {
  // No access declared: who asks is known only once the form was read.
  operations.push_back(s3_operation("PostObject", {}, [&s3](Call& call) { return post_object(s3, call); }));
}

}  // namespace millrace::s3
