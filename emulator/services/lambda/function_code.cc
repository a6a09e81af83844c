#include "emulator/services/lambda/function_code.h"

#include <filesystem>

#include "emulator/base/encoding.h"
#include "emulator/services/lambda/errors.h"
#include "emulator/services/lambda/operations.h"
#include "emulator/services/lambda/zip_archive.h"

namespace millrace::lambda {

using namespace protocol;

std::vector<Member> code_members() {
  static const Shape bucket = string().length(3, 63).pattern(R"([0-9A-Za-z\.\-_]*(?!\.))");
  return {optional("ZipFile", blob()),
          optional("S3Bucket", bucket),
          optional("S3Key", string().length(1, 1024)),
          optional("S3ObjectVersion", string().length(1, 1024)),
          optional("ImageUri", string()),
          optional("SourceKMSKeyArn", string().pattern(R"((arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|())"))};
}

Result<std::string> fetch_zip(Lambda& lambda, const Call& call, const Json& input) {
  if (auto encoded = optional_text(input, "ZipFile")) {
    auto zip = from_base64(*encoded);
    if (!zip)
      return errors::invalid("Could not unzip uploaded file. Please check your file, then try to upload again.");
    if (zip->size() > kZippedBytesMax)
      return AwsError(errors::too_large, "Zipped size must be smaller than 52428800 bytes");
    return std::move(*zip);
  }
  if (text_of(input, "S3Bucket").empty() || text_of(input, "S3Key").empty())
    return errors::invalid("Please provide a source for function code.");
  auto object = lambda.ports.objects.get({{call.caller.account, call.caller.access_key_id},
                                          text_of(input, "S3Bucket"),
                                          text_of(input, "S3Key"),
                                          text_of(input, "S3ObjectVersion")},
                                         kUnzippedBytesMax);
  // unverified: the words for a zip that alone is larger than what may be in it
  if (object.has_error() && object.error().kind->code == std::string_view("EntityTooLarge"))
    return errors::invalid("Unzipped size must be smaller than 262144000 bytes");
  if (object.has_error())
    return errors::invalid(std::string("Error occurred while GetObject. S3 Error Code: ") + object.error().kind->code +
                           ". S3 Error Message: " + object.error().message);
  return std::move(object->body);
}

namespace {

Result<Json> hot_reload_code(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::path path(folder);
  if (!path.is_absolute() || !std::filesystem::is_directory(path, ignored))
    return errors::invalid("The key of the bucket 'hot-reload' must be the absolute path of a folder; '" + folder +
                           "' isn't one.");
  return Json{{"folder", path.lexically_normal().string()},
              {"size", 0},
              {"unzipped", 0},
              {"sha256", to_base64(sha256(folder))}};
}

}  // namespace

Result<Json> take_code(Lambda& lambda, const Call& call, const Json& input, uint64_t layers_unzipped) {
  if (find(input, "ImageUri"))
    return AwsError(errors::not_implemented, "Functions from container images (ImageUri) are not implemented.");
  if (text_of(input, "S3Bucket") == kHotReloadBucket) return hot_reload_code(text_of(input, "S3Key"));
  TRY(std::string zip, fetch_zip(lambda, call, input));
  TRY(CodePackage package,
      lambda.functions.code().add(zip, kUnzippedBytesMax - std::min(layers_unzipped, kUnzippedBytesMax)));
  Json code = to_json(package);
  if (std::string key = text_of(input, "SourceKMSKeyArn"); !key.empty()) code["source_kms_key"] = key;
  return code;
}

void release_code(Lambda& lambda, const FunctionRef& ref, const Json& code) {
  std::string id = text_of(code, "id");
  if (id.empty()) return;
  auto uses = [&](const Json& document) { return text_of(document.at("code"), "id") == id; };
  auto function = storage::get_document(lambda.context.store, function_key(ref));
  if (function && uses(*function)) return;
  for (const Json& version : storage::list_documents(lambda.context.store, parts_prefix(ref, "version"))) {
    if (uses(version)) return;
  }
  lambda.functions.code().remove(id);
}

std::string code_location(const Lambda& lambda, const Json& code) {
  std::string folder = text_of(code, "folder");
  if (!folder.empty()) return "file://" + folder;
  return lambda.context.endpoint_url + "/2015-03-31/code-packages/" + text_of(code, "id");
}

void add_code_needs(const Json& input, AccessNeeds& needs) {
  std::string bucket = text_of(input, "S3Bucket");
  if (bucket.empty() || bucket == kHotReloadBucket) return;
  const char* action = find(input, "S3ObjectVersion") ? "s3:GetObjectVersion" : "s3:GetObject";
  needs.push_back({action, "arn:aws:s3:::" + bucket + "/" + text_of(input, "S3Key")});
}

Operation download_code(Lambda& lambda) {
  // Like a presigned URL, whoever has the random id may fetch it.
  return {.name = "DownloadCode",
          .rest = {{"GET", "/2015-03-31/code-packages/{Id}"}},
          .handle = ReplyHandler([&lambda](Call& call) -> Result<HttpReply> {
            auto zip = lambda.functions.code().archive(call.path_parameters["Id"]);
            if (!zip) return errors::no_such_resource();
            HttpReply reply;
            reply.headers.set("Content-Type", "application/zip");
            reply.body = std::move(*zip);
            return reply;
          })};
}

}  // namespace millrace::lambda
