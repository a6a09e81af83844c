// Space-delimited patterns: `[ip, user, ..., status = 4* || status = 5*, bytes > 1000]`. A line's columns are separated by
// blanks; quotes and brackets keep one together.

#include <cctype>

#include "emulator/services/logs/filter_pattern.h"
#include "emulator/services/logs/filter_scanner.h"

namespace millrace::logs {

namespace {

struct Condition {
  Comparison comparison;
  ComparedValue value;
};

/// One column: any of the alternatives must hold, each of whose conditions must hold.
struct Column {
  std::string name;
  bool ellipsis = false;
  std::vector<std::vector<Condition>> alternatives;

  bool holds(std::string_view field) const {
    if (alternatives.empty()) return true;
    for (const auto& all : alternatives) {
      bool every = true;
      for (const Condition& condition : all) every = every && compare(condition.comparison, field, condition.value);
      if (every) return true;
    }
    return false;
  }
};

std::vector<std::string_view> split_columns(std::string_view line) {
  std::vector<std::string_view> out;
  size_t i = 0;
  while (i < line.size()) {
    if (line[i] == ' ' || line[i] == '\t' || line[i] == '\n') {
      ++i;
      continue;
    }
    char close = line[i] == '"' ? '"' : line[i] == '[' ? ']' : '\0';
    size_t end = close ? line.find(close, i + 1) : std::string_view::npos;
    if (end != std::string_view::npos) {
      out.push_back(line.substr(i + 1, end - i - 1));
      i = end + 1;
    } else {
      end = std::min(line.find_first_of(" \t\n", i), line.size());
      out.push_back(line.substr(i, end - i));
      i = end;
    }
  }
  return out;
}

class Columns final : public FilterPattern {
 public:
  explicit Columns(std::vector<Column> columns) : columns_(std::move(columns)) {}

  bool matches(std::string_view message) const override { return !assign(message).empty(); }

  std::map<std::string, std::string> extract(std::string_view message) const override {
    std::map<std::string, std::string> out;
    auto fields = assign(message);
    for (size_t i = 0; i < fields.size(); ++i) {
      if (!columns_[i].ellipsis && !columns_[i].name.empty()) out["$" + columns_[i].name] = fields[i];
    }
    return out;
  }

 private:
  /// The field of each column; empty if the line doesn't match. With one ellipsis the columns after it count from the
  /// end.
  std::vector<std::string_view> assign(std::string_view message) const {
    std::vector<std::string_view> fields = split_columns(message), out;
    size_t at = columns_.size();
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].ellipsis) at = i;
    }
    bool has_ellipsis = at < columns_.size();
    if (has_ellipsis ? fields.size() + 1 < columns_.size() : fields.size() != columns_.size()) return {};
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].ellipsis) {
        out.emplace_back();
        continue;
      }
      size_t index = i < at ? i : fields.size() - (columns_.size() - i);
      if (!columns_[i].holds(fields[index])) return {};
      out.push_back(fields[index]);
    }
    return out;
  }

  std::vector<Column> columns_;
};

class Parser : FilterScanner {
 public:
  explicit Parser(std::string_view text) : FilterScanner(text) {}

  std::optional<std::vector<Column>> parse() {
    if (!take("[")) return std::nullopt;
    std::vector<Column> out;
    int ellipses = 0;
    do {
      Column column;
      if (take("..."))
        column.ellipsis = true;
      else if (!parse_column(column))
        return std::nullopt;
      ellipses += column.ellipsis;
      out.push_back(std::move(column));
    } while (take(","));
    if (!take("]") || ellipses > 1) return std::nullopt;
    skip();
    return rest_.empty() ? std::optional(std::move(out)) : std::nullopt;
  }

 private:
  std::string name() {
    skip();
    size_t end = 0;
    while (end < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[end])) || rest_[end] == '_' ||
                                  rest_[end] == '-' || rest_[end] == '.'))
      ++end;
    std::string out(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return out;
  }
  bool parse_column(Column& column) {
    column.name = name();
    std::vector<Condition> all;
    for (;;) {
      skip();
      auto comparison = take_comparison(rest_);
      if (!comparison) {
        // A bare name, or a malformed rest that the caller notices.
        return all.empty() && column.alternatives.empty();
      }
      auto value = parse_value();
      if (!value) return false;
      all.push_back({*comparison, *value});
      if (take("&&")) {
        name();
        continue;
      }
      column.alternatives.push_back(std::move(all));
      all.clear();
      if (!take("||")) return true;
      name();
    }
  }
  std::optional<ComparedValue> parse_value() {
    skip();
    if (rest_.starts_with('"')) {
      size_t end = rest_.find('"', 1);
      if (end == std::string_view::npos) return std::nullopt;
      auto value = ComparedValue::parse(rest_.substr(1, end - 1), true);
      rest_.remove_prefix(end + 1);
      return value;
    }
    size_t end = rest_.starts_with('%') ? rest_.find('%', 1) : rest_.find_first_of(" \t\n,]&|");
    if (rest_.starts_with('%') && end != std::string_view::npos) ++end;
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    auto value = ComparedValue::parse(rest_.substr(0, end), false);
    rest_.remove_prefix(end);
    return value;
  }
};

}  // namespace

std::shared_ptr<const FilterPattern> compile_columns(std::string_view text) {
  auto columns = Parser(text).parse();
  return columns ? std::make_shared<Columns>(std::move(*columns)) : nullptr;
}

}  // namespace millrace::logs
