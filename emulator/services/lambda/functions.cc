#include "emulator/services/lambda/functions.h"

#include <sys/stat.h>

#include <filesystem>

#include "emulator/base/encoding.h"
#include "emulator/services/lambda/errors.h"

namespace millrace::lambda {

namespace {

namespace fs = std::filesystem;

constexpr int kHotReloadFilesMax = 20'000;  // beyond it, changes of further files go unseen

std::string memory_prefix(const FunctionRef& ref) {
  return ref.account + "/" + ref.region + "/" + ref.name + "/";
}

template <class Map>
void erase_prefix(Map& map, const std::string& prefix) {
  auto it = map.lower_bound(prefix);
  while (it != map.end() && it->first.starts_with(prefix)) it = map.erase(it);
}

/// Changes whenever a file below the folder is written, added or removed; Python's own caches don't count.
std::string folder_fingerprint(const std::string& folder) {
  std::string seen;
  int left = kHotReloadFilesMax;
  std::error_code ignored;
  auto options = fs::directory_options::skip_permission_denied | fs::directory_options::follow_directory_symlink;
  for (auto it = fs::recursive_directory_iterator(folder, options, ignored);
       it != fs::recursive_directory_iterator() && left-- > 0; it.increment(ignored)) {
    std::string name = it->path().filename().string();
    if (name == "__pycache__" || name == ".git") {
      it.disable_recursion_pending();
      continue;
    }
    struct stat info;
    if (::stat(it->path().c_str(), &info) != 0 || S_ISDIR(info.st_mode)) continue;
    seen += it->path().string() + ":" + std::to_string(info.st_size) + ":" + std::to_string(info.st_mtim.tv_sec) + "." +
            std::to_string(info.st_mtim.tv_nsec) + "\n";
  }
  return to_hex(sha256(seen)).substr(0, 16);
}

AwsError not_active(const Json&) {
  return errors::conflict(
      "The operation cannot be performed at this time. The function is currently in the following state: Pending");
}

void fill_settings(ports::FunctionVersion& out, const Json& config) {
  out.runtime = text_of(config, "Runtime");
  out.handler = text_of(config, "Handler");
  out.role_arn = text_of(config, "Role");
  out.timeout_s = static_cast<int>(int_of(config, "Timeout", 3));
  out.memory_mb = static_cast<int>(int_of(config, "MemorySize", 128));
  out.per_tenant = find(config, "TenancyConfig");
  if (const Json* storage = find(config, "EphemeralStorage"))
    out.ephemeral_storage_mb = static_cast<int>(int_of(*storage, "Size", 512));
  if (const Json* environment = find(config, "Environment")) {
    if (const Json* variables = find(*environment, "Variables")) {
      for (const auto& [name, value] : variables->items()) out.environment[name] = value.get<std::string>();
    }
  }
  out.log_group = "/aws/lambda/" + out.name;
  if (const Json* logging = find(config, "LoggingConfig")) {
    out.log_format = text_of(*logging, "LogFormat", "Text");
    out.log_group = text_of(*logging, "LogGroup", out.log_group);
    out.application_log_level = text_of(*logging, "ApplicationLogLevel");
    out.system_log_level = text_of(*logging, "SystemLogLevel");
  }
}

/// The provisioned concurrency of the function's versions but the one that `exact` names.
int provisioned_elsewhere(const storage::Reader& reader, const FunctionRef& exact) {
  int64_t sum = 0;
  for (const Json& config : storage::list_documents(reader, parts_prefix(exact, "provisioned"))) {
    std::string version = text_of(config, "qualifier");
    if (auto alias = load_alias(reader, exact, version)) version = alias->function_version;
    if (version != exact.qualifier) sum += int_of(config, "requested");
  }
  return static_cast<int>(sum);
}

}  // namespace

Functions::Functions(ServiceContext context, VariableOpener opener)
    : context_(context), opener_(opener), code_(context, background_) {}

std::string Functions::hot_reload_folder(const Json& document) {
  return text_of(document.at("code"), "folder");
}

void Functions::changed(const FunctionRef& ref) {
  MutexLock lock(mutex_);
  ++generation_;
  erase_prefix(versions_, memory_prefix(ref));
  erase_prefix(aliases_, memory_prefix(ref));
}

Result<std::shared_ptr<const ports::FunctionVersion>> Functions::resolve(const std::string& account,
                                                                         const std::string& region,
                                                                         const std::string& function,
                                                                         const std::string& qualifier) {
  FunctionRef ref = parse_function_name(function, account, region);
  if (!qualifier.empty()) ref.qualifier = qualifier;
  return resolve(ref);
}

bool Functions::is_at_hand(const FunctionRef& ref) {
  bool plain = ref.qualifier.empty() || ref.qualifier == kLatest || is_version_number(ref.qualifier);
  std::string version = ref.qualifier.empty() ? kLatest : ref.qualifier;
  MutexLock lock(mutex_);
  if (plain) return versions_.contains(memory_prefix(ref) + version);
  auto alias = aliases_.find(memory_prefix(ref) + ref.qualifier);
  if (alias == aliases_.end()) return false;
  const Routing& routing = alias->second;
  return versions_.contains(memory_prefix(ref) + routing.version) &&
         (routing.other_version.empty() || versions_.contains(memory_prefix(ref) + routing.other_version));
}

Result<Functions::VersionPointer> Functions::resolve(const FunctionRef& ref) {
  TRY(std::string version, draw_version(ref));
  std::string key = memory_prefix(ref) + version;
  VersionPointer found;
  uint64_t generation = 0;
  {
    MutexLock lock(mutex_);
    generation = generation_;
    auto it = versions_.find(key);
    if (it != versions_.end()) found = it->second;
  }
  if (!found) {
    TRY(found, load(ref, version));
    MutexLock lock(mutex_);
    // Not kept if anything changed since it was read.
    if (generation == generation_) versions_[key] = found;
  }
  if (found->environment_key.ends_with("#hot")) return refreshed_hot_reload(found);
  return found;
}

Result<std::string> Functions::draw_version(const FunctionRef& ref) {
  if (ref.qualifier.empty() || ref.qualifier == kLatest) return std::string(kLatest);
  if (is_version_number(ref.qualifier)) return ref.qualifier;
  std::string key = memory_prefix(ref) + ref.qualifier;
  Routing routing;
  uint64_t generation = 0;
  {
    MutexLock lock(mutex_);
    generation = generation_;
    auto it = aliases_.find(key);
    if (it != aliases_.end()) routing = it->second;
  }
  if (routing.version.empty()) {
    auto alias = load_alias(context_.store, ref, ref.qualifier);
    if (!alias) return function_not_found(ref);
    routing.version = alias->function_version;
    if (const Json* weights = alias->weights()) {
      for (const auto& [other, weight] : weights->items()) {
        routing.other_version = other;
        routing.other_weight = weight.get<double>();
      }
    }
    MutexLock lock(mutex_);
    if (generation == generation_) aliases_[key] = routing;
  }
  bool other = !routing.other_version.empty() &&
               static_cast<double>(context_.random.below(1'000'000)) < routing.other_weight * 1'000'000;
  return other ? routing.other_version : routing.version;
}

Result<Functions::VersionPointer> Functions::load(const FunctionRef& ref, const std::string& version) {
  FunctionRef exact = ref;
  exact.qualifier = version;
  Millis now = context_.clock.now_ms();
  auto loaded = load_qualified(context_.store, exact, now);
  if (loaded.has_error()) return function_not_found(ref.qualifier.empty() ? ref : exact);
  const Json& document = *loaded;
  if (is_pending(document)) return not_active(document);
  auto out = std::make_shared<ports::FunctionVersion>();
  out->account = ref.account;
  out->region = ref.region;
  out->name = ref.name;
  out->version = text_of(document, "version");
  out->function_arn = ref.arn();
  const Json& config = document.at("config");
  fill_settings(*out, config);
  out->secrets_extension = has_secrets_extension(config);
  if (const std::string sealed = sealed_variables(config); !sealed.empty() && opener_.keys) {
    out->sealed_environment = [opener = opener_, ref = exact, role = out->role_arn, sealed] {
      return open_variables(opener, ref, role, sealed);
    };
  }
  std::string fingerprint = to_hex(sha256(to_text(config) + to_text(document.at("code")))).substr(0, 24);
  out->environment_key = memory_prefix(ref) + version + "#" + fingerprint;
  std::string hot_folder = hot_reload_folder(document);
  if (!hot_folder.empty()) {
    out->code_folder = hot_folder;
    out->environment_key += "#hot";
  } else {
    TRY(out->code_folder, code_.folder(text_of(document.at("code"), "id")));
  }
  if (const Json* layers = find(document, "layer_codes")) {
    for (const Json& id : *layers) {
      TRY(std::string folder, code_.folder(id.get<std::string>()));
      out->layer_folders.push_back(std::move(folder));
    }
  }
  if (auto function = storage::get_document(context_.store, function_key(ref))) {
    out->reserved_concurrency = static_cast<int>(int_of(*function, "reserved", -1));
    out->may_loop = text_of(*function, "recursive_loop") == "Allow";
  }
  if (out->reserved_concurrency > 0) out->provisioned_elsewhere = provisioned_elsewhere(context_.store, exact);
  return VersionPointer(std::move(out));
}

Result<Functions::VersionPointer> Functions::refreshed_hot_reload(VersionPointer version) {
  auto out = std::make_shared<ports::FunctionVersion>(*version);
  out->environment_key += folder_fingerprint(version->code_folder);
  return VersionPointer(std::move(out));
}

}  // namespace millrace::lambda
