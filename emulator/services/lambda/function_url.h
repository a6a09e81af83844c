#pragma once
// Function URLs. Configurations are documents under {"lambda", account, region, "url", function, alias or ""}; the
// way back from a URL's id is {"lambda-url", id}.
//
// AWS's https://<id>.lambda-url.<region>.on.aws/ becomes http://<id>.lambda-url.<region>.localhost:<port>/, which
// browsers, curl and resolvers that know *.localhost reach; http://<host>:<port>/_lambda-url/<id>/ always works.

#include <memory>
#include <optional>
#include <string>

#include "emulator/protocol/service.h"
#include "emulator/services/lambda/state.h"

namespace millrace::lambda {

struct FunctionUrl {
  FunctionRef ref;
  Json config;
};

std::string url_index_key(const std::string& id);
std::optional<FunctionUrl> find_url(const storage::Reader& reader, const std::string& id);

/// The service that answers requests for function URLs.
std::shared_ptr<protocol::Service> make_function_url_service(Lambda& lambda);

/// Which function URL a request is for, and the path below it; nullopt if it isn't for one.
struct UrlRequest {
  std::string id;
  std::string path;  // raw, "/..."
};
std::optional<UrlRequest> url_request(const protocol::HttpRequest& request);

}  // namespace millrace::lambda
