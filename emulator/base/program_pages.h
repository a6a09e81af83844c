#pragma once

namespace millrace {

/// Gives back the pages of our own and the libraries' instructions that a start has gone through: most are never used again, and
/// those that are come back from the system's file cache at the first use, some microseconds each. About half of what an
/// idle server would hold.
void give_back_program_pages();

}  // namespace millrace
