#include "emulator/services/apigateway/api_meter.h"

namespace millrace::apigateway {

namespace {

constexpr const char* kRestNames[] = {"Count",   "4XXError",           "5XXError",
                                      "Latency", "IntegrationLatency", "DataProcessed"};
constexpr const char* kHttpNames[] = {"Count", "4xx", "5xx", "Latency", "IntegrationLatency", "DataProcessed"};
constexpr const char* kUnits[] = {"Count", "Count", "Count", "Milliseconds", "Milliseconds", "Bytes"};

std::string place(const Scope& scope, const std::string& api) {
  return scope.account + "/" + scope.region + "/" + api;
}

}  // namespace

std::shared_ptr<const ApiMeter::Series> ApiMeter::series(const Scope& scope, const Dimensions& dimensions,
                                                         const std::string& key, bool is_rest) {
  MutexLock lock(mutex_);
  if (auto found = series_.find(key); found != series_.end()) return found->second;
  if (series_.size() >= kSeriesMax) series_.clear();
  auto made = std::make_shared<Series>();
  for (size_t i = 0; i < kKinds; ++i) {
    if (is_rest && i == kData) continue;  // HTTP APIs' alone
    made->of[i] = metrics_->series({scope.account, scope.region, "AWS/ApiGateway",
                                    is_rest ? kRestNames[i] : kHttpNames[i], dimensions, kUnits[i]});
  }
  series_[key] = made;
  return made;
}

void ApiMeter::tell(const Scope& scope, const Dimensions& dimensions, const std::string& key, bool is_rest,
                    const Answered& answered) {
  const auto told = series(scope, dimensions, key, is_rest);
  const Millis now = clock_.now_ms();
  const auto add = [&](Which which, double value) { told->of[which]->add(now, value); };
  add(kCount, 1);
  // A request that went well counts as none of them, so that an average is the rate of errors.
  add(kClientErrors, answered.status >= 400 && answered.status < 500 ? 1 : 0);
  add(kServerErrors, answered.status >= 500 ? 1 : 0);
  add(kLatency, static_cast<double>(answered.latency_ms));
  if (answered.integration_ms >= 0) add(kIntegrationLatency, static_cast<double>(answered.integration_ms));
  if (!is_rest) add(kData, static_cast<double>(answered.bytes));
}

void ApiMeter::rest(const Scope& scope, const std::string& api_name, const std::string& stage, const RestMethod& method,
                    bool detailed, const Answered& answered) {
  if (!metrics_) return;
  Dimensions dimensions = {{"ApiName", api_name}};
  std::string key = "rest/" + place(scope, api_name);
  tell(scope, dimensions, key, true, answered);
  dimensions["Stage"] = stage;
  key += "\n" + stage;
  tell(scope, dimensions, key, true, answered);
  if (!detailed) return;
  dimensions["Resource"] = method.resource;
  dimensions["Method"] = method.verb;
  tell(scope, dimensions, key + "\n" + method.resource + "\n" + method.verb, true, answered);
}

void ApiMeter::http(const Scope& scope, const std::string& api, const std::string& stage, const std::string& route,
                    bool detailed, const Answered& answered) {
  if (!metrics_) return;
  Dimensions dimensions = {{"ApiId", api}};
  std::string key = "http/" + place(scope, api);
  tell(scope, dimensions, key, false, answered);
  dimensions["Stage"] = stage;
  key += "\n" + stage;
  tell(scope, dimensions, key, false, answered);
  if (!detailed) return;
  dimensions["Route"] = route;
  tell(scope, dimensions, key + "\n" + route, false, answered);
}

void ApiMeter::tell(const ports::MetricName& name, const std::string& key, double value) {
  Told told;
  {
    MutexLock lock(mutex_);
    if (single_.size() >= kSeriesMax && !single_.contains(key)) single_.clear();
    Told& kept = single_[key];
    if (!kept) kept = metrics_->series(name);
    told = kept;
  }
  told->add(clock_.now_ms(), value);
}

void ApiMeter::web_socket(const Scope& scope, const std::string& api, const std::string& stage, const char* metric,
                          double value) {
  if (!metrics_) return;
  const bool latency = std::string_view(metric) == "IntegrationLatency";
  ports::MetricName name{scope.account, scope.region,     "AWS/ApiGateway",
                         metric,        {{"ApiId", api}}, latency ? "Milliseconds" : "Count"};
  const std::string key = place(scope, api) + "\n" + metric;
  tell(name, key, value);
  name.dimensions["Stage"] = stage;
  tell(name, key + "\n" + stage, value);
}

}  // namespace millrace::apigateway
