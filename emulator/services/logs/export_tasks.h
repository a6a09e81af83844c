#pragma once
// Exports of a group's events to a bucket: gzipped objects, one stream a folder.
// Source: "Export log data to Amazon S3" in the CloudWatch Logs user guide.

namespace millrace::logs {

struct Logs;

/// Runs the tasks that are pending, those of an earlier run included; on the housekeeper's thread.
void run_export_tasks(Logs& logs);

}  // namespace millrace::logs
