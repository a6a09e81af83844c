#pragma once

#include "emulator/tables/table.h"

namespace millrace::dynamodb {

/// Attributes that no key uses any more go.
inline void drop_unused_attributes(tables::Table& table) {
  std::erase_if(table.attributes, [&](const auto& attribute) {
    if (table.key.find(attribute.name)) return false;
    for (const auto& index : table.indexes) {
      if (index.key.find(attribute.name)) return false;
    }
    return true;
  });
}

}  // namespace millrace::dynamodb
