#include "emulator/services/dynamodb/expression/ast.h"

#include <stdexcept>

namespace millrace::dynamodb {

void throw_exception_from_error(const ExpressionError& error, const boost::source_location& where) {
  throw std::logic_error("an unchecked expression error was read as a value: " + error.message + " at " +
                         where.to_string());
}

std::string path_text(const Path& path) {
  std::string out = "[";
  for (const PathStep& step : path) {
    if (out.size() > 1) out.append(", ");
    if (const auto* name = std::get_if<std::string>(&step)) {
      out.append(*name);
    } else {
      out.append("[").append(std::to_string(std::get<size_t>(step))).append("]");
    }
  }
  return out + "]";
}

const char* function_name(Function function) {
  switch (function) {
    case Function::attribute_exists: return "attribute_exists";
    case Function::attribute_not_exists: return "attribute_not_exists";
    case Function::attribute_type: return "attribute_type";
    case Function::begins_with: return "begins_with";
    case Function::contains: return "contains";
    case Function::size: return "size";
    case Function::if_not_exists: return "if_not_exists";
    case Function::list_append: return "list_append";
  }
  return "";
}

const char* operator_text(ConditionKind kind) {
  switch (kind) {
    case ConditionKind::eq: return "=";
    case ConditionKind::ne: return "<>";
    case ConditionKind::lt: return "<";
    case ConditionKind::le: return "<=";
    case ConditionKind::gt: return ">";
    case ConditionKind::ge: return ">=";
    case ConditionKind::between: return "BETWEEN";
    case ConditionKind::in: return "IN";
    case ConditionKind::and_: return "AND";
    case ConditionKind::or_: return "OR";
    case ConditionKind::not_: return "NOT";
    case ConditionKind::function: break;
  }
  return "";
}

const char* section_text(UpdateSection section) {
  switch (section) {
    case UpdateSection::set: return "SET";
    case UpdateSection::remove: return "REMOVE";
    case UpdateSection::add: return "ADD";
    case UpdateSection::delete_: return "DELETE";
  }
  return "";
}

}  // namespace millrace::dynamodb
