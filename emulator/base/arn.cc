#include "emulator/base/arn.h"

namespace millrace {

std::optional<Arn> Arn::parse(std::string_view text) {
  if (!text.starts_with("arn:")) return std::nullopt;
  Arn arn;
  std::string* parts[] = {&arn.partition, &arn.service, &arn.region, &arn.account};
  size_t from = 4;
  for (std::string* part : parts) {
    size_t colon = text.find(':', from);
    if (colon == std::string_view::npos) return std::nullopt;
    *part = text.substr(from, colon - from);
    from = colon + 1;
  }
  arn.resource = text.substr(from);
  return arn;
}

std::string Arn::text() const {
  return "arn:" + partition + ":" + service + ":" + region + ":" + account + ":" + resource;
}

std::string make_arn(std::string_view service, std::string_view region, std::string_view account,
                     std::string_view resource) {
  std::string out = "arn:aws:";
  out.append(service).append(":").append(region).append(":").append(account).append(":").append(resource);
  return out;
}

}  // namespace millrace
