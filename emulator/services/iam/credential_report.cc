// The credential report: who has which credentials, how old they are and when they were used, as CSV.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html

#include "emulator/base/arn.h"
#include "emulator/base/encoding.h"
#include "emulator/services/iam/account.h"
#include "emulator/services/iam/operations.h"
#include "emulator/services/iam/principals.h"

namespace millrace::iam {
namespace {

constexpr Millis kReportLifeMs = 4LL * 3600 * 1000;  // a report is made anew after four hours

constexpr const char* kHeader =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,"
    "access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

std::string report_key(const std::string& account) {
  return storage::document_key({"iam-credential-report", account});
}

/// `2024-01-31T09:05:07+00:00`, the report's own form.
std::string offset_time(const std::string& iso) {
  return iso.substr(0, 19) + "+00:00";
}
std::string offset_time(Millis t) {
  return offset_time(iso_seconds(t));
}

void add_keys(const State& state, const Reader& reader, const Json& user, std::vector<std::string>& row) {
  const std::vector<std::string> ids = texts_in(user, "Keys");
  for (size_t i = 0; i < 2; ++i) {
    const auto key = i < ids.size() ? storage::get_document(reader, access_key_key(ids[i])) : std::nullopt;
    if (!key) {
      row.insert(row.end(), {"false", "N/A", "N/A", "N/A", "N/A"});
      continue;
    }
    row.push_back(text_of(*key, "Status") == "Active" ? "true" : "false");
    row.push_back(offset_time(int_of(*key, "Created")));
    if (const auto use = state.uses.of(ids[i])) {
      row.insert(row.end(), {offset_time(use->time), use->region, use->service});
    } else {
      row.insert(row.end(), {"N/A", "N/A", "N/A"});
    }
  }
}

void add_certificates(const Json& user, std::vector<std::string>& row) {
  const std::vector<Json> held = list_in(user, "Certificates");
  for (size_t i = 0; i < 2; ++i) {
    if (i >= held.size()) {
      row.insert(row.end(), {"false", "N/A"});
      continue;
    }
    row.push_back(text_of(held[i], "Status") == "Active" ? "true" : "false");
    row.push_back(offset_time(text_of(held[i], "UploadDate")));
  }
}

std::string line_of(const std::vector<std::string>& row) {
  std::string line;
  for (const std::string& cell : row) line += (line.empty() ? "" : ",") + cell;
  return line;
}

std::vector<std::string> user_row(const State& state, const Reader& reader, const std::string& account,
                                  const Json& user, int64_t password_age_days_max, bool has_device) {
  std::vector<std::string> row = {text_of(user, "Name"), arn_of(account, Kind::user, user),
                                  offset_time(int_of(user, "Created"))};
  if (const Json* login = find(user, "Login")) {
    const Millis changed = int_of(*login, "Changed", int_of(*login, "Created"));
    // Nobody signs in to a console here, so a password is never used.
    row.insert(row.end(), {"true", "no_information", offset_time(changed)});
    row.push_back(password_age_days_max > 0 ? offset_time(changed + password_age_days_max * 24 * 3600 * 1000) : "N/A");
  } else {
    row.insert(row.end(), {"false", "N/A", "N/A", "N/A"});
  }
  row.push_back(has_device ? "true" : "false");
  add_keys(state, reader, user, row);
  add_certificates(user, row);
  return row;
}

std::string report_of(const State& state, const Reader& reader, const std::string& account) {
  std::string report = kHeader;
  std::vector<std::string> root = {"<root_account>",
                                   make_arn("iam", "", account, "root"),
                                   "2015-01-01T00:00:00+00:00",
                                   "not_supported",
                                   "no_information",
                                   "not_supported",
                                   "not_supported",
                                   "false"};
  add_keys(state, reader, Json::object(), root);
  add_certificates(Json::object(), root);
  report += "\n" + line_of(root);
  std::vector<std::string> with_device;
  each_entity(reader, account, Kind::mfa_device, [&](const Json& device) {
    with_device.push_back(text_of(device, "User"));
    return true;
  });
  const int64_t days_max = password_age_days_max(reader, account);
  each_entity(reader, account, Kind::user, [&](const Json& user) {
    const bool has_device =
        std::find(with_device.begin(), with_device.end(), text_of(user, "Name")) != with_device.end();
    report += "\n" + line_of(user_row(state, reader, account, user, days_max, has_device));
    return true;
  });
  return report;
}

Result<Json> generate(State& state, Call& call) {
  const std::string& account = call.caller.account;
  return state.write([&](Txn& txn) -> Result<Json> {
    const auto known = storage::get_document(txn, report_key(account));
    if (known && state.now() < int_of(*known, "Generated") + kReportLifeMs) return Json{{"State", "COMPLETE"}};
    storage::put_document(txn, report_key(account),
                          {{"Generated", state.now()}, {"Content", report_of(state, txn, account)}});
    return Json{{"State", "STARTED"}, {"Description", "No report exists. Starting a new report generation task"}};
  });
}

Result<Json> get(State& state, Call& call) {
  const auto report = storage::get_document(state.store(), report_key(call.caller.account));
  if (!report) return AwsError(errors::report_not_present, "No report present. Generate one first.");  // unverified
  if (state.now() >= int_of(*report, "Generated") + kReportLifeMs)
    return AwsError(errors::report_expired, "The report has expired. Generate a new one.");  // unverified
  return Json{{"Content", to_base64(text_of(*report, "Content"))},
              {"ReportFormat", "text/csv"},
              {"GeneratedTime", iso_seconds(int_of(*report, "Generated"))}};
}

}  // namespace

Operations credential_report_operations(State& state) {
  return {
      operation(state, "GenerateCredentialReport", {}, on_anything(), generate),
      operation(state, "GetCredentialReport", {}, on_anything(), get),
  };
}

}  // namespace millrace::iam
