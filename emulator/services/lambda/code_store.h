#pragma once
// Code packages of functions and layers: the zip in the store, in pieces in Family::chunks under
// {"lambda-code", id, piece}; its files in a folder below files_folder/code, made when needed.
//
// A package is written before anything refers to it, gets a random id, and belongs to one function (its versions
// share it) or one layer version. A kill in between leaves pieces or a folder that no document names: sweep() removes
// them at the next start.

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/base/result.h"
#include "emulator/services/lambda/background.h"
#include "emulator/services/service_context.h"

namespace millrace::lambda {

/// What a document keeps of a package.
struct CodePackage {
  std::string id;
  uint64_t size = 0;  // zipped
  uint64_t unzipped_size = 0;
  std::string sha256_base64;  // of the zip
};
Json to_json(const CodePackage& package);

class CodeStore {
 public:
  CodeStore(ServiceContext context, std::weak_ptr<Background> background);

  /// Unpacks the archive to check it and keeps both forms. `unzipped_max`: what the layers leave of 250 MB.
  /// Errors: unreadable, empty, too large, in AWS's words.
  Result<CodePackage> add(const std::string& archive, uint64_t unzipped_max);

  /// The folder with the package's files, unpacked again if it is missing. Blocks.
  Result<std::string> folder(const std::string& id);
  bool is_unpacked(const std::string& id) const;

  /// The zip itself; nullopt if there is none.
  std::optional<std::string> archive(const std::string& id) const;

  /// Forgets the package. Its folder goes after the longest time that an invocation may still run from it.
  void remove(const std::string& id);

  /// Removes what a kill left behind: everything whose id isn't among those in use.
  void sweep(const std::set<std::string>& ids_in_use);

 private:
  std::string path(const std::string& id) const { return root_ + "/" + id; }

  ServiceContext context_;
  std::weak_ptr<Background> background_;
  std::string root_;
  Mutex unpacking_;  // one package at a time
};

}  // namespace millrace::lambda
