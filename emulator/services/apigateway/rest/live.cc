#include "emulator/services/apigateway/rest/live.h"

#include "emulator/base/encoding.h"

namespace millrace::apigateway::rest {

namespace {

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return out;
  while (true) {
    const size_t slash = path.find('/');
    out.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

bool is_greedy(const std::string& segment) {
  return segment.ends_with("+}");
}
bool is_variable(const std::string& segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

/// How a resource's path fits, segment by segment: 2 literal, 1 parameter, 0 greedy to the end.
std::optional<std::vector<int>> fit(const Resource& resource, const std::vector<std::string>& segments, Match& match) {
  std::vector<int> out;
  for (size_t i = 0; i < resource.segments.size(); ++i) {
    const std::string& wanted = resource.segments[i];
    if (is_greedy(wanted)) {
      if (i >= segments.size()) return std::nullopt;
      std::string rest;
      for (size_t j = i; j < segments.size(); ++j) rest += (j > i ? "/" : "") + segments[j];
      match.values[wanted.substr(1, wanted.size() - 3)] = std::move(rest);
      out.push_back(0);
      return out;
    }
    if (i >= segments.size()) return std::nullopt;
    if (is_variable(wanted)) {
      if (segments[i].empty()) return std::nullopt;
      match.values[wanted.substr(1, wanted.size() - 2)] = segments[i];
      out.push_back(1);
    } else if (wanted == segments[i] || wanted == percent_decode(segments[i])) {
      out.push_back(2);
    } else {
      return std::nullopt;
    }
  }
  if (segments.size() != resource.segments.size()) return std::nullopt;
  return out;
}

}  // namespace

std::shared_ptr<const Deployment> deployment_of(const Json& snapshot, const std::string& id) {
  auto out = std::make_shared<Deployment>();
  out->id = id;
  out->api = snapshot.value("api", Json::object());
  for (const Json& one : snapshot.value("resources", Json::array()))
    out->resources.push_back(
        {text_of(one, "id"), text_of(one, "path"), segments_of(text_of(one, "path")), methods_of(one)});
  const auto fill = [&](std::map<std::string, Json>& into, const char* member, const char* key) {
    for (const Json& one : snapshot.value(member, Json::array())) into[text_of(one, key)] = one;
  };
  fill(out->authorizers, "authorizers", "id");
  fill(out->validators, "validators", "id");
  fill(out->models, "models", "name");
  fill(out->responses, "responses", "responseType");
  return out;
}

bool Live::is_binary(std::string_view media_type) const {
  const std::string type = to_lower(media_type.substr(0, media_type.find(';')));
  const Json* types = millrace::find(deployment->api, "binaryMediaTypes");
  if (!types || type.empty()) return false;
  for (const Json& one : *types) {
    const std::string pattern = one.is_string() ? to_lower(one.get<std::string>()) : "";
    if (pattern == "*/*" || pattern == type) return true;
    if (pattern.ends_with("/*") && type.starts_with(pattern.substr(0, pattern.size() - 1))) return true;
  }
  return false;
}

std::optional<Live> Lives::find(const std::string& api, std::string& path) {
  const auto reader = gateway_.context.store.snapshot();
  const auto back = gateway_.document(*reader, way_back_key(api));
  if (!back) return std::nullopt;
  Live live;
  live.id = api;
  live.scope = {text_of(*back, "account"), text_of(*back, "region")};
  const size_t end = path.find('/', 1);
  live.stage = percent_decode(std::string_view(path).substr(1, end == std::string::npos ? end : end - 1));
  const auto stage = gateway_.document(*reader, part_key(live.scope, kStage, api, live.stage));
  const auto document = gateway_.document(*reader, rest_key(live.scope, api));
  if (!stage || !document) return std::nullopt;
  path = end == std::string::npos ? "/" : path.substr(end);
  live.disabled = bool_of(*document, "disableExecuteApiEndpoint");
  live.deployment = read(*reader, live.scope, api, text_of(*stage, "deploymentId"));
  if (!live.deployment) return std::nullopt;
  const Json variables = stage->value("variables", Json::object());
  for (const auto& [name, value] : variables.items()) live.variables[name] = value.get<std::string>();
  live.stage_document = *stage;
  return live;
}

std::shared_ptr<const Deployment> Lives::read(const storage::Reader& reader, const Scope& scope, const std::string& api,
                                              const std::string& id) {
  return deployments_.get(api + "/" + id, [&]() -> std::shared_ptr<const Deployment> {
    auto snapshot = storage::get_document(reader, part_key(scope, kSnapshot, api, id));
    return snapshot ? deployment_of(*snapshot, id) : nullptr;
  });
}

std::optional<Match> match_resource(const std::vector<Resource>& resources, std::string_view raw_path) {
  // A doubled slash behind the stage is one.
  while (raw_path.starts_with("//")) raw_path.remove_prefix(1);
  const std::vector<std::string> segments = segments_of(raw_path);
  std::optional<Match> best;
  std::vector<int> best_fit;
  for (const Resource& resource : resources) {
    Match match{&resource, {}};
    auto fits = fit(resource, segments, match);
    if (!fits || (best && *fits <= best_fit)) continue;
    best = std::move(match);
    best_fit = std::move(*fits);
  }
  return best;
}

}  // namespace millrace::apigateway::rest
