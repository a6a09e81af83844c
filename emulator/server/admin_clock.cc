#include "emulator/server/admin_clock.h"

#include "emulator/base/guard.h"
#include "emulator/base/log.h"

namespace millrace::server {

using protocol::HttpRequest;

namespace {

constexpr Millis kLatest = 253'402'300'799'999;  // the last moment of the year 9999: what times in answers can show

/// Lines of the terminal have the machine's time: what moved the emulator's is told between them.
void tell(const char* what, const EmulatorClock& clock) {
  log::info(std::string("clock ") + what + " " + iso_millis(clock.now_ms()));
}

Json clock_state(const EmulatorClock& clock) {
  Millis now = clock.now_ms();
  return {
      {"now_ms", now}, {"now", iso_millis(now)}, {"frozen", clock.frozen()}, {"next_timer_ms", clock.next_timer_ms()}};
}

/// After the functions of all timers that are due by now: what they begin is under way then, and a drain waits for it.
void respond_when_due_is_begun(EmulatorClock& clock, const Admin::Respond& respond) {
  clock.at(clock.now_ms(), [&clock, respond] { respond(json_reply(200, clock_state(clock))); });
}

/// A query parameter as milliseconds: digits, or an ISO time; nullopt otherwise.
std::optional<Millis> millis_parameter(const HttpRequest& request, std::string_view name) {
  auto text = protocol::query_value(protocol::parse_query(request.raw_query()), name);
  if (!text || text->empty() || text->size() > 30) return std::nullopt;
  if (text->find_first_not_of("0123456789") == std::string::npos) return std::strtoll(text->c_str(), nullptr, 10);
  Millis parsed = parse_iso(*text);
  return parsed < 0 ? std::nullopt : std::optional(parsed);
}

}  // namespace

void add_clock_routes(Admin& admin, EmulatorClock& clock, const Json& packages) {
  admin.add_open("GET health", [packages](const HttpRequest&, const Admin::Respond& respond) {
    Json troubles = Json::array();
    for (const Trouble& trouble : millrace::troubles())
      troubles.push_back({{"sentence", trouble.sentence}, {"times", trouble.times}});
    Json health = {{"status", troubles.empty() ? "ok" : "troubled"}};
    if (!troubles.empty()) health["troubles"] = std::move(troubles);
    health.update(packages);
    respond(json_reply(200, health));
  });
  admin.add_open("GET constant", [](const HttpRequest&, const Admin::Respond& respond) {
    protocol::HttpReply reply;
    reply.body = "{}";
    respond(std::move(reply));
  });
  admin.add("GET clock", [&clock](const HttpRequest&, const Admin::Respond& respond) {
    respond(json_reply(200, clock_state(clock)));
  });
  admin.add("POST clock/freeze", [&clock](const HttpRequest&, const Admin::Respond& respond) {
    clock.freeze();
    tell("stands still at", clock);
    respond(json_reply(200, clock_state(clock)));
  });
  admin.add("POST clock/resume", [&clock](const HttpRequest&, const Admin::Respond& respond) {
    clock.resume();
    tell("runs again from", clock);
    respond(json_reply(200, clock_state(clock)));
  });
  admin.add("POST clock/set", [&clock](const HttpRequest& request, const Admin::Respond& respond) {
    auto to = millis_parameter(request, "to");
    if (!to || *to > kLatest)
      return respond(json_reply(
          400,
          {{"message", "clock/set needs ?to=<milliseconds since the epoch, or an ISO time>, before the year 10000"}}));
    clock.set(*to);
    tell("is set to", clock);
    respond_when_due_is_begun(clock, respond);
  });
  admin.add("POST clock/advance", [&clock](const HttpRequest& request, const Admin::Respond& respond) {
    auto by = millis_parameter(request, "by");
    if (!by || *by > kLatest - clock.now_ms())
      return respond(
          json_reply(400, {{"message", "clock/advance needs ?by=<milliseconds>, to a time before the year 10000"}}));
    clock.advance(*by);
    tell("is moved on to", clock);
    respond_when_due_is_begun(clock, respond);
  });
}

}  // namespace millrace::server
