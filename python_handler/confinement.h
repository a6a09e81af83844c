#pragma once
// What the processes of an execution environment may no longer do, whatever their code tries: gain rights, change
// mounts, look into or signal processes outside their environment, start processes without end. The sandbox
// (sandbox.h) is what they see; this is what they may.

#include <sys/types.h>

#include <string>

namespace millrace::worker {

/// The user that an environment runs as, from the folder that becomes its /tmp: one of its own where we are root, so
/// that its files, processes and limits are apart from the others'. 0: our own, because we aren't root, or because
/// strangers can't read the code (a hot-reload folder of 0700), which then is its owner's.
struct EnvironmentUser {
  uid_t uid = 0;
  gid_t gid = 0;
};
EnvironmentUser environment_user(const std::string& task_folder, const std::string& tmp_folder);

/// In the child, when its folders are mounted; it and what it starts can't undo it. `namespaces`: it lives in the
/// parent's. False, with errno, if it can't be confined.
bool confine(const EnvironmentUser& user, int log_fd, bool namespaces);

}  // namespace millrace::worker
