#include "emulator/services/apigateway/key_sets.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace millrace::apigateway {

Json key_set_from_file(const std::string& files_folder, const std::string& issuer) {
  const size_t scheme = issuer.find("://");
  std::string name = scheme == std::string::npos ? issuer : issuer.substr(scheme + 3);
  std::replace(name.begin(), name.end(), '/', '_');
  if (name.empty() || name.find("..") != std::string::npos) return Json();
  std::ifstream file(files_folder + "/jwks/" + name + ".json");
  if (!file) return Json();
  std::stringstream text;
  text << file.rdbuf();
  return parse_json(text.str()).value_or(Json::object());
}

void KeySets::find(const std::string& issuer, std::function<void(Json)> done) {
  Json keys = key_set_from_file(files_folder_, issuer);
  if (!keys.is_null() || !issuer.starts_with("http://")) return done(std::move(keys));
  {
    MutexLock lock(mutex_);
    auto found = fetched_.find(issuer);
    if (found != fetched_.end() && clock_.now_ms() - found->second.at_ms < kKeptMs) keys = found->second.keys;
  }
  if (!keys.is_null()) return done(std::move(keys));
  ask(issuer, std::move(done));
}

void KeySets::keep(const std::string& issuer, const Json& keys) {
  MutexLock lock(mutex_);
  if (fetched_.size() >= kIssuersMax) fetched_.clear();
  fetched_[issuer] = {keys, clock_.now_ms()};
}

void KeySets::ask(const std::string& issuer, std::function<void(Json)> done) {
  ports::HttpCall discovery;
  discovery.method = "GET";
  discovery.url =
      (issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer) + "/.well-known/openid-configuration";
  discovery.timeout_ms = kTimeoutMs;
  http_->call(std::move(discovery), [this, issuer, done = std::move(done)](ports::HttpAnswer answer) {
    auto document = answer.status == 200 ? parse_json(answer.body) : std::nullopt;
    const std::string url = document ? text_of(*document, "jwks_uri") : "";
    if (!url.starts_with("http://")) return done(Json());
    ports::HttpCall fetch;
    fetch.method = "GET";
    fetch.url = url;
    fetch.timeout_ms = kTimeoutMs;
    http_->call(std::move(fetch), [this, issuer, done](ports::HttpAnswer keys_answer) {
      auto keys = keys_answer.status == 200 ? parse_json(keys_answer.body) : std::nullopt;
      if (!keys) return done(Json());
      keep(issuer, *keys);
      done(std::move(*keys));
    });
  });
}

}  // namespace millrace::apigateway
