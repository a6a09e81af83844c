#include "emulator/services/s3/buckets/policy_words.h"

#include <gtest/gtest.h>

namespace millrace::s3 {
namespace {

TEST(PolicyWords, WhatActionsAreOf) {
  struct Case {
    const char* action;
    bool of_bucket, of_object;
  };
  for (const Case& one :
       {Case{"s3:GetObject", false, true}, Case{"S3:getobject", false, true}, Case{"s3:ListBucket", true, false},
        Case{"s3:*", true, true}, Case{"*", true, true}, Case{"s3:Get*", true, true}, Case{"s3:*Tagging", true, true},
        Case{"s3:PutObject?etention", false, true}, Case{"s3:GetObjects", false, false}, Case{"s3:", false, false},
        Case{"sqs:*", false, false}, Case{"", false, false}}) {
    EXPECT_EQ(action_kinds(one.action).of_bucket, one.of_bucket) << one.action;
    EXPECT_EQ(action_kinds(one.action).of_object, one.of_object) << one.action;
  }
}

TEST(PolicyWords, ConditionKeys) {
  for (const char* key : {"aws:SourceArn", "AWS:anything", "s3:prefix", "S3:X-Amz-Acl", "s3:ExistingObjectTag/a"})
    EXPECT_TRUE(is_condition_key(key)) << key;
  for (const char* key : {"s3:x-acl", "prefix", "", "kms:ViaService"}) EXPECT_FALSE(is_condition_key(key)) << key;
}

}  // namespace
}  // namespace millrace::s3
