// The stored form of pipes (storage/KEYS.md).

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/services/pipes/pipes.h"
#include "tests/unit/storage/rewritten.h"

namespace millrace::pipes {
namespace {

// As the first versions of the program wrote it.
constexpr const char* kPipe =
    R"({"Arn":"arn:p","Name":"p","Source":"arn:s","Description":"d","Enrichment":"arn:e",)"
    R"("EnrichmentParameters":{"InputTemplate":"x"},"Target":"arn:t","TargetParameters":{},"RoleArn":"arn:r",)"
    R"("LogConfiguration":{"Level":"OFF"},"KmsKeyIdentifier":"k","SourceParameters":{"SqsQueueParameters":{"BatchSize":10}},)"
    R"("DesiredState":"STOPPED","CreationTime":1.5,"LastModifiedTime":2.5,"_uuid":"u","_tags":{"z":"1","a":"2"}})";

TEST(PipesModel, AreAsDocumented) {
  EXPECT_EQ(to_hex(pipe_key({"123456789012", "us-east-1"}, "p")),
            "70697065730000313233343536373839303132000075732d656173742d310000700000");
}

TEST(PipesModel, EarlierFormsAreRead) {
  EXPECT_EQ(storage::rewritten<Pipe>(kPipe, "_form"), kPipe);
  const auto pipe = storage::from_document<Pipe>(*parse_json(kPipe));
  ASSERT_TRUE(pipe);
  EXPECT_EQ(pipe->desired_state, "STOPPED");
  EXPECT_EQ(pipe->uuid, "u");
  EXPECT_EQ(pipe->enrichment, "arn:e");
}

TEST(PipesModel, ALaterFormAndDamageAreRefused) {
  EXPECT_TRUE(storage::refuses_damage<Pipe>(kPipe, "_uuid", "_form"));
}

}  // namespace
}  // namespace millrace::pipes
