#pragma once

#include <iosfwd>

namespace millrace::filter {

/// Reads JSON lines `{"pattern":"<JSON text>","event":"<JSON text>"}` and answers each with one line: `true`,
/// `false`, or `invalid` (a pattern that AWS would refuse; also a line that isn't of this form). `event` may
/// be absent: the answer then only tells `invalid` from `false`. Returns the process's exit status: 0.
int explain_filter_lines(std::istream& in, std::ostream& out);

}  // namespace millrace::filter
