#include "emulator/services/logs/insights/stages.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_set>

#include "emulator/services/logs/insights/aggregate.h"
#include "emulator/services/logs/insights/evaluate.h"
#include "emulator/services/logs/insights/patterns.h"

namespace millrace::logs::insights {

namespace {

using Next = std::unique_ptr<Stage>;

/// Part of a key that can't be confused with its others.
void append_key(std::string& key, const Value& value) {
  std::string text = text_of(value);
  key += std::to_string(text.size()) + (is_absent(value) ? "-" : ":") + text;
}

class Rows final : public Stage {
 public:
  Rows(const Query& query, size_t limit, Holding& holding, Outcome& outcome)
      : query_(query), limit_(limit), holding_(holding), outcome_(outcome) {}

  bool push(Record record) override {
    Row row;
    size_t bytes = 0;
    for (const std::string& name : query_.shown) {
      Value value = record.get(name);
      if (is_absent(value)) continue;
      row.emplace_back(name, text_of(value));
      bytes += row.back().first.size() + row.back().second.size() + 64;
    }
    bool has_pointer = std::find(query_.shown.begin(), query_.shown.end(), "@ptr") != query_.shown.end();
    if (!query_.aggregated && !has_pointer && record.source()) row.emplace_back("@ptr", record.source()->pointer);
    outcome_.row_bytes += bytes;
    outcome_.rows.push_back(std::move(row));
    return holding_.add(bytes) && outcome_.rows.size() < limit_;
  }
  void finish() override {}

 private:
  const Query& query_;
  size_t limit_;
  Holding& holding_;
  Outcome& outcome_;
};

class ComputeStage final : public Stage {
 public:
  ComputeStage(const std::vector<Column>& columns, const EvaluationContext& context, Next next)
      : columns_(columns), context_(context), next_(std::move(next)) {}
  bool push(Record record) override {
    for (const Column& column : columns_) {
      bool itself = column.expression->kind == Expression::Kind::field && column.expression->name == column.name;
      if (!itself) record.set(column.name, evaluate(*column.expression, record, context_));
    }
    return next_->push(std::move(record));
  }
  void finish() override { next_->finish(); }

 private:
  const std::vector<Column>& columns_;
  const EvaluationContext& context_;
  Next next_;
};

class FilterStage final : public Stage {
 public:
  FilterStage(const Filter& filter, const EvaluationContext& context, Next next)
      : filter_(filter), context_(context), next_(std::move(next)) {}
  bool push(Record record) override {
    return !is_true(evaluate(*filter_.condition, record, context_)) || next_->push(std::move(record));
  }
  void finish() override { next_->finish(); }

 private:
  const Filter& filter_;
  const EvaluationContext& context_;
  Next next_;
};

class ParseStage final : public Stage {
 public:
  ParseStage(const Parse& parse, const EvaluationContext& context, Next next)
      : parse_(parse), context_(context), next_(std::move(next)) {}
  bool push(Record record) override {
    Value from = evaluate(*parse_.from, record, context_);
    if (!is_absent(from)) find(text_of(from), record);
    return next_->push(std::move(record));
  }
  void finish() override { next_->finish(); }

 private:
  void find(const std::string& text, Record& record) const {
    std::vector<re2::StringPiece> groups(parse_.names.size() + 1);
    if (!parse_.regex->Match(text, 0, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size())))
      return;
    for (size_t i = 0; i < parse_.names.size(); ++i) {
      if (!parse_.names[i].empty() && groups[i + 1].data()) record.set(parse_.names[i], std::string(groups[i + 1]));
    }
  }
  const Parse& parse_;
  const EvaluationContext& context_;
  Next next_;
};

class StatsStage final : public Stage {
 public:
  StatsStage(const Stats& stats, const EvaluationContext& context, Holding& holding, Next next)
      : stats_(stats), context_(context), holding_(holding), next_(std::move(next)) {
    if (stats.by.empty()) group_of("", {});  // without groups there is a result even of nothing
  }

  bool push(Record record) override {
    std::vector<Value> by;
    std::string key;
    for (const Column& column : stats_.by) {
      by.push_back(evaluate(*column.expression, record, context_));
      append_key(key, by.back());
    }
    Group& group = groups_[group_of(key, std::move(by))];
    Millis time = record.source() ? record.source()->event.timestamp_ms : 0;
    for (size_t i = 0; i < stats_.aggregates.size(); ++i) {
      const ExpressionPtr& argument = stats_.aggregates[i].argument;
      group.aggregators[i]->add(argument ? evaluate(*argument, record, context_) : Value(), time);
    }
    return !holding_.exceeded;
  }

  void finish() override {
    for (const Group& group : groups_) {
      Record record;
      for (size_t i = 0; i < stats_.by.size(); ++i) record.set(stats_.by[i].name, group.by[i]);
      std::vector<Value> results;
      for (const auto& aggregator : group.aggregators) results.push_back(aggregator->result());
      Record keys = record;
      for (const Column& column : stats_.columns)
        record.set(column.name, evaluate(*column.expression, keys, context_, &results));
      if (!next_->push(std::move(record))) break;
    }
    next_->finish();
  }

 private:
  struct Group {
    std::vector<Value> by;
    std::vector<std::unique_ptr<Aggregator>> aggregators;
  };

  size_t group_of(const std::string& key, std::vector<Value> by) {
    auto [found, is_new] = index_.emplace(key, groups_.size());
    if (!is_new) return found->second;
    Group group{std::move(by), {}};
    for (const Aggregate& aggregate : stats_.aggregates) group.aggregators.push_back(make_aggregator(aggregate));
    constexpr size_t kBytesPerAggregate = 128;
    holding_.add(key.size() * 2 + 256 + stats_.aggregates.size() * kBytesPerAggregate);
    groups_.push_back(std::move(group));
    return found->second;
  }

  const Stats& stats_;
  const EvaluationContext& context_;
  Holding& holding_;
  Next next_;
  std::vector<Group> groups_;  // in the order in which they were first seen
  std::map<std::string, size_t> index_;
};

/// Keeps the first `wanted` records of the order; equal ones in the order in which they came.
class SortStage final : public Stage {
 public:
  SortStage(const Sort& sort, size_t wanted, const EvaluationContext& context, Holding& holding, Next next)
      : sort_(sort), wanted_(wanted), context_(context), holding_(holding), next_(std::move(next)) {}

  bool push(Record record) override {
    Held held{{}, std::move(record), held_count_++, 0};
    for (const Sort::Key& key : sort_.keys) held.keys.push_back(evaluate(*key.expression, held.record, context_));
    held.bytes = held.record.bytes();
    bool fits = holding_.add(held.bytes);
    held_.push_back(std::move(held));
    if (!fits || held_.size() >= 2 * wanted_ + kSlack) {
      trim();
      // What was let go may have made room.
      holding_.exceeded = holding_.bytes > Holding::kBytesMax;
    }
    return !holding_.exceeded;
  }

  void finish() override {
    trim();
    for (Held& held : held_) {
      holding_.remove(held.bytes);
      if (!next_->push(std::move(held.record))) break;
    }
    next_->finish();
  }

 private:
  static constexpr size_t kSlack = 64;
  struct Held {
    std::vector<Value> keys;
    Record record;
    uint64_t number;
    size_t bytes;
  };

  bool before(const Held& a, const Held& b) const {
    for (size_t i = 0; i < sort_.keys.size(); ++i) {
      int by = order(a.keys[i], b.keys[i]);
      if (by != 0) return sort_.keys[i].descending ? by > 0 : by < 0;
    }
    return a.number < b.number;
  }
  void trim() {
    std::sort(held_.begin(), held_.end(), [this](const Held& a, const Held& b) { return before(a, b); });
    while (held_.size() > wanted_) {
      holding_.remove(held_.back().bytes);
      held_.pop_back();
    }
  }

  const Sort& sort_;
  size_t wanted_;
  const EvaluationContext& context_;
  Holding& holding_;
  Next next_;
  std::vector<Held> held_;
  uint64_t held_count_ = 0;
};

class LimitStage final : public Stage {
 public:
  LimitStage(size_t count, Next next) : left_(count), next_(std::move(next)) {}
  bool push(Record record) override {
    if (left_ == 0) return false;
    --left_;
    return next_->push(std::move(record)) && left_ > 0;
  }
  void finish() override { next_->finish(); }

 private:
  size_t left_;
  Next next_;
};

/// Lets the first record of each combination through, and every record that lacks one of the fields.
class DedupStage final : public Stage {
 public:
  DedupStage(const Dedup& dedup, const EvaluationContext& context, Holding& holding, Next next)
      : dedup_(dedup), context_(context), holding_(holding), next_(std::move(next)) {}
  bool push(Record record) override {
    std::string key;
    for (const ExpressionPtr& field : dedup_.keys) {
      Value value = evaluate(*field, record, context_);
      if (is_absent(value)) return next_->push(std::move(record));
      append_key(key, value);
    }
    size_t bytes = key.size() + 64;
    if (!seen_.insert(std::move(key)).second) return true;
    return holding_.add(bytes) && next_->push(std::move(record));
  }
  void finish() override { next_->finish(); }

 private:
  const Dedup& dedup_;
  const EvaluationContext& context_;
  Holding& holding_;
  Next next_;
  std::unordered_set<std::string> seen_;
};

class UnnestStage final : public Stage {
 public:
  UnnestStage(const Unnest& unnest, const EvaluationContext& context, Next next)
      : unnest_(unnest), context_(context), next_(std::move(next)) {}
  bool push(Record record) override {
    Value value = evaluate(*unnest_.list, record, context_);
    if (is_absent(value)) return true;  // unverified: that there is no record for it
    auto* list = std::get_if<Structure>(&value);
    if (!list || !list->json->is_array()) return push_with(std::move(record), std::move(value));
    for (const Json& element : *list->json) {
      if (!push_with(record, part_of(*list, element))) return false;
    }
    return true;
  }
  void finish() override { next_->finish(); }

 private:
  bool push_with(Record record, Value element) {
    record.set(unnest_.name, std::move(element));
    return next_->push(std::move(record));
  }
  const Unnest& unnest_;
  const EvaluationContext& context_;
  Next next_;
};

/// `pattern` and `diff`: one record for each structure, the most frequent first.
class PatternStage final : public Stage {
 public:
  PatternStage(const Pattern& pattern, const EvaluationContext& context, Holding& holding, Next next)
      : pattern_(pattern), context_(context), holding_(holding), next_(std::move(next)) {}
  bool push(Record record) override {
    Value text = evaluate(*pattern_.text, record, context_);
    if (is_absent(text)) return true;
    size_t before = patterns_.bytes();
    patterns_.add(text_of(text), context_.earlier_period);
    return holding_.add(patterns_.bytes() - before);
  }
  void finish() override {
    for (const FoundPattern& found : patterns_.found()) {
      if (!next_->push(pattern_.against ? compared(found) : counted(found))) break;
    }
    next_->finish();
  }

 private:
  Record counted(const FoundPattern& found) const {
    Record record;
    record.set("@pattern", found.text);
    record.set("@sampleCount", static_cast<double>(found.count));
    record.set("@ratio", static_cast<double>(found.count) / static_cast<double>(patterns_.count()));
    record.set("@severityLabel", found.severity);
    return record;
  }
  Record compared(const FoundPattern& found) const {
    Record record;
    record.set("@pattern", found.text);
    record.set("@sampleCount", static_cast<double>(found.count));
    record.set("@differenceEventCount", static_cast<double>(found.count) - static_cast<double>(found.earlier_count));
    record.set("@differenceDescription", difference(found));
    record.set("@severityLabel", found.severity);
    return record;
  }
  /// unverified: AWS's words.
  static std::string difference(const FoundPattern& found) {
    if (found.earlier_count == 0) return "New pattern";
    if (found.count == found.earlier_count) return "No difference";
    double change = (static_cast<double>(found.count) / static_cast<double>(found.earlier_count) - 1) * 100;
    return number_text(std::round(std::abs(change))) + (change > 0 ? "% increase" : "% decrease");
  }

  const Pattern& pattern_;
  const EvaluationContext& context_;
  Holding& holding_;
  Next next_;
  Patterns patterns_;
};

/// How many records of its order a sort must keep: as many as the limit right behind it lets through.
size_t wanted_after(const std::vector<Command>& commands, size_t sort_at, size_t limit) {
  for (size_t i = sort_at + 1; i < commands.size(); ++i) {
    if (auto* next = std::get_if<Limit>(&commands[i])) return next->count;
    bool passes_all = std::holds_alternative<Fields>(commands[i]) || std::holds_alternative<Display>(commands[i]) ||
                      std::holds_alternative<Parse>(commands[i]);
    if (!passes_all) return SIZE_MAX / 4;
  }
  return limit;
}

Next row_wise_stage(const Command& command, const EvaluationContext& context, Next next) {
  if (auto* fields = std::get_if<Fields>(&command))
    return std::make_unique<ComputeStage>(fields->columns, context, std::move(next));
  if (auto* display = std::get_if<Display>(&command))
    return std::make_unique<ComputeStage>(display->columns, context, std::move(next));
  if (auto* filter = std::get_if<Filter>(&command))
    return std::make_unique<FilterStage>(*filter, context, std::move(next));
  return std::make_unique<ParseStage>(std::get<Parse>(command), context, std::move(next));
}

}  // namespace

bool is_row_wise(const Command& command) {
  return std::holds_alternative<Fields>(command) || std::holds_alternative<Display>(command) ||
         std::holds_alternative<Filter>(command) || std::holds_alternative<Parse>(command);
}

std::unique_ptr<Stage> make_row_wise_stages(const std::vector<Command>& commands, const EvaluationContext& context,
                                            std::unique_ptr<Stage> next) {
  for (size_t i = commands.size(); i-- > 0;) next = row_wise_stage(commands[i], context, std::move(next));
  return next;
}

std::unique_ptr<Stage> make_stages(const Query& query, size_t limit, const EvaluationContext& context, Holding& holding,
                                   Outcome& outcome) {
  Next stage = std::make_unique<Rows>(query, limit, holding, outcome);
  for (size_t i = query.commands.size(); i-- > 0;) {
    const Command& command = query.commands[i];
    if (is_row_wise(command))
      stage = row_wise_stage(command, context, std::move(stage));
    else if (auto* stats = std::get_if<Stats>(&command))
      stage = std::make_unique<StatsStage>(*stats, context, holding, std::move(stage));
    else if (auto* sort = std::get_if<Sort>(&command))
      stage = std::make_unique<SortStage>(*sort, wanted_after(query.commands, i, limit), context, holding,
                                          std::move(stage));
    else if (auto* few = std::get_if<Limit>(&command))
      stage = std::make_unique<LimitStage>(few->count, std::move(stage));
    else if (auto* dedup = std::get_if<Dedup>(&command))
      stage = std::make_unique<DedupStage>(*dedup, context, holding, std::move(stage));
    else if (auto* unnest = std::get_if<Unnest>(&command))
      stage = std::make_unique<UnnestStage>(*unnest, context, std::move(stage));
    else if (auto* pattern = std::get_if<Pattern>(&command))
      stage = std::make_unique<PatternStage>(*pattern, context, holding, std::move(stage));
  }
  return stage;
}

}  // namespace millrace::logs::insights
