#pragma once
// Settings that AWS refuses to change again at once. Under --aws-delays the second change within the interval
// gets AWS's words; otherwise every change is taken, as states don't last either.

#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

enum class Setting { tags, time_to_live, resource_policy, deletion_protection };

/// Notes in the table that the setting is changed now; the error that AWS gives if it was a moment ago.
Result<void> note_change(TableService& service, tables::Table& table, Setting setting);

}  // namespace millrace::dynamodb
