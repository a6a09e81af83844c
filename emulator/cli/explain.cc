#include "emulator/cli/explain.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <vector>

#include "emulator/base/encoding.h"
#include "emulator/base/json.h"
#include "emulator/cli/aws_request.h"
#include "emulator/cli/env.h"
#include "emulator/cli/exit_codes.h"
#include "runtime/filter/explain_fields.h"

namespace millrace::cli {

namespace {

/// The text, or what the file holds that "@FILE" names.
std::optional<std::string> text_or_file(const std::string& given) {
  if (!given.starts_with('@')) return given;
  std::ifstream file(given.substr(1), std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "millrace: %s can't be read\n", given.substr(1).c_str());
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Json as_json(const filter::Explanation& explanation) {
  Json fields = Json::array();
  for (const filter::FieldVerdict& field : explanation.fields) {
    Json one = {{"path", field.path}, {"wanted", field.wanted}, {"found", field.found}, {"holds", field.holds}};
    if (!field.hint.empty()) one["hint"] = field.hint;
    fields.push_back(std::move(one));
  }
  Json out = {{"valid", explanation.valid}, {"matches", explanation.matches}, {"fields", fields}};
  if (!explanation.problem.empty()) out["problem"] = explanation.problem;
  return out;
}

/// The contents of all elements of this name; enough for the flat answers that are read here.
std::vector<std::string> elements(const std::string& xml, const std::string& name) {
  std::vector<std::string> out;
  const std::string open = "<" + name + ">", close = "</" + name + ">";
  for (size_t at = xml.find(open); at != std::string::npos; at = xml.find(open, at)) {
    size_t end = xml.find(close, at += open.size());
    if (end == std::string::npos) break;
    out.push_back(xml.substr(at, end - at));
    at = end;
  }
  return out;
}

std::string first_element(const std::string& xml, const std::string& name) {
  std::vector<std::string> all = elements(xml, name);
  return all.empty() ? "" : all.front();
}

AwsRequest simulation(const std::string& principal, const std::string& action, const std::string& resource) {
  AwsRequest request;
  request.service = "iam";
  request.content_type = "application/x-www-form-urlencoded";
  request.body = "Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=" + percent_encode(principal) +
                 "&ActionNames.member.1=" + percent_encode(action) +
                 "&ResourceArns.member.1=" + percent_encode(resource);
  return request;
}

}  // namespace

std::string source_arn(const std::string& principal) {
  size_t session = principal.find(":assumed-role/");
  if (session != std::string::npos) {
    std::string role = principal.substr(session + 14);
    std::string head = principal.substr(0, session);  // arn:aws:sts::ACCOUNT
    return "arn:aws:iam::" + head.substr(head.rfind(':') + 1) + ":role/" + role.substr(0, role.find('/'));
  }
  if (principal.starts_with("arn:")) return principal;
  for (const char* kind : {"Role", "User"}) {
    AwsRequest request;
    request.service = "iam";
    request.content_type = "application/x-www-form-urlencoded";
    request.body =
        std::string("Action=Get") + kind + "&Version=2010-05-08&" + kind + "Name=" + percent_encode(principal);
    std::string arn = first_element(ask_service(request).body, "Arn");
    if (!arn.empty()) return arn;
  }
  return "";
}

int explain_filter(const std::string& pattern, const std::string& event, bool json) {
  auto pattern_text = text_or_file(pattern), event_text = text_or_file(event);
  if (!pattern_text || !event_text) return kUsage;
  filter::Explanation explanation = filter::explain_fields(*pattern_text, *event_text);
  if (json) {
    std::cout << to_text(as_json(explanation)) << "\n";
  } else if (!explanation.valid) {
    std::cout << "invalid: AWS refuses this pattern: " << explanation.problem << "\n";
  } else {
    if (!explanation.problem.empty()) std::cout << explanation.problem << "\n";
    for (const filter::FieldVerdict& field : explanation.fields) {
      std::cout << (field.holds ? "  yes  " : "  no   ") << field.path << " is " << field.found
                << ", wanted: " << field.wanted << "\n";
      if (!field.hint.empty()) std::cout << "         " << field.hint << "\n";
    }
    std::cout << (explanation.matches ? "matches\n" : "does not match\n");
  }
  if (!explanation.valid) return kUsage;
  return explanation.matches ? kFine : kRefused;
}

int explain_access(const std::string& principal, const std::string& action, const std::string& resource, bool json) {
  const std::string source = source_arn(principal);
  if (source.empty() && ask(server_url(), {.target = "/_millrace/health"}).status != 0) {
    std::fprintf(stderr, "millrace: there is no role and no user called %s in this account (%s)\n", principal.c_str(),
                 "AWS_ACCESS_KEY_ID chooses it; an ARN names others");
    return kRefused;
  }
  Answer answer = ask_service(simulation(source, action, resource));
  if (answer.status == 0) return complain(answer);
  if (!answer.fine()) {
    std::fprintf(stderr, "millrace: %s\n", first_element(answer.body, "Message").c_str());
    return kRefused;
  }
  const std::string decision = first_element(answer.body, "EvalDecision");
  const std::string matched = first_element(answer.body, "MatchedStatements");
  std::vector<std::string> by = elements(matched, "SourcePolicyId");
  const bool allowed = decision == "allowed";
  const Json missing = {{"Effect", "Allow"}, {"Action", action}, {"Resource", resource}};
  if (json) {
    Json out = {
        {"principal", source}, {"action", action}, {"resource", resource}, {"decision", decision}, {"policies", by}};
    if (decision == "implicitDeny") out["missing"] = missing;
    std::cout << to_text(out) << "\n";
    return allowed ? kFine : kRefused;
  }
  std::cout << (allowed ? "allowed" : "denied") << ": " << source << ", " << action << " on " << resource << "\n";
  for (const std::string& policy : by)
    std::cout << (allowed ? "  a statement of " : "  decided by a statement of ") << policy << "\n";
  if (decision == "explicitDeny") std::cout << "  a Deny wins over every Allow\n";
  if (decision == "implicitDeny")
    std::cout << "  no statement of its policies allows it; this would:\n  " << to_text(missing) << "\n";
  for (const std::string& key : elements(first_element(answer.body, "MissingContextValues"), "member"))
    std::cout << "  a condition asks for " << key << ", which only a real request has\n";
  return allowed ? kFine : kRefused;
}

}  // namespace millrace::cli
