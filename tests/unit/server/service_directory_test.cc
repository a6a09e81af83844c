// Which service a request is for, by what the rooms' faces say.

#include "emulator/server/service_directory.h"

#include <gtest/gtest.h>

namespace millrace::server {
namespace {

std::shared_ptr<protocol::Service> service() {
  return std::make_shared<protocol::JsonService>(protocol::JsonService::Profile{"T", "application/json", false, {}},
                                                 std::vector<protocol::Operation>{});
}

protocol::HttpRequest request(std::string method, std::string target,
                              std::vector<std::pair<std::string, std::string>> headers = {}, std::string body = "") {
  protocol::HttpRequest out;
  out.method = std::move(method);
  out.target = std::move(target);
  out.headers.set("Host", "127.0.0.1:4566");
  for (const auto& [name, value] : headers) out.headers.set(name, value);
  out.body = std::move(body);
  return out;
}

class ServiceDirectoryTest : public testing::Test {
 protected:
  ServiceDirectoryTest() {
    Room tables{.name = "tables"}, files{.name = "files"}, things{.name = "things"};
    tables.faces = {{.service = table, .scopes = {"db"}, .targets = {"Db_1"}, .health = "healthy "}};
    files.faces = {{.service = rest,
                    .scopes = {"files"},
                    .takes_the_rest = true,
                    .owns_host = [](const protocol::HostParts& host) { return host.has("files"); }},
                   {.service = form, .scopes = {"queue"}, .versions = {"2012-11-05"}},
                   {.service = json, .scopes = {"queue"}, .targets = {"Queue"}}};
    things.faces = {
        {.service = stream, .scopes = {"db"}, .targets = {"DbStreams_1"}},
        {.service = dated,
         .scopes = {"fn"},
         .claims = [](const auto& head) { return head.target.starts_with("/2015"); }},
        {.service = url, .scopes = {"fn"}, .owns = [](const auto& head) { return head.target.starts_with("/_url/"); }}};
    rooms = {tables, files, things};
    directory = std::make_unique<ServiceDirectory>(rooms, protocol::OwnNames());
  }

  protocol::Service* find(const protocol::HttpRequest& head, const std::string& scope = "") {
    protocol::Credential credential;
    credential.service = scope;
    return directory->find(head, scope.empty() ? nullptr : &credential);
  }

  std::shared_ptr<protocol::Service> table = service(), rest = service(), form = service(), json = service(),
                                     stream = service(), dated = service(), url = service();
  std::vector<Room> rooms;
  std::unique_ptr<ServiceDirectory> directory;
};

TEST_F(ServiceDirectoryTest, WhatAFaceOwnsIsItsWhoeverSignedIt) {
  EXPECT_EQ(find(request("GET", "/_url/x", {{"X-Amz-Target", "Db_1.PutItem"}}), "db"), url.get());
}

TEST_F(ServiceDirectoryTest, TheTargetComesBeforeTheScope) {
  EXPECT_EQ(find(request("POST", "/", {{"X-Amz-Target", "DbStreams_1.GetRecords"}}), "db"), stream.get());
  EXPECT_EQ(find(request("POST", "/", {{"X-Amz-Target", "Queue.SendMessage"}}), "queue"), json.get());
  EXPECT_EQ(find(request("POST", "/", {{"X-Amz-Target", "Nobody.Does"}}), "db"), table.get());
}

TEST_F(ServiceDirectoryTest, OfFacesWithOneScopeTheFirstIsMeant) {
  EXPECT_EQ(find(request("POST", "/"), "db"), table.get());
  EXPECT_EQ(find(request("POST", "/"), "queue"), form.get());
  EXPECT_EQ(find(request("GET", "/2015-03-31/functions"), "fn"), dated.get());
}

TEST_F(ServiceDirectoryTest, AnUnknownScopeIsNobodys) {
  EXPECT_EQ(find(request("GET", "/"), "braket"), nullptr);
}

TEST_F(ServiceDirectoryTest, WhatIsUnsignedGoesByVersionThenByClaimThenToTheRest) {
  const std::pair<std::string, std::string> is_form{"Content-Type", "application/x-www-form-urlencoded"};
  EXPECT_EQ(find(request("POST", "/", {is_form}, "Action=ListQueues&Version=2012-11-05")), form.get());
  EXPECT_EQ(find(request("POST", "/", {is_form}, "Action=ListQueues&Version=1999-01-01")), rest.get());
  EXPECT_EQ(find(request("GET", "/2015-03-31/functions")), dated.get());
  EXPECT_EQ(find(request("GET", "/bucket/key")), rest.get());
}

TEST_F(ServiceDirectoryTest, TheEndpointsOwnFaceAnswersPreflightsAndHealth) {
  EXPECT_EQ(find(request("OPTIONS", "/", {{"Origin", "http://localhost:3000"}})), table.get());
  EXPECT_EQ(find(request("OPTIONS", "/bucket/key", {{"Origin", "http://localhost:3000"}})), rest.get());
  protocol::Credential nobody, own;
  own.service = "db";
  ASSERT_NE(directory->health(request("GET", "/"), nobody), nullptr);
  EXPECT_EQ(*directory->health(request("GET", "/"), nobody), "healthy ");
  EXPECT_EQ(directory->health(request("GET", "/x"), nobody), nullptr);
  EXPECT_NE(directory->health(request("GET", "/", {{"Authorization", "AWS4-..."}}), own), nullptr);
  EXPECT_EQ(directory->health(request("GET", "/", {{"Authorization", "AWS4-..."}}), nobody), nullptr);
  EXPECT_EQ(directory->health(request("GET", "/", {{"Host", "b.files.us-east-1.amazonaws.com"}}), nobody), nullptr);
}

TEST_F(ServiceDirectoryTest, SignaturesMustNameAFacesFirstScope) {
  EXPECT_EQ(directory->scope_of(stream.get()), "db");
  EXPECT_EQ(directory->scope_of(url.get()), "fn");
  EXPECT_EQ(directory->scope_of(nullptr), "");
}

}  // namespace
}  // namespace millrace::server
