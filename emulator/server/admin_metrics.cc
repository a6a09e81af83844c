#include "emulator/server/admin_metrics.h"

#include <string>
#include <utility>
#include <vector>

#include "emulator/base/system_time.h"
#include "emulator/base/version.h"
#include "emulator/server/admin_status.h"

namespace millrace::server {

namespace {

using Labels = std::vector<std::pair<const char*, std::string>>;

/// `name{label="value"} number`, as the text exposition format escapes values.
void add_sample(std::string& out, const char* name, const Labels& labels, int64_t value) {
  out += name;
  for (size_t i = 0; i < labels.size(); ++i) {
    out += (i == 0 ? "{" : ",") + std::string(labels[i].first) + "=\"";
    for (char c : labels[i].second) {
      if (c == '\\' || c == '"') out += '\\';
      out += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    out += '"';
  }
  out += (labels.empty() ? " " : "} ") + std::to_string(value) + "\n";
}

void add_head(std::string& out, const char* name, const char* type, const char* help) {
  out += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void add_resources(std::string& out, const storage::Store& store) {
  add_head(out, "millrace_resources", "gauge", "Resources by kind, account and region.");
  for (const Json& one : resource_counts(store))
    add_sample(
        out, "millrace_resources",
        {{"account", text_of(one, "account")}, {"region", text_of(one, "region")}, {"kind", text_of(one, "kind")}},
        int_of(one, "count"));
}

void add_mappings(std::string& out, const ports::MappingEngine& mappings) {
  const std::vector<ports::MappingReport> reports = mappings.reports();
  struct Counter {
    const char* name;
    const char* help;
    uint64_t ports::MappingStatus::*of;
  };
  static constexpr Counter kCounters[] = {
      {"millrace_mapping_records_delivered_total", "Records in batches that succeeded.",
       &ports::MappingStatus::delivered},
      {"millrace_mapping_records_filtered_total", "Records that no filter matched.", &ports::MappingStatus::filtered},
      {"millrace_mapping_records_expired_total", "Records that were too old.", &ports::MappingStatus::expired},
      {"millrace_mapping_records_discarded_total", "Records given up after the last attempt.",
       &ports::MappingStatus::discarded},
      {"millrace_mapping_invocations_total", "Invocations by mappings.", &ports::MappingStatus::invocations},
      {"millrace_mapping_errors_total", "Invocations that failed, wholly or in part.", &ports::MappingStatus::errors},
      {"millrace_mapping_throttles_total", "Invocations that were throttled.", &ports::MappingStatus::throttles},
  };
  auto labels = [](const ports::MappingReport& report) {
    return Labels{{"uuid", report.config.uuid},
                  {"function", report.config.function_arn},
                  {"source", report.config.event_source_arn}};
  };
  for (const Counter& counter : kCounters) {
    add_head(out, counter.name, "counter", counter.help);
    for (const ports::MappingReport& report : reports)
      add_sample(out, counter.name, labels(report), static_cast<int64_t>(report.status.*counter.of));
  }
  add_head(out, "millrace_mapping_lag_milliseconds", "gauge",
           "How old the oldest record is that was read and isn't finished; 0: there is none.");
  for (const ports::MappingReport& report : reports)
    add_sample(out, "millrace_mapping_lag_milliseconds", labels(report), report.status.lag_ms);
  add_head(out, "millrace_mapping_busy", "gauge",
           "1 while something is read, in flight, or waits for a retry or a window.");
  for (const ports::MappingReport& report : reports)
    add_sample(out, "millrace_mapping_busy", labels(report), report.status.busy);
}

/// `requests` names the service of each as its scope does.
void add_requests(std::string& out, const std::vector<AnsweredRequests>& requests) {
  add_head(out, "millrace_requests_total", "counter", "Answered requests, by operation and outcome.");
  for (const AnsweredRequests& one : requests) {
    for (const auto& [outcome, count] :
         {std::pair{"success", one.fine}, {"refused", one.refused}, {"failed", one.failed}}) {
      if (count == 0) continue;
      add_sample(out, "millrace_requests_total",
                 {{"service", one.service}, {"operation", one.operation}, {"outcome", outcome}},
                 static_cast<int64_t>(count));
    }
  }
}

}  // namespace

void add_metrics_route(Admin& admin, const storage::Store& store, const ports::MappingEngine& mappings,
                       std::function<std::vector<AnsweredRequests>()> requests) {
  auto handler = [&store, &mappings, requests = std::move(requests), started_ms = system_time_ms()](
                     const protocol::HttpRequest&, const Admin::Respond& respond) {
    protocol::HttpReply reply;
    reply.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    add_head(reply.body, "millrace_info", "gauge", "The version, as a label.");
    add_sample(reply.body, "millrace_info", {{"version", std::string(version())}}, 1);
    add_head(reply.body, "millrace_uptime_seconds", "gauge", "Since the server's start.");
    add_sample(reply.body, "millrace_uptime_seconds", {}, (system_time_ms() - started_ms) / 1000);
    add_head(reply.body, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.");
    add_sample(reply.body, "process_resident_memory_bytes", {}, resident_bytes());
    if (requests) add_requests(reply.body, requests());
    add_resources(reply.body, store);
    add_mappings(reply.body, mappings);
    respond(std::move(reply));
  };
  admin.add("GET metrics", handler);
  admin.add("GET /metrics", handler);
}

}  // namespace millrace::server
