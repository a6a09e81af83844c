#include "emulator/delivery/time_zone.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "emulator/base/mutex.h"
#include "emulator/delivery/civil.h"

namespace millrace::delivery {

namespace {

constexpr int kLastYear = 2200;          // cron's years end at 2199
constexpr size_t kFileBytesMax = 65536;  // the largest zone has 3.5 KB
constexpr size_t kNameMax = 64;

int64_t big_endian(const std::string& bytes, size_t at, size_t width) {
  uint64_t value = 0;
  for (size_t i = 0; i < width; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return width == 4 ? static_cast<int32_t>(value) : static_cast<int64_t>(value);
}

/// A reader of the rule that ends a TZif file: `EST5EDT,M3.2.0,M11.1.0`, `<-02>2<-01>,M3.5.0/-1,M10.5.0/0`.
class RuleText {
 public:
  explicit RuleText(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool name() {
    if (take('<')) {
      const size_t end = rest_.find('>');
      if (end == std::string_view::npos) return false;
      rest_.remove_prefix(end + 1);
      return true;
    }
    size_t n = 0;
    while (n < rest_.size() && ((rest_[n] | 32) >= 'a' && (rest_[n] | 32) <= 'z')) ++n;
    rest_.remove_prefix(n);
    return n >= 3;
  }
  int64_t number() {
    int64_t value = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  /// `[+-]hh[:mm[:ss]]` in seconds.
  int64_t time() {
    const int64_t sign = take('-') ? -1 : 1;
    take('+');
    int64_t seconds = number() * 3600;
    if (take(':')) seconds += number() * 60;
    if (take(':')) seconds += number();
    return sign * seconds;
  }
  bool offset_follows() const {
    return !rest_.empty() &&
           (rest_.front() == '-' || rest_.front() == '+' || (rest_.front() >= '0' && rest_.front() <= '9'));
  }

 private:
  std::string_view rest_;
};

/// When in a year a rule changes the offset, in local seconds.
struct YearlyChange {
  char form = 'M';  // M: month.week.day; J: day 1 to 365, never 29 February; 0: day 0 to 365
  int64_t month = 0, week = 0, day = 0;
  int64_t time_s = 7200;

  bool read(RuleText& text) {
    if (text.take('M')) {
      month = text.number();
      if (!text.take('.')) return false;
      week = text.number();
      if (!text.take('.')) return false;
    } else {
      form = text.take('J') ? 'J' : '0';
    }
    day = text.number();
    if (text.take('/')) time_s = text.time();
    return form != 'M' || (month >= 1 && month <= 12 && week >= 1 && week <= 5 && day <= 6);
  }
  int64_t local_s(int year) const {
    int64_t days = days_from_civil({year, 1, 1});
    if (form == 'J') {
      days += day - 1 + (is_leap(year) && day >= 60 ? 1 : 0);
    } else if (form == '0') {
      days += day;
    } else {
      const int64_t first = days_from_civil({year, static_cast<int>(month), 1});
      int64_t date = 1 + (day - weekday(first) + 7) % 7 + (week - 1) * 7;
      const int64_t last = days_in_month(year, static_cast<int>(month));
      while (date > last) date -= 7;
      days = first + date - 1;
    }
    return days * 86400 + time_s;
  }
};

}  // namespace

bool TimeZone::read(const std::string& bytes) {
  constexpr size_t kHeader = 44;
  bool sane = true;
  auto count = [&](size_t header, size_t index) {
    const int64_t value = big_endian(bytes, header + 20 + 4 * index, 4);
    sane = sane && value >= 0 && value <= static_cast<int64_t>(bytes.size());
    return sane ? static_cast<size_t>(value) : 0;
  };
  if (bytes.size() < kHeader || bytes.compare(0, 4, "TZif") != 0 || bytes[4] < '2') return false;
  // Six counts: isutc, isstd, leap, time, type, char. The first block has 32-bit times; the second one is read.
  const size_t second =
      kHeader + count(0, 3) * 5 + count(0, 4) * 6 + count(0, 5) + count(0, 2) * 8 + count(0, 1) + count(0, 0);
  if (second + kHeader > bytes.size() || bytes.compare(second, 4, "TZif") != 0) return false;
  const size_t times = count(second, 3), types = count(second, 4), data = second + kHeader;
  const size_t indexes = data + times * 8, infos = indexes + times;
  const size_t end = infos + types * 6 + count(second, 5) + count(second, 2) * 12 + count(second, 1) + count(second, 0);
  if (!sane || types == 0 || end >= bytes.size()) return false;
  auto offset_of = [&](size_t type) { return big_endian(bytes, infos + std::min(type, types - 1) * 6, 4); };
  first_offset_s_ = offset_of(0);
  for (size_t i = 0; i < times; ++i)
    changes_.push_back({big_endian(bytes, data + i * 8, 8), offset_of(static_cast<unsigned char>(bytes[indexes + i]))});
  const size_t footer_end = bytes.find('\n', end + 1);
  if (bytes[end] == '\n' && footer_end != std::string::npos)
    continue_by_rule(std::string_view(bytes).substr(end + 1, footer_end - end - 1));
  return true;
}

void TimeZone::continue_by_rule(std::string_view rule) {
  RuleText text(rule);
  if (!text.name() || !text.offset_follows()) return;
  const int64_t standard = -text.time();
  if (text.done()) {
    if (changes_.empty()) first_offset_s_ = standard;
    return;  // the last change led to it
  }
  if (!text.name()) return;
  const int64_t summer = text.offset_follows() ? -text.time() : standard + 3600;
  YearlyChange begins, ends;
  if (!text.take(',') || !begins.read(text) || !text.take(',') || !ends.read(text)) return;
  const int64_t last = changes_.empty() ? INT64_MIN : changes_.back().at_s;
  const int first_year = changes_.empty() ? 1970 : civil_from_days(last / 86400).year;
  for (int year = first_year; year <= kLastYear; ++year) {
    Change spring{begins.local_s(year) - standard, summer}, autumn{ends.local_s(year) - summer, standard};
    if (autumn.at_s < spring.at_s) std::swap(spring, autumn);
    for (const Change& change : {spring, autumn}) {
      if (change.at_s > last) changes_.push_back(change);
    }
  }
}

std::shared_ptr<const TimeZone> TimeZone::parse(const std::string& bytes) {
  auto zone = std::make_shared<TimeZone>();
  if (!zone->read(bytes)) return nullptr;
  return zone;
}

std::shared_ptr<const TimeZone> TimeZone::find(const std::string& name) {
  static Mutex mutex;
  static std::map<std::string, std::shared_ptr<const TimeZone>> known GUARDED_BY(mutex){
      {"UTC", std::make_shared<TimeZone>()}};
  MutexLock lock(mutex);
  if (auto it = known.find(name); it != known.end()) return it->second;
  const bool plain = !name.empty() && name.size() <= kNameMax && name.front() >= 'A' && name.front() <= 'Z' &&
                     std::all_of(name.begin(), name.end(), [](unsigned char c) {
                       return std::isalnum(c) || c == '/' || c == '_' || c == '-' || c == '+';
                     });
  if (!plain) return nullptr;
  std::ifstream file("/usr/share/zoneinfo/" + name, std::ios::binary);
  std::string bytes(kFileBytesMax, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  auto zone = parse(bytes);
  if (zone) known[name] = zone;
  return zone;
}

int64_t TimeZone::offset_s(int64_t utc_s) const {
  auto after = std::upper_bound(changes_.begin(), changes_.end(), utc_s,
                                [](int64_t at, const Change& change) { return at < change.at_s; });
  return after == changes_.begin() ? first_offset_s_ : std::prev(after)->offset_s;
}

std::optional<int64_t> TimeZone::utc_of(int64_t local_s) const {
  // Only the offsets of a day before and after can be meant: nothing changes twice within two days.
  const int64_t before = offset_s(local_s - 86400), after = offset_s(local_s + 86400);
  for (int64_t offset : {std::max(before, after), std::min(before, after)}) {
    if (offset_s(local_s - offset) == offset) return local_s - offset;
  }
  return std::nullopt;
}

}  // namespace millrace::delivery
