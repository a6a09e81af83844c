#pragma once

#include <string_view>
#include <vector>

namespace millrace::iam {

/// Where a statement stands in its document's text; lines and columns count from 1.
struct StatementPosition {
  int start_line = 1, start_column = 1, end_line = 1, end_column = 1;
};

/// The statements' places, in their order. `document` is valid JSON.
std::vector<StatementPosition> statement_positions(std::string_view document);

}  // namespace millrace::iam
