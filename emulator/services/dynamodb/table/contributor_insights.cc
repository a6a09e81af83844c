// Contributor insights: the switch and its state. No graphs are made: there is no CloudWatch here.

#include "emulator/base/page_token.h"
#include "emulator/protocol/pages.h"
#include "emulator/services/dynamodb/table/table_service.h"
#include "emulator/services/dynamodb/table/table_shapes.h"

namespace millrace::dynamodb {

using namespace protocol;
using tables::Table;
using tables::TablePtr;

namespace {

constexpr size_t kPageMax = 100;

/// `ContributorInsights` in a table's settings: by index name, "" for the table, {"Since": ms}.
const Json* insights_of(const Table& table, const std::string& index) {
  const Json* all = find(table.settings, "ContributorInsights");
  return all ? find(*all, index) : nullptr;
}

Result<void> check_index(const Table& table, const std::string& index) {
  const tables::Index* found = table.index(index);
  if (index.empty() || (found && found->kind == tables::IndexKind::global)) return {};
  return AwsError(errors::resource_not_found,
                  "Requested resource not found: Index: " + index + " not found for table: " + table.name);
}

Json place(const Table& table, const std::string& index) {
  Json out{{"TableName", table.name}};
  if (!index.empty()) out["IndexName"] = index;
  return out;
}

std::string rule(const Table& table, const std::string& index, const char* kind) {
  return std::string("DynamoDBContributorInsights-") + kind + "-" + table.name + (index.empty() ? "" : "-" + index) +
         "-" + std::to_string(table.created_ms);
}

/// Two for each side of the key; without those of accessed keys (..C) where only throttled ones are watched.
Json rules(const Table& table, const std::string& index, const std::string& mode) {
  const auto* schema = index.empty() ? &table.key : &table.index(index)->key;
  Json out = Json::array();
  for (const char* kind : {"PKC", "PKT", "SKC", "SKT"}) {
    bool of_sort = kind[0] == 'S', of_accessed = kind[2] == 'C';
    if ((of_sort && schema->sort.empty()) || (of_accessed && mode == "THROTTLED_KEYS")) continue;
    out.push_back(rule(table, index, kind));
  }
  return out;
}

}  // namespace

Operation update_contributor_insights(TableService& service) {
  static const Shape input = structure({
      required("TableName", named_table_shape()),
      optional("IndexName", index_name_shape()),
      required("ContributorInsightsAction", string().one_of({"ENABLE", "DISABLE"})),
      optional("ContributorInsightsMode", string().one_of({"THROTTLED_KEYS", "ACCESSED_AND_THROTTLED_KEYS"})),
  });
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr named, find_table(service, call));
    std::string index = text_of(call.input, "IndexName");
    bool enable = text_of(call.input, "ContributorInsightsAction") == "ENABLE";
    TRY_VOID(check_index(*named, index));
    return service.context.store.transact([&](storage::Txn& txn) -> Result<Json> {
      TablePtr current = service.tables.catalog.by_id(named->id);
      if (!current) return no_such_table(named->name);
      if (current->status == tables::TableStatus::creating)
        return validation_error(
            "Table or Index is not in a valid state to update Key Access Insights: TableStatus must be "
            "ACTIVE to "
            "enable ContributorInsights.");
      const Json* before = insights_of(*current, index);
      bool was_enabled = before && bool_of(*before, "Enabled");
      std::string mode = text_of(call.input, "ContributorInsightsMode", "ACCESSED_AND_THROTTLED_KEYS");
      // What is settled already stays as it is.
      if (enable ? was_enabled && text_of(*before, "Mode") == mode : !was_enabled) {
        Json answer = place(*current, index);
        answer["ContributorInsightsStatus"] = enable ? "ENABLED" : "DISABLED";
        if (enable) answer["ContributorInsightsMode"] = mode;
        return answer;
      }
      Table table = *current;
      Json& all = table.settings["ContributorInsights"];
      if (!all.is_object()) all = Json::object();
      all[index] = {{"Enabled", enable},
                    {"Since", service.context.clock.now_ms()},
                    {"Mode", enable ? mode : text_of(*before, "Mode")}};
      Json answer = place(table, index);
      answer["ContributorInsightsStatus"] = enable ? "ENABLING" : "DISABLING";
      answer["ContributorInsightsMode"] = text_of(all[index], "Mode");
      service.tables.catalog.put(txn, std::move(table));
      return answer;
    });
  };
  return {.name = "UpdateContributorInsights",
          .input = &input,
          .access = table_access(service, "UpdateContributorInsights"),
          .handle = JsonHandler(handle)};
}

Operation describe_contributor_insights(TableService& service) {
  static const Shape input =
      structure({required("TableName", named_table_shape()), optional("IndexName", index_name_shape())});
  auto handle = [&service](Call& call) -> Result<Json> {
    TRY(TablePtr table, find_table(service, call));
    std::string index = text_of(call.input, "IndexName");
    TRY_VOID(check_index(*table, index));
    Json answer = place(*table, index);
    const Json* insights = insights_of(*table, index);
    bool enabled = insights && bool_of(*insights, "Enabled");
    if (enabled) answer["ContributorInsightsRuleList"] = rules(*table, index, text_of(*insights, "Mode"));
    answer["ContributorInsightsStatus"] = enabled ? "ENABLED" : "DISABLED";
    if (insights) answer["LastUpdateDateTime"] = epoch(int_of(*insights, "Since"));
    if (insights) answer["ContributorInsightsMode"] = text_of(*insights, "Mode");
    return answer;
  };
  return {.name = "DescribeContributorInsights",
          .input = &input,
          .access = table_access(service, "DescribeContributorInsights"),
          .handle = JsonHandler(handle),
          .runs = Runs::inlined};
}

Operation list_contributor_insights(TableService& service) {
  static const Shape input = structure({optional("TableName", named_table_shape()), optional("NextToken", string()),
                                        optional("MaxResults", integer_shape().range(0, kPageMax))});
  auto handle = [&service](Call& call) -> Result<Json> {
    std::vector<TablePtr> chosen;
    if (find(call.input, "TableName")) {
      TRY(TablePtr table, find_table(service, call));
      chosen.push_back(table);
    } else {
      chosen = service.tables.catalog.list(call.caller.account, call.caller.region);
    }
    size_t limit = static_cast<size_t>(int_of(call.input, "MaxResults", kPageMax));
    auto page = Pager::open(list_name(call, text_of(call.input, "TableName")), text_of(call.input, "NextToken"),
                            limit ? limit : kPageMax);
    if (!page) return validation_error("Invalid NextToken");  // unverified: AWS's words
    Json answer{{"ContributorInsightsSummaries", Json::array()}};
    for (const TablePtr& table : chosen) {
      const Json* all = find(table->settings, "ContributorInsights");
      if (!all) continue;
      for (const auto& [index, insights] : all->items()) {
        // Disabled ones aren't listed. A blank comes before all that names are made of.
        if (!bool_of(insights, "Enabled") || !page->takes(table->name + " " + index)) continue;
        Json summary = place(*table, index);
        summary["ContributorInsightsStatus"] = "ENABLED";
        summary["ContributorInsightsMode"] = text_of(insights, "Mode");
        answer["ContributorInsightsSummaries"].push_back(std::move(summary));
      }
    }
    if (auto next = page->next_token()) answer["NextToken"] = std::move(*next);
    return answer;
  };
  return {.name = "ListContributorInsights",
          .input = &input,
          .access = account_access("ListContributorInsights"),
          .handle = JsonHandler(handle)};
}

}  // namespace millrace::dynamodb
