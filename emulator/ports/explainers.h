#pragma once
// What rooms can say of a thing of theirs when somebody asks why something did not happen: `millrace why NAME`.

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::ports {

class Explainers {
 public:
  /// Text in lines for what has that name or ARN, whoever's it is; empty: nothing here has.
  using Explain = std::function<std::string(const std::string& name)>;

  /// While rooms are made.
  void add(Explain explain) { explain_.push_back(std::move(explain)); }
  std::string tell(const std::string& name) const {
    std::string out;
    for (const Explain& explain : explain_) out += explain(name);
    return out;
  }

 private:
  std::vector<Explain> explain_;  // constant once the rooms start
};

}  // namespace millrace::ports
