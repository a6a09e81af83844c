#pragma once
// Time zones by their IANA names, from the machine's zoneinfo (tzdata): what a schedule's local times are in UTC.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::delivery {

class TimeZone {
 public:
  /// nullptr for a name that the machine's zoneinfo doesn't have. "UTC" is always there. Reads a file once per name;
  /// the zones that were asked for are kept (there are about 600 names).
  static std::shared_ptr<const TimeZone> find(const std::string& name);
  /// From the bytes of a TZif file (RFC 8536, version 2 and later); nullptr if they aren't one.
  static std::shared_ptr<const TimeZone> parse(const std::string& bytes);

  /// Seconds to add to UTC for local time.
  int64_t offset_s(int64_t utc_s) const;
  /// The first moment that shows this local time (in seconds as if it were UTC); nullopt where clocks skip it.
  std::optional<int64_t> utc_of(int64_t local_s) const;

 private:
  struct Change {
    int64_t at_s;
    int64_t offset_s;
  };
  bool read(const std::string& bytes);
  void continue_by_rule(std::string_view rule);
  int64_t first_offset_s_ = 0;   // before the first change
  std::vector<Change> changes_;  // by time; a zone's rule for the future is written out until 2200
};

}  // namespace millrace::delivery
