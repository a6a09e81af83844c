#pragma once
// Functions as the runtime sees them: names resolved to immutable versions whose code is unpacked. What is resolved is
// remembered until a change of the function is committed.

#include <map>
#include <memory>
#include <string>

#include "emulator/base/mutex.h"
#include "emulator/ports/function_catalog.h"
#include "emulator/services/lambda/background.h"
#include "emulator/services/lambda/code_store.h"
#include "emulator/services/lambda/function_document.h"
#include "emulator/services/lambda/variable_opener.h"
#include "emulator/services/service_context.h"

namespace millrace::lambda {

class Functions final : public ports::FunctionCatalog {
 public:
  explicit Functions(ServiceContext context, VariableOpener opener = {});

  /// May unpack code, so it may block; after the first time it doesn't.
  Result<std::shared_ptr<const ports::FunctionVersion>> resolve(const std::string& account, const std::string& region,
                                                                const std::string& function,
                                                                const std::string& qualifier) override;
  Result<std::shared_ptr<const ports::FunctionVersion>> resolve(const FunctionRef& ref);
  /// True if resolve() will answer from memory.
  bool is_at_hand(const FunctionRef& ref);

  /// Forgets what is remembered of a function. To be called after each commit that changed it.
  void changed(const FunctionRef& ref);

  /// The folder that `hot-reload` code runs from, or empty.
  static std::string hot_reload_folder(const Json& document);

  CodeStore& code() { return code_; }
  Background& background() { return *background_; }
  /// For timers: they may fire when all this is gone.
  std::weak_ptr<Background> background_handle() { return background_; }

 private:
  struct Routing {
    std::string version;        // the alias's main version
    std::string other_version;  // the one with a weight; empty: none
    double other_weight = 0;
  };
  using VersionPointer = std::shared_ptr<const ports::FunctionVersion>;

  Result<std::string> draw_version(const FunctionRef& ref);
  Result<VersionPointer> load(const FunctionRef& ref, const std::string& version);
  Result<VersionPointer> refreshed_hot_reload(VersionPointer version);

  ServiceContext context_;
  VariableOpener opener_;
  std::shared_ptr<Background> background_ = std::make_shared<Background>();
  CodeStore code_;

  Mutex mutex_;
  std::map<std::string, VersionPointer> versions_ GUARDED_BY(mutex_);  // by "account/region/name/version"
  std::map<std::string, Routing> aliases_ GUARDED_BY(mutex_);          // by "account/region/name/alias"
  uint64_t generation_ GUARDED_BY(mutex_) = 0;                         // grows with each change
};

}  // namespace millrace::lambda
