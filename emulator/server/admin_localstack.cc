#include "emulator/server/admin_localstack.h"

#include <sys/utsname.h>

#include "emulator/base/clock.h"
#include "emulator/base/system_time.h"
#include "emulator/base/version.h"

namespace millrace::server {

namespace {

// What the tools at hand compare with: releases from 3.0 on have the routes below.
constexpr const char* kAnswersAs = "4.0.0";

using protocol::HttpRequest;

Json health_of(const std::vector<std::string>& services) {
  Json running = Json::object();
  for (const std::string& service : services) running[service] = "running";
  return {{"services", running}, {"edition", "community"}, {"version", kAnswersAs}};
}

Json info(Millis started_ms) {
  utsname machine{};
  uname(&machine);
  return {{"version", std::string(kAnswersAs) + ":millrace-" + std::string(version())},
          {"edition", "community"},
          {"is_license_activated", false},
          {"session_id", "00000000-0000-0000-0000-000000000000"},
          {"machine_id", "millrace"},
          {"system", machine.sysname},
          {"is_docker", false},
          {"server_time_utc", iso_seconds(system_time_ms())},
          {"uptime", (system_time_ms() - started_ms) / 1000}};
}

}  // namespace

void add_localstack_routes(Admin& admin, const std::vector<std::string>& services, std::function<Json()> init) {
  auto answer = [&admin](const char* path, Json body) {
    admin.add_open(std::string("GET ") + path,
                   [body = std::move(body)](const HttpRequest&, const Admin::Respond& respond) {
                     respond(json_reply(200, body));
                   });
  };
  answer("/_localstack/health", health_of(services));
  answer("/health", health_of(services));
  admin.add_open("GET /_localstack/init",
                 [init](const HttpRequest&, const Admin::Respond& respond) { respond(json_reply(200, init())); });
  admin.add_open("GET /_localstack/init/ready", [init](const HttpRequest&, const Admin::Respond& respond) {
    Json all = init();
    respond(
        json_reply(200, {{"stage", "READY"}, {"completed", all["completed"]["READY"]}, {"scripts", all["scripts"]}}));
  });
  admin.add_open("GET /_localstack/info",
                 [started_ms = system_time_ms()](const HttpRequest&, const Admin::Respond& respond) {
                   respond(json_reply(200, info(started_ms)));
                 });
}

}  // namespace millrace::server
