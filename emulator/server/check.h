#pragma once
// `millrace check DIR`: reads everything that a data folder holds and says what is wrong with it.

#include <iosfwd>
#include <string>
#include <vector>

#include "emulator/services/findings.h"

namespace millrace::server {

/// Reads every entry of every family and has the rooms compare what belongs together (index entries with items, records
/// with their shards, code packages with their digests); writes a line per finding and a summary to `out`. With `repair` what is
/// derived (index entries, positions of mappings that have gone) is mended. 0: nothing is wrong, or all was mended; 1:
/// something is; 2: the folder can't be opened. No server may run on it.
int check_data_folder(const std::string& folder, const std::vector<RoomCheck>& rooms, bool repair, std::ostream& out);

}  // namespace millrace::server
