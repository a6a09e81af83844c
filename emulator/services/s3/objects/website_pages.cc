// The website endpoint: index and error documents, redirects. Its requests are anonymous.

#include "emulator/base/encoding.h"
#include "emulator/protocol/identity.h"
#include "emulator/services/s3/buckets/website.h"
#include "emulator/services/s3/errors.h"
#include "emulator/services/s3/objects/get_object.h"
#include "emulator/services/s3/objects/lookup.h"
#include "emulator/services/s3/objects/operations.h"
#include "emulator/services/s3/wire/s3_service.h"
#include "emulator/services/s3/wire/xml.h"

namespace millrace::s3 {

using protocol::Call;
using protocol::HttpReply;

namespace {

/// An error's members as a list of the page.
void append_list(std::string& out, const AwsError& error) {
  auto item = [&](std::string_view name, std::string_view value) {
    out.append("<li>").append(name).append(": ");
    append_escaped(out, value);
    out += "</li>\n";
  };
  out += "<ul>\n";
  item("Code", error.kind->code);
  item("Message", error.message);
  for (const auto& [name, value] : error.extra.items()) {
    if (name != errors::kHeadersMember) item(name, value.is_string() ? value.get<std::string>() : to_text(value));
  }
}

/// S3's own page; `of_document` is why the website's error document couldn't be shown instead.
HttpReply error_page(const Call& call, const AwsError& error, const AwsError* of_document = nullptr) {
  HttpReply reply;
  reply.status = error.kind->http_status;
  reply.headers.set("Content-Type", "text/html; charset=utf-8");
  std::string reason = reply.status == 404   ? "404 Not Found"
                       : reply.status == 403 ? "403 Forbidden"
                       : reply.status == 405 ? "405 Method Not Allowed"
                                             : std::to_string(reply.status) + " Error";
  reply.body = "<html>\n<head><title>" + reason + "</title></head>\n<body>\n<h1>" + reason + "</h1>\n";
  append_list(reply.body, error);
  reply.body += "<li>RequestId: " + short_request_id(call.request_id) +
                "</li>\n<li>HostId: " + host_id(call.request_id) + "</li>\n</ul>\n";
  if (of_document) {
    reply.body += "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n";
    append_list(reply.body, *of_document);
    reply.body += "</ul>\n";
  }
  reply.body += "<hr/>\n</body>\n</html>\n";
  return reply;
}

HttpReply redirect(const Call& call, const WebsiteRedirect& to, const std::string& key, const std::string& prefix) {
  std::string target = key;
  if (to.replaces_key)
    target = to.replace_key;
  else if (to.replaces_prefix)
    target = to.replace_prefix + key.substr(std::min(prefix.size(), key.size()));
  HttpReply reply = empty_reply(to.status);
  reply.headers.set("Location", (to.protocol.empty() ? "http" : to.protocol) + "://" +
                                    (to.host.empty() ? std::string(header(call, "host")) : to.host) + "/" +
                                    percent_encode(target, "/"));
  return reply;
}

/// Reads a key as the anonymous caller: his permission, then the object.
Result<HttpReply> page(S3& s3, const Call& call, const Bucket& bucket, const std::string& key) {
  Call inner = call;
  inner.path_parameters["Key"] = key;
  inner.query.clear();
  if (s3.identity.load()) {
    protocol::AccessNeeds needs = read_needs(s3, inner, bucket, "s3:GetObject");
    if (s3.identity.load()->authorize(inner, needs)) return errors::access_denied_plainly();
  }
  TRY(HttpReply reply, read_object(s3, inner));
  std::string_view elsewhere = reply.headers.get("x-amz-website-redirect-location");
  if (elsewhere.empty()) return reply;
  HttpReply moved = empty_reply(301);
  moved.headers.set("Location", elsewhere);
  return moved;
}

HttpReply failed_page(S3& s3, const Call& call, const Bucket& bucket, const Website& website, const std::string& key,
                      const AwsError& error) {
  for (const WebsiteRule& rule : website.rules) {
    if (rule.error_status == error.kind->http_status && key.starts_with(rule.prefix))
      return redirect(call, rule.redirect, key, rule.prefix);
  }
  if (website.error_key.empty()) return error_page(call, error);
  auto custom = page(s3, call, bucket, website.error_key);
  if (custom.has_error()) {
    const AwsError of_document = custom.error();
    return error_page(call, error, &of_document);
  }
  if (custom->status != 301) custom->status = error.kind->http_status;  // an error document may lead elsewhere
  return std::move(*custom);
}

Result<HttpReply> serve(S3& s3, const Call& call) {
  if (call.http.method != "GET" && call.http.method != "HEAD") {
    return error_page(call,
                      AwsError(errors::method_not_allowed, "The specified method is not allowed against this resource.",
                               Json{{"Method", call.http.method}, {"ResourceType", "OBJECT"}}));
  }
  auto bucket = find_bucket(s3.store, bucket_of(call));
  if (!bucket) return error_page(call, errors::no_such_bucket(bucket_of(call)));
  auto website = website_of(s3.store, *bucket);
  if (!website) {
    return error_page(call,
                      AwsError(errors::no_such_website, "The specified bucket does not have a website configuration",
                               Json{{"BucketName", bucket->name}}));
  }
  std::string key = key_of(call);
  if (website->redirect_all) return redirect(call, *website->redirect_all, key, "");
  for (const WebsiteRule& rule : website->rules) {
    if (rule.error_status == 0 && key.starts_with(rule.prefix)) return redirect(call, rule.redirect, key, rule.prefix);
  }
  std::string asked = key;
  if (key.empty() || key.ends_with('/')) key += website->index_suffix;
  auto reply = page(s3, call, *bucket, key);
  if (!reply.has_error()) return std::move(*reply);
  if (reply.error().is(errors::not_modified) || reply.error().is(errors::precondition_failed))
    return std::move(reply).error();
  // A folder without its slash is sent to the folder.
  if (!asked.empty() && asked == key && find_current(s3.store, *bucket, asked + "/" + website->index_suffix)) {
    HttpReply moved = empty_reply(302);
    moved.headers.set("Location", "/" + percent_encode(asked, "/") + "/");
    return moved;
  }
  return failed_page(s3, call, *bucket, *website, asked, reply.error());
}

}  // namespace

void add_website_pages(Operations& operations, S3& s3) {
  operations.push_back(s3_operation("GetWebsite", {}, [&s3](Call& call) { return serve(s3, call); }));
}

}  // namespace millrace::s3
