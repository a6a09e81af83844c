#pragma once
// What AWS/ApiGateway's metrics count: requests of REST and HTTP APIs, connections and messages of WebSocket APIs.
// Source: "Amazon API Gateway dimensions and metrics".

#include <array>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "emulator/base/clock.h"
#include "emulator/base/mutex.h"
#include "emulator/ports/metrics.h"
#include "emulator/services/apigateway/state.h"

namespace millrace::apigateway {

/// A request that was answered.
struct Answered {
  int status = 200;
  Millis latency_ms = 0;
  Millis integration_ms = -1;  // -1: it didn't get as far
  size_t bytes = 0;            // of the answer's body
};

/// A method of a REST API: "/items/{id}", "GET".
struct RestMethod {
  std::string resource, verb;
};

class ApiMeter {
 public:
  /// `metrics` outlives it and may be null: nothing is counted.
  ApiMeter(ports::Metrics* metrics, Clock& clock) : metrics_(metrics), clock_(clock) {}

  /// By ApiName, and by Stage; with `detailed` also by Resource and Method.
  void rest(const Scope& scope, const std::string& api_name, const std::string& stage, const RestMethod& method,
            bool detailed, const Answered& answered);
  /// By ApiId, and by Stage; with `detailed` also by Route.
  void http(const Scope& scope, const std::string& api, const std::string& stage, const std::string& route,
            bool detailed, const Answered& answered);
  /// One of a WebSocket API's: ConnectCount, MessageCount, IntegrationError, ClientError, ExecutionError,
  /// IntegrationLatency; by ApiId, and by Stage.
  void web_socket(const Scope& scope, const std::string& api, const std::string& stage, const char* metric,
                  double value);

 private:
  enum Which { kCount, kClientErrors, kServerErrors, kLatency, kIntegrationLatency, kData, kKinds };
  using Dimensions = std::map<std::string, std::string>;
  using Told = std::shared_ptr<ports::MetricSeries>;
  /// The metrics of one set of dimensions, found once.
  struct Series {
    std::array<Told, kKinds> of;
  };

  void tell(const Scope& scope, const Dimensions& dimensions, const std::string& key, bool is_rest,
            const Answered& answered);
  std::shared_ptr<const Series> series(const Scope& scope, const Dimensions& dimensions, const std::string& key,
                                       bool is_rest);

  /// One metric of a WebSocket API.
  void tell(const ports::MetricName& name, const std::string& key, double value);

  ports::Metrics* const metrics_;
  Clock& clock_;
  static constexpr size_t kSeriesMax = 4096;  // at the bound they are found anew
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<const Series>> series_ GUARDED_BY(mutex_);  // by the dimensions' text
  std::map<std::string, Told> single_ GUARDED_BY(mutex_);  // WebSocket APIs', by it and the metric
};

}  // namespace millrace::apigateway
