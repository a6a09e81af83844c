#pragma once
// What the table operations share: their state, how a request names its table, and the errors that say why
// not.

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "emulator/base/mutex.h"
#include "emulator/encryption/key_use.h"
#include "emulator/ports/keys.h"
#include "emulator/ports/objects.h"
#include "emulator/protocol/operation.h"
#include "emulator/services/dynamodb/errors.h"
#include "emulator/services/dynamodb/meter.h"
#include "emulator/services/dynamodb/table/data_keys.h"
#include "emulator/services/service_context.h"
#include "emulator/tables/background.h"
#include "emulator/tables/tables.h"

namespace millrace::dynamodb {

/// The next expiry for which a timer is set, by table.
class ExpirySchedule {
 public:
  /// True, and noted, if the second comes before what is noted for the table.
  bool is_earlier(uint64_t table_id, int64_t second);
  /// The table is being looked through: what is noted is done with.
  void began(uint64_t table_id);

 private:
  Mutex mutex_;
  std::unordered_map<uint64_t, int64_t> next_ GUARDED_BY(mutex_);
};

/// Since when tables' keys have been seen to be out of reach, by table; forgotten with the process.
class InaccessibleKeys {
 public:
  Millis seen(uint64_t table_id, Millis now);
  void forget(uint64_t table_id);

 private:
  Mutex mutex_;
  std::unordered_map<uint64_t, Millis> since_ GUARDED_BY(mutex_);
};

/// Bound into every table operation's handler.
struct TableService {
  /// Picks up what a stopped server left unfinished.
  TableService(ServiceContext service_context, tables::Tables& all_tables, ports::Objects* all_objects,
               std::shared_ptr<ports::Keys> all_keys, protocol::Identity* identity);
  ~TableService();

  ServiceContext context;
  tables::Tables& tables;
  ports::Objects* objects;  // may be null: no S3
  std::shared_ptr<ports::Keys> keys;
  std::shared_ptr<Meter> meter;  // nullptr: nothing is counted
  encryption::KeyUser key_user;  // the same, where there are keys to use
  DataKeys data_keys;            // under which tables' items are encrypted
  InaccessibleKeys inaccessible_keys;
  ExpirySchedule expiries;
  tables::Background background;  // last, so that its jobs end before what they use
};

/// `One or more parameter values were invalid: <text>`
AwsError invalid_values(const std::string& text);
/// `Requested resource not found: Table: <name> not found`
AwsError no_such_table(const std::string& name);

/// The name in a name or table ARN.
std::string name_of(const std::string& name_or_arn);
/// A table name or ARN: what AWS says of an ill-formed one.
Result<void> check_table_name(const std::string& name_or_arn, const std::string& member = "tableName");

/// An ARN of a table or a stream: what AWS says of anything else.
Result<void> check_resource_arn(const std::string& resource);

/// The table that the request names by `member`, or ResourceNotFoundException.
Result<tables::TablePtr> find_table(const TableService& service, const protocol::Call& call,
                                    const char* member = "TableName");
/// ResourceInUseException unless the table is ACTIVE.
Result<void> check_not_busy(const tables::Table& table);

/// Before a table is put under the key that an SSESpecification names, not from a change: one that AWS manages exists from now
/// on, a customer's must be there and usable, and `call`'s maker allowed to give the table a grant. refused_key's (table_key.h) errors.
Result<void> use_encryption_key(TableService& service, const Json* specification, const std::string& account,
                                const std::string& region, const protocol::Call* call);
/// The same for a table that may be under another key: what lies under that one goes over to the new one.
Result<void> change_encryption_key(TableService& service, const Json* specification, const tables::Table& table,
                                   const protocol::Call* call);

/// The ARN of the table that a name or an ARN means for this caller.
std::string table_arn(const protocol::Call& call, const std::string& name_or_arn);
/// The caller must be allowed `dynamodb:<action>` on the table named by `member`; the resource's policy has
/// its say.
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> table_access(TableService& service,
                                                                                 std::string action,
                                                                                 std::string member = "TableName");
/// The same on `*`.
std::function<Result<protocol::AccessNeeds>(const protocol::Call&)> account_access(std::string action);

/// 501 for an operation's member that has no effect here, where it would matter.
Result<void> refuse_members(const protocol::Call& call, std::initializer_list<const char*> members);

/// Seconds with milliseconds, as DynamoDB prints points of time.
Json epoch(Millis at);

// Operations; each in the file of its name.
protocol::Operation create_table(TableService& service);
protocol::Operation describe_table(TableService& service);
protocol::Operation update_table(TableService& service);
protocol::Operation delete_table(TableService& service);
protocol::Operation list_tables(TableService& service);
// time_to_live.cc
protocol::Operation update_time_to_live(TableService& service);
protocol::Operation describe_time_to_live(TableService& service);
// continuous_backups.cc
protocol::Operation update_continuous_backups(TableService& service);
protocol::Operation describe_continuous_backups(TableService& service);
// tags.cc
protocol::Operation tag_resource(TableService& service);
protocol::Operation untag_resource(TableService& service);
protocol::Operation list_tags_of_resource(TableService& service);
// replica_scaling.cc
protocol::Operation describe_table_replica_auto_scaling(TableService& service);
protocol::Operation update_table_replica_auto_scaling(TableService& service);
// global_tables.cc: with those two
std::vector<protocol::Operation> global_table_operations(TableService& service);
// account.cc
protocol::Operation describe_limits(TableService& service);
protocol::Operation describe_endpoints(TableService& service);
// resource_policy.cc
protocol::Operation put_resource_policy(TableService& service);
protocol::Operation get_resource_policy(TableService& service);
protocol::Operation delete_resource_policy(TableService& service);
// contributor_insights.cc
protocol::Operation update_contributor_insights(TableService& service);
protocol::Operation describe_contributor_insights(TableService& service);
protocol::Operation list_contributor_insights(TableService& service);
// kinesis_destinations.cc
protocol::Operation enable_kinesis_streaming_destination(TableService& service);
protocol::Operation disable_kinesis_streaming_destination(TableService& service);
protocol::Operation update_kinesis_streaming_destination(TableService& service);
protocol::Operation describe_kinesis_streaming_destination(TableService& service);
// backups.cc
protocol::Operation create_backup(TableService& service);
protocol::Operation describe_backup(TableService& service);
protocol::Operation list_backups(TableService& service);
protocol::Operation delete_backup(TableService& service);
// restore.cc
protocol::Operation restore_table_from_backup(TableService& service);
protocol::Operation restore_table_to_point_in_time(TableService& service);
// exports.cc
protocol::Operation export_table_to_point_in_time(TableService& service);
protocol::Operation describe_export(TableService& service);
protocol::Operation list_exports(TableService& service);
// imports.cc
protocol::Operation import_table(TableService& service);
protocol::Operation describe_import(TableService& service);
protocol::Operation list_imports(TableService& service);

/// All of them.
std::vector<protocol::Operation> table_operations(TableService& service);

}  // namespace millrace::dynamodb
