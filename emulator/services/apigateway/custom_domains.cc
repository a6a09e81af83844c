#include "emulator/services/apigateway/custom_domains.h"

#include "emulator/protocol/own_names.h"
#include "emulator/services/apigateway/rest/state.h"

namespace millrace::apigateway {

CustomDomains::CustomDomains(const storage::Reader& reader) {
  for (const Json& one : storage::list_documents(reader, storage::document_key({"apigateway-domain"})))
    names_.insert(text_of(one, "name"));
  count_ = names_.size();
}

bool CustomDomains::holds(std::string_view authority) const {
  if (count_.load(std::memory_order_relaxed) == 0) return false;
  const std::string name = protocol::host_name(authority);
  MutexLock lock(mutex_);
  return names_.contains(name);
}

void CustomDomains::add(const std::string& name) {
  MutexLock lock(mutex_);
  names_.insert(name);
  count_ = names_.size();
}

void CustomDomains::remove(const std::string& name) {
  MutexLock lock(mutex_);
  names_.erase(name);
  count_ = names_.size();
}

std::string domain_way_back_key(const std::string& name) {
  return storage::document_key({"apigateway-domain", name});
}

std::optional<MappedRequest> mapped_request(const storage::Reader& reader, std::string_view authority,
                                            std::string_view raw_path) {
  const std::string name = protocol::host_name(authority);
  auto back = storage::get_document(reader, domain_way_back_key(name));
  if (!back) return std::nullopt;
  const Scope scope{text_of(*back, "account"), text_of(*back, "region")};
  std::optional<MappedRequest> best;
  for (const Json& mapping : storage::list_documents(reader, children_prefix(scope, "mapping", name))) {
    const std::string key = text_of(mapping, "basePath");
    const std::string base = key == "(none)" ? "" : "/" + key;
    const bool fits = raw_path.starts_with(base) && (raw_path.size() == base.size() || raw_path[base.size()] == '/');
    if (!fits || (best && best->base.size() >= base.size())) continue;
    std::string path(raw_path.substr(base.size()));
    best = MappedRequest{text_of(mapping, "restApiId"), text_of(mapping, "stage"), base, path.empty() ? "/" : path};
  }
  return best;
}

}  // namespace millrace::apigateway
