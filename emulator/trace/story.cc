#include "emulator/trace/story.h"

#include <fmt/format.h>

#include <algorithm>

#include "emulator/base/arn.h"

namespace millrace::trace {

namespace {

constexpr int kClimbMax = 200;  // from a step up to its root; cycles can't be, but for a key used twice

/// "Boto3/1.34.0" of all that a client says of itself; Terraform names itself last.
std::string client_name(const std::string& agent) {
  if (agent == kPageAgent) return agent;
  size_t begin = agent.find("Terraform/");
  if (begin == std::string::npos) begin = 0;
  return agent.substr(begin, std::min(agent.find(' ', begin), agent.size()) - begin);
}

std::string who(const Request& request) {
  std::string out = request.principal.ends_with(":root") ? "root of " + request.account : request.principal;
  if (out.empty()) out = "nobody (unsigned)";
  if (!request.agent.empty()) out += " with " + client_name(request.agent);
  return out;
}

/// "orders" of what people type: a queue's URL, an ARN, a path; as it is first.
std::vector<std::string> names_of(const std::string& wanted) {
  std::vector<std::string> names{wanted};
  constexpr std::string_view kTable = ":table/";
  if (const size_t table = wanted.find(kTable); table != std::string::npos) {  // its stream's ARN, too
    const std::string rest = wanted.substr(table + kTable.size());
    names.push_back(rest.substr(0, rest.find('/')));
  }
  if (!wanted.starts_with("http://") && !wanted.starts_with("https://")) return names;
  const size_t host = wanted.find("//") + 2, path = wanted.find('/', host);
  if (path == std::string::npos) return names;
  std::string rest = wanted.substr(path);
  names.push_back(rest.substr(0, rest.find('?')));
  names.push_back(rest.substr(rest.rfind('/') + 1));
  return names;
}

bool is_named(const std::string& subject, const std::string& name) {
  if (subject.empty() || name.empty()) return false;
  if (subject == name || subject.starts_with(name + "/")) return true;
  // A stream's table, a function's version, by the resource's name.
  const size_t at = subject.find(name);
  if (at == std::string::npos || at == 0) return false;
  const char before = subject[at - 1];
  const size_t end = at + name.size();
  const char after = end < subject.size() ? subject[end] : '/';
  return (before == ':' || before == '/') && (after == '/' || after == ':');
}

bool is_success(const Request& request) {
  return request.status < 400;
}

}  // namespace

std::string record_key(uint64_t sequence) {
  return fmt::format("1{:020}", sequence);
}

Story::Story(Everything everything, Sources sources) : everything_(std::move(everything)), sources_(sources) {
  add_requests();
  add_steps();
  std::sort(items_.begin(), items_.end(), [](const Item& a, const Item& b) { return a.number < b.number; });
  for (size_t i = 0; i < items_.size(); ++i) {
    const Item& item = items_[i];
    const std::string& key = item.request ? item.request->id : item.step->key;
    if (!key.empty()) by_key_[key].push_back(i);
    for (const std::string& cause : item.causes) caused_by_[cause].push_back(i);
  }
  for (const Write& write : everything_.writes) {
    writes_[write.cause].push_back(&write);
    request_of_record_[record_key(write.sequence)] = write.cause;
  }
}

void Story::add_requests() {
  for (const auto& request : everything_.requests) {
    Item item{.number = request->number, .at_ms = request->at_ms, .request = request.get()};
    if (!request->cause.empty()) item.causes.push_back(request->cause);
    items_.push_back(std::move(item));
  }
}

void Story::add_steps() {
  std::map<uint64_t, size_t> begun;
  for (const auto& step : everything_.steps) {
    if (auto beginning = begun.find(step->finishes); step->finishes != 0 && beginning != begun.end()) {
      items_[beginning->second].finished = step.get();
      continue;
    }
    begun[step->number] = items_.size();
    items_.push_back({.number = step->number, .at_ms = step->at_ms, .step = step.get(), .causes = step->causes});
  }
}

bool Story::is_wanted(const Item& item, const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    if (item.request) {
      const Request& request = *item.request;
      if (request.id == name || is_named(request.resource, name)) return true;
      continue;
    }
    if (item.step->key == name || is_named(item.step->subject, name)) return true;
    if (std::find(item.causes.begin(), item.causes.end(), name) != item.causes.end()) return true;
  }
  return false;
}

std::optional<size_t> Story::parent_of(const Item& item) const {
  for (const std::string& cause : item.causes) {
    auto parents = by_key_.find(cause);
    if (parents == by_key_.end()) {
      auto request = request_of_record_.find(cause);
      if (request == request_of_record_.end()) continue;
      parents = by_key_.find(request->second);
      if (parents == by_key_.end()) continue;
    }
    // Of several with one key (attempts under one trace) the last before it. A synchronous invocation is noted before its
    // request, which is answered after it.
    for (auto parent = parents->second.rbegin(); parent != parents->second.rend(); ++parent)
      if (items_[*parent].number < item.number || items_[*parent].request) return *parent;
  }
  return std::nullopt;
}

size_t Story::root_of(size_t index) const {
  for (int steps = 0; steps < kClimbMax; ++steps) {
    auto parent = parent_of(items_[index]);
    if (!parent || *parent == index) break;
    index = *parent;
  }
  return index;
}

std::vector<Node> Story::trees(const Wanted& wanted) {
  std::vector<std::string> names = names_of(wanted.of);
  for (const std::string& other : wanted.also)
    for (std::string& name : names_of(other)) names.push_back(std::move(name));
  std::set<size_t> roots;
  for (size_t i = items_.size(); i-- > 0 && roots.size() < wanted.last;) {
    if (!is_wanted(items_[i], names)) continue;
    const size_t root = root_of(i);
    if (roots.contains(root)) continue;
    if (!wanted.item.empty() && !touches_item(items_[root], wanted.item)) continue;
    roots.insert(root);
  }
  std::vector<Node> out;
  for (size_t root : roots) out.push_back(tree(root));
  return out;
}

Node Story::node_of(const Item& item) const {
  Node node{.number = item.number, .at_ms = item.at_ms};
  if (item.request) {
    const Request& request = *item.request;
    node.kind = "request";
    node.key = request.id;
    node.subject = request.resource;
    node.text = request.service + " " + request.operation + (request.resource.empty() ? "" : " " + request.resource) +
                ": " + std::to_string(request.status) + (request.code.empty() ? "" : " " + request.code) + ", by " +
                who(request) + ", request id " + request.id;
    node.reason = request.message;
    node.failed = !is_success(request);
    node.took_us = request.took_us;
    return node;
  }
  const Step& last = item.finished ? *item.finished : *item.step;
  node.kind = item.step->kind;
  node.key = item.step->key;
  node.subject = last.subject;
  node.text = last.text;
  node.reason = last.reason;
  node.lines = last.lines;
  node.failed = last.failed;
  node.took_us = last.took_us;
  // "alarm many-orders: ..." under the kind "alarm" says it once.
  if (node.text.starts_with(node.kind + " ")) node.text.erase(0, node.kind.size() + 1);
  return node;
}

void Story::add_caused(Node& node, const std::string& key, uint64_t until) {
  auto caused = caused_by_.find(key);
  if (key.empty() || caused == caused_by_.end()) return;
  for (size_t child : caused->second) {
    const Item& item = items_[child];
    // Under a key that is used again, what comes after that is the later one's.
    if (item.number <= until && item.number != node.number) node.children.push_back(tree(child));
  }
}

void Story::add_children(Node& node, const Item& item) {
  uint64_t until = UINT64_MAX;
  if (!item.request && by_key_.contains(item.step->key)) {
    for (size_t other : by_key_.at(item.step->key))
      if (items_[other].number > item.number) until = std::min(until, items_[other].number);
  }
  if (item.request) {
    if (!item.request->needed.empty())
      node.children.push_back({.kind = "access",
                               .text = (node.failed ? "asked for " : "allowed ") + item.request->needed + " for " +
                                       item.request->principal + (node.failed ? "" : allowed_by(*item.request))});
    auto writes = writes_.find(item.request->id);
    if (writes != writes_.end()) {
      for (const Write* write : writes->second) node.children.push_back(record_node(*write));
    } else if (is_success(*item.request)) {
      add_absences(node, *item.request);
    }
  }
  add_caused(node, node.key, until);
  if (!item.request && item.step->kind == "message" && node.children.empty()) add_readers(node, *item.step);
}

Node Story::tree(size_t index) {
  const Item& item = items_[index];
  Node node = node_of(item);
  if (!shown_.insert(item.number).second) {
    node.reason.clear();
    node.lines.clear();
    node.text += " (see above)";
    return node;
  }
  add_children(node, item);
  return node;
}

}  // namespace millrace::trace
