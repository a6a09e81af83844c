#pragma once
// Key sets of token issuers: a file in the data folder, or what the issuer itself publishes.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/mutex.h"
#include "emulator/ports/http_caller.h"

namespace millrace::apigateway {

/// The issuer's key set from FILES/jwks/<issuer without its scheme, '/' as '_'>.json; null where there is none. A file that
/// isn't JSON is an empty set, which lets nobody in.
Json key_set_from_file(const std::string& files_folder, const std::string& issuer);

class KeySets {
 public:
  /// `files_folder`: the data folder's files. All outlive it.
  KeySets(std::string files_folder, Clock& clock, std::shared_ptr<ports::HttpCaller> http)
      : files_folder_(std::move(files_folder)), clock_(clock), http_(std::move(http)) {}

  /// The file's, and without one what an issuer at an http:// address says at /.well-known/openid-configuration (asked
  /// again after two hours, as AWS does). Issuers at https:// aren't asked: there is no network to rely on. Null: none is
  /// known, and signatures can't be checked. `done` is called once, on any thread.
  void find(const std::string& issuer, std::function<void(Json)> done);

 private:
  struct Fetched {
    Json keys;
    Millis at_ms = 0;
  };
  void ask(const std::string& issuer, std::function<void(Json)> done);
  void keep(const std::string& issuer, const Json& keys);

  const std::string files_folder_;
  Clock& clock_;
  const std::shared_ptr<ports::HttpCaller> http_;
  static constexpr size_t kIssuersMax = 256;  // at the bound all are asked again
  static constexpr Millis kKeptMs = 2 * 3'600'000;
  static constexpr int kTimeoutMs = 1500;  // the quota for fetching a key set
  Mutex mutex_;
  std::map<std::string, Fetched> fetched_ GUARDED_BY(mutex_);
};

}  // namespace millrace::apigateway
