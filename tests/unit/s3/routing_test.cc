#include "emulator/services/s3/wire/routing.h"

#include <gtest/gtest.h>

#include "emulator/services/s3/buckets/bucket.h"
#include "emulator/services/s3/objects/lookup.h"

namespace millrace::s3 {
namespace {

TEST(Address, OfHostsAndPaths) {
  struct Case {
    const char* host;
    const char* path;
    const char* bucket;
    const char* key;
  };
  for (const Case& one : {Case{"localhost:4566", "/b/k", "b", "k"},
                          Case{"127.0.0.1:4566", "/b", "b", ""},
                          Case{"localhost", "/b/", "b", ""},
                          Case{"localhost", "/", "", ""},
                          Case{"b.localhost:4566", "/k/l", "b", "k/l"},
                          Case{"b.s3.localhost:4566", "/k", "b", "k"},
                          Case{"s3.localhost:4566", "/b/k", "b", "k"},
                          Case{"b.s3.eu-west-1.amazonaws.com", "/", "b", ""},
                          Case{"a.b.s3.amazonaws.com", "/k", "a.b", "k"},
                          Case{"s3.eu-west-1.amazonaws.com", "/b/k", "b", "k"},
                          Case{"localhost", "/b/../..", "b", "../.."},
                          Case{"localhost", "/b//a//", "b", "/a//"},
                          Case{"localhost", "/b/a%20b+c%2Fd", "b", "a b+c/d"},
                          Case{"[::1]:4566", "/b/k", "b", "k"},
                          Case{"b.127.0.0.1:4566", "/k", "b", "k"},
                          Case{"b.[::1]:4566", "/k", "b", "k"},
                          Case{"s3-files-of-mine.localhost", "/k", "s3-files-of-mine", "k"},
                          Case{"s3-files-of-mine.s3.us-east-1.amazonaws.com", "/k", "s3-files-of-mine", "k"},
                          Case{"a.s3-logs-1.localhost", "/k", "a.s3-logs-1", "k"},
                          Case{"b.s3.dualstack.eu-west-1.amazonaws.com", "/k", "b", "k"},
                          Case{"s3-us-west-2.amazonaws.com", "/b/k", "b", "k"},
                          Case{"dynamodb.us-east-1.amazonaws.com", "/b/k", "b", "k"},
                          Case{"sync-127.0.0.1", "/b/k", "b", "k"},
                          Case{"x.execute-api.localhost", "/b/k", "b", "k"}}) {
    Address address = address_of(one.host, one.path);
    EXPECT_EQ(address.bucket, one.bucket) << one.host << one.path;
    EXPECT_EQ(address.key, one.key) << one.host << one.path;
    EXPECT_FALSE(address.website);
  }
  EXPECT_TRUE(address_of("b.s3-website-us-east-1.amazonaws.com", "/").website);
  EXPECT_EQ(address_of("b.s3-website.localhost:4566", "/x").bucket, "b");
}

std::string_view routed(const char* method, const char* path, const char* header = nullptr) {
  protocol::HttpRequest request;
  request.method = method;
  request.target = path;
  if (header) request.headers.set(header, "x");
  return operation_name(request, address_of("localhost", request.raw_path()),
                        protocol::parse_query(request.raw_query()));
}

TEST(Routing, ByMethodLevelAndSubResource) {
  EXPECT_EQ(routed("GET", "/"), "ListBuckets");
  EXPECT_EQ(routed("PUT", "/b"), "CreateBucket");
  EXPECT_EQ(routed("GET", "/b?versioning="), "GetBucketVersioning");
  EXPECT_EQ(routed("GET", "/b?versioning"), "GetBucketVersioning");
  EXPECT_EQ(routed("GET", "/b?list-type=2&prefix=acl"), "ListObjectsV2");
  EXPECT_EQ(routed("GET", "/b?prefix=x"), "ListObjects");
  EXPECT_EQ(routed("GET", "/b?inventory&id=1"), "GetBucketInventoryConfiguration");
  EXPECT_EQ(routed("GET", "/b?inventory"), "ListBucketInventoryConfigurations");
  EXPECT_EQ(routed("PUT", "/b/k?x-id=PutObject"), "PutObject");
  EXPECT_EQ(routed("PUT", "/b/k", "x-amz-copy-source"), "CopyObject");
  EXPECT_EQ(routed("PUT", "/b/k?partNumber=1&uploadId=u"), "UploadPart");
  EXPECT_EQ(routed("PUT", "/b/k?partNumber=1&uploadId=u", "x-amz-copy-source"), "UploadPartCopy");
  EXPECT_EQ(routed("POST", "/b/k?uploads="), "CreateMultipartUpload");
  EXPECT_EQ(routed("POST", "/b?delete="), "DeleteObjects");
  EXPECT_EQ(routed("PATCH", "/b/k"), "");
}

TEST(BucketNames, Rules) {
  for (const char* good : {"abc", "a.b-c", "1ab", "192.168.5.256x"}) EXPECT_TRUE(is_valid_bucket_name(good)) << good;
  for (const char* bad : {"ab", "Abc", "a_b", "-ab", "ab-", "a..b", "192.168.5.4", "xn--a", "sthree-a", "ab-s3alias"})
    EXPECT_FALSE(is_valid_bucket_name(bad)) << bad;
}

TEST(VersionIds, CarryTheirSequence) {
  for (uint64_t sequence : {uint64_t{1}, uint64_t{77}, uint64_t{1} << 40, ~uint64_t{0}}) {
    std::string id = make_version_id(sequence, std::string(32, 'r'));
    EXPECT_EQ(id.size(), 32u);
    EXPECT_EQ(sequence_in_version_id(id), sequence);
  }
  EXPECT_FALSE(sequence_in_version_id("x"));
}

TEST(CanonicalIds, NameTheirAccount) {
  EXPECT_EQ(canonical_id("123456789012").size(), 64u);
  EXPECT_EQ(account_of_canonical_id(canonical_id("123456789012")), "123456789012");
  EXPECT_EQ(account_of_canonical_id(std::string(64, '1')), "");
}

}  // namespace
}  // namespace millrace::s3
