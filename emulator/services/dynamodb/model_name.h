#pragma once

#include <string>

namespace millrace::dynamodb {

/// A structure's name with its package, as AWS names it where it finds a list in its place. The package isn't
/// printed with the structure's values.
inline std::string model_name(const std::string& structure) {
  return "com.amazonaws.dynamodb.v20120810." + structure;
}

/// How AWS names a map from strings to such values where it finds a list in its place.
inline std::string map_name(const std::string& value_type) {
  return "java.util.Map<java.lang.String, " + value_type + ">";
}

}  // namespace millrace::dynamodb
