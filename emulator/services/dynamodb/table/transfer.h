#pragma once
// Exports to S3 and imports from it. Each has a document with its description as AWS shows it; the work goes
// on in the background and begins again after a kill.

#include <string>
#include <vector>

#include "emulator/services/dynamodb/table/table_service.h"

namespace millrace::dynamodb {

enum class TransferKind { exporting, importing };

/// A description's members beyond AWS's own begin with "_": what the work needs to begin again.
void put_transfer(storage::Txn& txn, TransferKind kind, const Json& description);
std::optional<Json> find_transfer(const storage::Reader& reader, TransferKind kind, const std::string& arn);
/// Newest first.
std::vector<Json> list_transfers(const storage::Reader& reader, TransferKind kind, const std::string& account,
                                 const std::string& region);
/// The description as AWS shows it.
Json shown(Json description);
Result<void> store_transfer(TableService& service, TransferKind kind, const Json& description);

/// A ClientToken is good for eight hours after the transfer's end.
bool is_token_expired(const Json& description, Millis now);

/// Ends a transfer that failed, with AWS's code and text.
void fail_transfer(TableService& service, TransferKind kind, Json description, const std::string& code,
                   const std::string& text);

void run_export(TableService& service, Json description);
/// Writes the export's files to its bucket and notes in the description how it ended.
Result<void> write_export(TableService& service, Json& description);
void run_import(TableService& service, Json description);
/// Begins again what a stopped server left IN_PROGRESS.
void resume_transfers(TableService& service);

/// The page of a list operation: summaries by `summarize`, after NextToken, at most MaxResults (25).
Result<Json> transfer_page(const std::vector<Json>& all, const protocol::Call& call, const char* arn_member,
                           const char* list_member, const std::function<Json(const Json&)>& summarize);

}  // namespace millrace::dynamodb
