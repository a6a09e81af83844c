#include "emulator/services/logs/insights/execute.h"

#include <algorithm>
#include <deque>

#include "emulator/services/logs/insights/stages.h"
#include "emulator/storage/document_form.h"

namespace millrace::logs::insights {

namespace {

constexpr size_t kReadAtOnce = 256;
constexpr uint64_t kAskEvery = 1024;  // records between two looks at `stop`

/// A group's events from the newest to the oldest, read piece by piece.
class Cursor {
 public:
  Cursor(const storage::Reader& reader, const QueriedGroup& group, Millis from_ms, Millis to_ms)
      : reader_(reader),
        group_(group),
        from_{std::max(from_ms, group.horizon_ms), 0},
        to_{to_ms + 1, 0},
        streams_(stream_names(reader, group.place, group.name)) {
    refill();
  }

  bool empty() const { return buffer_.empty(); }
  Millis newest_ms() const { return buffer_.front().timestamp_ms; }
  Source take() {
    Source out;
    out.event = std::move(buffer_.front());
    buffer_.pop_front();
    auto stream = streams_.find(out.event.stream_id);
    if (stream != streams_.end()) out.stream = stream->second;
    out.log = group_.place.account + ":" + group_.name;
    out.pointer = record_pointer(group_.id, out.event);
    out.of_lambda = is_lambda_group(group_.name);
    if (buffer_.empty() && !exhausted_) refill();
    return out;
  }

 private:
  void refill() {
    constexpr size_t kBytesAtOnce = 1u << 20;
    size_t bytes = 0;
    exhausted_ = true;
    auto take = [&](const Event& event) {
      buffer_.push_back(event);
      bytes += event.message.size();
      exhausted_ = buffer_.size() < kReadAtOnce && bytes < kBytesAtOnce;
      return exhausted_;
    };
    each_group_event_reverse(reader_, group_.id, from_, to_,
                             group_.keys ? group_.keys->opening(take) : VisitEvent(take));
    if (!buffer_.empty()) to_ = {buffer_.back().timestamp_ms, buffer_.back().number};
  }

  const storage::Reader& reader_;
  const QueriedGroup& group_;
  Position from_, to_;
  std::map<uint64_t, std::string> streams_;
  std::deque<Event> buffer_;
  bool exhausted_ = false;
};

/// Counts the records that pass the filters: recordsMatched. All are counted, also those that the query has no use for
/// any more.
class CountingStage final : public Stage {
 public:
  CountingStage(uint64_t& count, const Holding& holding, std::unique_ptr<Stage> next)
      : count_(count), holding_(holding), next_(std::move(next)) {}
  bool push(Record record) override {
    ++count_;
    if (wanted_) wanted_ = next_->push(std::move(record));
    return !holding_.exceeded;
  }
  void finish() override { next_->finish(); }

 private:
  uint64_t& count_;
  const Holding& holding_;
  bool wanted_ = true;
  std::unique_ptr<Stage> next_;
};

/// How many of the leading commands choose the records: up to the last filter among those that look at one at a time.
size_t choosing_commands(const std::vector<Command>& commands) {
  size_t count = 0;
  for (size_t i = 0; i < commands.size() && is_row_wise(commands[i]); ++i) {
    if (std::holds_alternative<Filter>(commands[i])) count = i + 1;
  }
  return count;
}

/// How far back the period lies that a query is compared with.
Millis distance_ms(Earlier earlier, const Execution& execution) {
  constexpr Millis kDay = 86'400'000;
  switch (earlier) {
    case Earlier::day: return kDay;
    case Earlier::week: return 7 * kDay;
    case Earlier::month: return 30 * kDay;  // unverified: that a month is 30 days
    case Earlier::period: break;
  }
  return execution.to_ms - execution.from_ms + 1;
}

/// Pushes the groups' records of a period, the newest first.
void scan(const storage::Reader& reader, const Execution& execution, Millis from_ms, Millis to_ms, Stage& first,
          Outcome& outcome, const std::function<bool()>& stop) {
  std::deque<Cursor> cursors;
  for (const QueriedGroup& group : execution.groups) cursors.emplace_back(reader, group, from_ms, to_ms);
  for (;;) {
    Cursor* newest = nullptr;
    for (Cursor& cursor : cursors) {
      if (!cursor.empty() && (!newest || cursor.newest_ms() > newest->newest_ms())) newest = &cursor;
    }
    if (!newest) return;
    Source source = newest->take();
    ++outcome.scanned;
    outcome.bytes_scanned += source.event.message.size();
    if (!first.push(Record(std::move(source)))) return;
    if (outcome.scanned % kAskEvery == 0 && stop()) return;
  }
}

}  // namespace

std::string record_pointer(uint64_t group_id, const Event& event) {
  return std::to_string(group_id) + "-" + std::to_string(event.timestamp_ms) + "-" + std::to_string(event.number);
}

std::optional<RecordPlace> parse_record_pointer(const std::string& pointer) {
  unsigned long long group_id = 0, number = 0;
  long long time = 0;
  char extra = 0;
  if (pointer.size() > 80 || std::sscanf(pointer.c_str(), "%llu-%lld-%llu%c", &group_id, &time, &number, &extra) != 3)
    return std::nullopt;
  return RecordPlace{group_id, {time, number}};
}

std::map<uint64_t, std::string> stream_names(const storage::Reader& reader, const Place& place,
                                             const std::string& group) {
  std::map<uint64_t, std::string> out;
  storage::each_model<LogStream>(reader, stream_prefix(place, group), {}, [&](const LogStream& stream) {
    out[stream.id] = stream.name;
    return true;
  });
  return out;
}

bool is_lambda_group(const std::string& name) {
  return name.starts_with("/aws/lambda/");
}

Outcome execute(const storage::Reader& reader, const Execution& execution, const std::function<bool()>& stop) {
  Outcome outcome;
  Holding holding;
  EvaluationContext context{execution.now_ms};
  bool has_limit = std::any_of(execution.query.commands.begin(), execution.query.commands.end(),
                               [](const Command& c) { return std::holds_alternative<Limit>(c); });
  constexpr size_t kRowsMax = 10'000;
  size_t limit = has_limit ? kRowsMax : execution.limit;

  Query rest = execution.query;
  const auto chosen = rest.commands.begin() + static_cast<std::ptrdiff_t>(choosing_commands(rest.commands));
  const std::vector<Command> choosing(rest.commands.begin(), chosen);
  rest.commands.erase(rest.commands.begin(), chosen);
  auto stages =
      std::make_unique<CountingStage>(outcome.matched, holding, make_stages(rest, limit, context, holding, outcome));
  auto first = make_row_wise_stages(choosing, context, std::move(stages));

  if (auto earlier = execution.query.compared_with()) {
    context.earlier_period = true;
    Millis back_ms = distance_ms(*earlier, execution);
    scan(reader, execution, execution.from_ms - back_ms, execution.to_ms - back_ms, *first, outcome, stop);
    context.earlier_period = false;
  }
  scan(reader, execution, execution.from_ms, execution.to_ms, *first, outcome, stop);
  if (!holding.exceeded) first->finish();
  if (holding.exceeded) {
    outcome.rows.clear();
    outcome.failure = "The query holds more than " + std::to_string(Holding::kBytesMax >> 20) + " MiB of records";
  }
  return outcome;
}

}  // namespace millrace::logs::insights
