#include "emulator/cli/words.h"

#include <fmt/format.h>

#include <cstdlib>

#include "emulator/base/clock.h"
#include "emulator/base/system_time.h"

namespace millrace::cli {

namespace {

constexpr int64_t kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr int64_t kSameTime = 2 * kSecond;  // the emulator's clock and ours: what a command takes isn't worth a word

std::string members_text(const Json& object) {
  std::string out;
  for (const auto& [name, value] : object.items()) {
    if (value.is_array() || value.is_object()) continue;
    out += (out.empty() ? "" : ", ") + name + " " + (value.is_string() ? value.get<std::string>() : to_text(value));
  }
  return out;
}

}  // namespace

std::string counted(int64_t count, std::string_view plural) {
  std::string name(plural);
  if (count == 1 && name.ends_with("ies"))
    name.replace(name.size() - 3, 3, "y");
  else if (count == 1 && (name.ends_with("ses") || name.ends_with("ches")))
    name.resize(name.size() - 2);
  else if (count == 1 && name.ends_with("s"))
    name.pop_back();
  return std::to_string(count) + " " + name;
}

std::string span_text(int64_t ms) {
  auto two = [](int64_t whole, const char* unit, int64_t rest, const char* smaller) {
    return fmt::format("{} {}", whole, unit) + (rest ? fmt::format(" {} {}", rest, smaller) : "");
  };
  if (ms < kMinute) return fmt::format("{} s", ms / kSecond);
  if (ms < kHour) return two(ms / kMinute, "min", ms % kMinute / kSecond, "s");
  if (ms < kDay) return two(ms / kHour, "h", ms % kHour / kMinute, "min");
  return two(ms / kDay, "d", ms % kDay / kHour, "h");
}

std::string clock_words(const Json& clock) {
  const bool frozen = bool_of(clock, "frozen");
  const int64_t ahead = int_of(clock, "now_ms") - system_time_ms();
  std::string out = text_of(clock, "now") + (frozen ? ", standing still" : ", running");
  if (std::llabs(ahead) >= kSameTime)
    out += ", " + span_text(std::llabs(ahead)) + (ahead > 0 ? " ahead of" : " behind") + " this machine's clock";
  out += "\n";
  if (const int64_t next = int_of(clock, "next_timer_ms"); next > int_of(clock, "now_ms"))
    out += "next due: " + iso_millis(next) + (frozen ? ", when it is moved (millrace clock advance, resume)\n" : "\n");
  return out;
}

std::string drain_words(const Json& answer) {
  if (bool_of(answer, "drained")) return "everything is through\n";
  std::string out;
  for (const Json& one : answer.value("waiting_for", Json::array()))
    out += (out.empty() ? "not through yet: " : ", ") + one.get<std::string>();
  out += "\n";
  for (const Json& piece : answer.value("pending", Json::array())) out += "  " + members_text(piece) + "\n";
  return out;
}

std::string shards_words(const Json& answer) {
  std::string out;
  for (const Json& shard : answer.value("shards", Json::array())) {
    const std::string parent = text_of(shard, "parent");
    out += fmt::format("{}  {}{}\n", text_of(shard, "shard"), bool_of(shard, "open") ? "open" : "closed",
                       parent.empty() ? "" : "  from " + parent);
  }
  return out;
}

std::string fault_words(const Json& rule) {
  Json rest = rule;
  for (const char* member : {"id", "kind", "seen", "applied", "seed", "hits"}) rest.erase(member);
  return fmt::format("{}  {}  {}; hit {} of {} that it was about\n", text_of(rule, "id"), text_of(rule, "kind"),
                     members_text(rest), int_of(rule, "applied"), int_of(rule, "seen"));
}

std::string faults_words(const Json& answer) {
  std::string out;
  for (const Json& rule : answer.value("faults", Json::array())) out += fault_words(rule);
  return out.empty() ? "no rules\n" : out;
}

std::string replay_words(const Json& answer) {
  std::string out = counted(int_of(answer, "records"), "records") + " delivered again in " +
                    counted(int_of(answer, "batches"), "batches") + ", " +
                    std::to_string(int_of(answer, "filteredOut")) + " filtered out, " +
                    counted(int_of(answer, "failed"), "batches") + " failed\n";
  if (std::string error = text_of(answer, "lastError"); !error.empty()) out += "last error: " + error + "\n";
  return out;
}

std::string done_words(const Json& answer) {
  std::string out;
  for (const auto& [name, value] : answer.items()) {
    if (name == "milliseconds" || value.is_array() || value.is_object()) continue;
    out += (out.empty() ? "" : ", ") + name;
    if (!value.is_boolean()) out += " " + (value.is_string() ? value.get<std::string>() : to_text(value));
  }
  if (const Json* took = find(answer, "milliseconds"); took && took->is_number())
    out += fmt::format(" in {:.0f} ms", took->get<double>());
  return out.empty() ? "done\n" : out + "\n";
}

}  // namespace millrace::cli
