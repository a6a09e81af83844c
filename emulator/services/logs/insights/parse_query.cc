// The commands of a query; expressions are expression_parser.cc's.

#include <re2/re2.h>

#include <algorithm>

#include "emulator/services/logs/insights/expression_parser.h"
#include "emulator/services/logs/insights/query.h"

namespace millrace::logs::insights {

namespace {

constexpr size_t kCommandsMax = 64;
constexpr size_t kStatsMax = 2;       // of one query
constexpr double kLimitMax = 10'000;  // rows

class QueryParser {
 public:
  explicit QueryParser(std::string_view text) : scanner_(text) {}

  std::variant<Query, CompileError> parse() {
    bool begun = scanner_.take("|");  // a query may begin with its first bar
    if (begun || !scanner_.at_end()) {
      do {
        if (!command()) return error_;
        if (query_.commands.size() > kCommandsMax)
          return CompileError{0, scanner_.position(), "The query has too many commands"};
      } while (scanner_.take("|"));
    }
    if (!scanner_.at_end()) return unexpected_symbol(scanner_);
    if (query_.shown.empty()) query_.shown = {"@timestamp", "@message"};
    if (!displayed_) {
      // unverified: that what parse finds is shown without a display.
      for (const std::string& name : parsed_) show(name);
    }
    return std::move(query_);
  }

 private:
  bool fail(CompileError error) {
    error_ = std::move(error);
    return false;
  }
  bool unexpected() { return fail(unexpected_symbol(scanner_)); }

  bool command() {
    scanner_.skip();
    size_t begin = scanner_.position();
    if (scanner_.take_word("fields")) return fields();
    if (scanner_.take_word("display")) return display();
    if (scanner_.take_word("filter")) return filter();
    if (scanner_.take_word("parse")) return parse_command();
    if (scanner_.take_word("stats")) return stats(begin);
    if (scanner_.take_word("sort")) return sort();
    if (scanner_.take_word("limit")) return limit();
    if (scanner_.take_word("dedup")) return dedup();
    if (scanner_.take_word("unnest")) return unnest();
    if (scanner_.take_word("pattern")) return pattern(begin);
    if (scanner_.take_word("diff")) return diff(begin);
    if (scanner_.take_word("filterIndex")) return filter();  // no field is indexed here: it filters
    return unexpected();
  }

  std::optional<std::vector<Column>> columns(std::vector<Aggregate>* aggregates) {
    std::vector<Column> out;
    ExpressionParser parser(scanner_, aggregates);
    do {
      auto column = parser.parse_column();
      if (!column) {
        error_ = parser.error();
        return std::nullopt;
      }
      out.push_back(std::move(*column));
    } while (scanner_.take(","));
    return out;
  }

  void show(const std::string& name) {
    if (std::find(query_.shown.begin(), query_.shown.end(), name) == query_.shown.end()) query_.shown.push_back(name);
  }

  bool fields() {
    auto list = columns(nullptr);
    if (!list) return false;
    for (const Column& column : *list) show(column.name);
    query_.commands.push_back(Fields{std::move(*list)});
    return true;
  }

  bool display() {
    auto list = columns(nullptr);
    if (!list) return false;
    query_.shown.clear();
    displayed_ = true;
    for (const Column& column : *list) show(column.name);
    query_.commands.push_back(Display{std::move(*list)});
    return true;
  }

  bool filter() {
    ExpressionParser parser(scanner_, nullptr);
    ExpressionPtr condition = parser.parse();
    if (!condition) return fail(parser.error());
    query_.commands.push_back(Filter{std::move(condition)});
    return true;
  }

  bool parse_command() {
    Parse command;
    auto from = std::make_shared<Expression>();
    from->kind = Expression::Kind::field;
    from->name = "@message";
    if (!scanner_.next_is("/") && !scanner_.next_is("\"") && !scanner_.next_is("'")) {
      auto name = scanner_.take_name();
      if (!name) return unexpected();
      from->name = *name;
    }
    command.from = from;
    scanner_.skip();
    size_t begin = scanner_.position();
    bool is_regex = scanner_.next_is("/");
    auto text = is_regex ? scanner_.take_regex() : scanner_.take_string();
    if (!text) return unexpected();
    command.regex = compile_regex(is_regex ? *text : regex_of_glob(*text));
    if (!command.regex) return fail({begin, scanner_.position(), "invalid regular expression: " + *text});
    if (!names(command)) return false;
    if (command.names.empty() || command.names.size() > static_cast<size_t>(command.regex->NumberOfCapturingGroups()))
      return fail({begin, scanner_.position(), "the number of fields in parse doesn't match its pattern"});
    parsed_.insert(parsed_.end(), command.names.begin(), command.names.end());
    std::erase(parsed_, "");
    query_.commands.push_back(std::move(command));
    return true;
  }

  /// `as a, b`, else the names of the expression's groups.
  bool names(Parse& command) {
    if (scanner_.take_word("as")) {
      do {
        auto name = scanner_.take_name();
        if (!name) return unexpected();
        command.names.push_back(*name);
      } while (scanner_.take(","));
      return true;
    }
    for (const auto& [group, name] : command.regex->CapturingGroupNames()) {
      if (command.names.size() < static_cast<size_t>(group)) command.names.resize(static_cast<size_t>(group));
      command.names[static_cast<size_t>(group) - 1] = name;
    }
    return true;
  }

  static std::string regex_of_glob(const std::string& glob) {
    std::string out = "(?s)";
    for (size_t at = 0;;) {
      size_t star = glob.find('*', at);
      out += RE2::QuoteMeta(glob.substr(at, star - at));
      if (star == std::string::npos) return out;
      out += star + 1 == glob.size() ? "(.*)" : "(.*?)";
      at = star + 1;
    }
  }

  bool stats(size_t begin) {
    auto before = std::count_if(query_.commands.begin(), query_.commands.end(),
                                [](const Command& c) { return std::holds_alternative<Stats>(c); });
    if (before == kStatsMax) return fail({begin, scanner_.position(), "a query can have at most two stats commands"});
    Stats command;
    auto list = columns(&command.aggregates);
    if (!list) return false;
    command.columns = std::move(*list);
    if (scanner_.take_word("by")) {
      auto by = columns(nullptr);
      if (!by) return false;
      command.by = std::move(*by);
    }
    query_.shown.clear();
    parsed_.clear();
    for (const Column& column : command.by) show(column.name);
    for (const Column& column : command.columns) show(column.name);
    query_.aggregated = true;
    query_.commands.push_back(std::move(command));
    return true;
  }

  bool sort() {
    Sort command;
    ExpressionParser parser(scanner_, nullptr);
    do {
      scanner_.skip();
      size_t begin = scanner_.position();
      auto column = sort_key(parser, begin);
      if (!column) return false;
      bool descending = scanner_.take_word("desc");
      if (!descending) scanner_.take_word("asc");
      command.keys.push_back({std::move(column), descending});
    } while (scanner_.take(","));
    query_.commands.push_back(std::move(command));
    return true;
  }

  /// A column of an earlier command by its text (`sort count(*) desc`), else an expression.
  ExpressionPtr sort_key(ExpressionParser& parser, size_t begin) {
    for (const std::string& name : query_.shown) {
      if (name.find_first_of("([") == std::string::npos || !scanner_.take(name)) continue;
      auto node = std::make_shared<Expression>();
      node->kind = Expression::Kind::field;
      node->name = name;
      return node;
    }
    scanner_.rewind(begin);
    ExpressionPtr node = parser.parse();
    if (!node) error_ = parser.error();
    return node;
  }

  bool limit() {
    size_t begin = scanner_.position();
    auto count = scanner_.take_number();
    if (!count) return unexpected();
    if (*count < 1 || *count > kLimitMax || *count != static_cast<double>(static_cast<size_t>(*count)))
      return fail({begin, scanner_.position(), "limit must be a whole number between 1 and 10000"});
    query_.commands.push_back(Limit{static_cast<size_t>(*count)});
    return true;
  }

  bool dedup() {
    auto list = columns(nullptr);
    if (!list) return false;
    Dedup command;
    for (Column& column : *list) command.keys.push_back(std::move(column.expression));
    query_.commands.push_back(std::move(command));
    return true;
  }

  /// `unnest json.events into event`
  bool unnest() {
    ExpressionParser parser(scanner_, nullptr);
    Unnest command;
    command.list = parser.parse();
    if (!command.list) return fail(parser.error());
    if (!scanner_.take_word("into")) return unexpected();
    auto name = scanner_.take_name();
    if (!name) return unexpected();
    command.name = *name;
    parsed_.push_back(*name);
    query_.commands.push_back(std::move(command));
    return true;
  }

  bool pattern(size_t begin) {
    ExpressionParser parser(scanner_, nullptr);
    ExpressionPtr text = parser.parse();
    if (!text) return fail(parser.error());
    return add_pattern({std::move(text), std::nullopt}, begin);
  }

  /// `diff previousDay`, of @message or of the pattern command right before it.
  bool diff(size_t begin) {
    Earlier earlier = scanner_.take_word("previousDay")     ? Earlier::day
                      : scanner_.take_word("previousWeek")  ? Earlier::week
                      : scanner_.take_word("previousMonth") ? Earlier::month
                                                            : Earlier::period;
    auto* before = query_.commands.empty() ? nullptr : std::get_if<Pattern>(&query_.commands.back());
    Pattern command{nullptr, earlier};
    if (before) {
      command.text = before->text;
      query_.commands.pop_back();
    } else {
      auto message = std::make_shared<Expression>();
      message->kind = Expression::Kind::field;
      message->name = "@message";
      command.text = message;
    }
    // unverified: AWS's own words for what can't stand before them.
    for (const Command& earlier_command : query_.commands) {
      bool of_each_record =
          std::holds_alternative<Fields>(earlier_command) || std::holds_alternative<Filter>(earlier_command) ||
          std::holds_alternative<Parse>(earlier_command) || std::holds_alternative<Unnest>(earlier_command);
      if (!of_each_record)
        return fail({begin, scanner_.position(), "diff can only follow fields, filter, parse, unnest and pattern"});
    }
    return add_pattern(std::move(command), begin);
  }

  bool add_pattern(Pattern command, size_t begin) {
    if (query_.aggregated && !command.against)
      return fail({begin, scanner_.position(), "pattern can't follow stats or another pattern"});
    query_.shown = {"@pattern", "@sampleCount", "@ratio", "@severityLabel"};
    // unverified: the names of diff's columns.
    if (command.against)
      query_.shown = {"@pattern", "@sampleCount", "@differenceEventCount", "@differenceDescription", "@severityLabel"};
    parsed_.clear();
    query_.aggregated = true;
    query_.commands.push_back(std::move(command));
    return true;
  }

  Scanner scanner_;
  Query query_;
  std::vector<std::string> parsed_;  // what parse commands found since the last stats
  bool displayed_ = false;
  CompileError error_;
};

}  // namespace

std::optional<Earlier> Query::compared_with() const {
  for (const Command& command : commands) {
    auto* pattern = std::get_if<Pattern>(&command);
    if (pattern && pattern->against) return pattern->against;
  }
  return std::nullopt;
}

std::variant<Query, CompileError> parse_query(std::string_view text) {
  return QueryParser(text).parse();
}

}  // namespace millrace::logs::insights
