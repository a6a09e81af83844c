// The stored form of queues (storage/KEYS.md).

#include <gtest/gtest.h>

#include "emulator/base/encoding.h"
#include "emulator/services/sqs/queues.h"
#include "emulator/storage/document_form.h"

namespace millrace::sqs {
namespace {

TEST(SqsModel, AreAsDocumented) {
  EXPECT_EQ(to_hex(queue_key("123456789012", "us-east-1", "jobs")),
            "7371730000313233343536373839303132000075732d656173742d310000717565756500006a6f62730000");
}

TEST(SqsModel, EarlierFormsAreRead) {
  const auto queue = storage::from_document<Queue>(*parse_json(
      R"({"id":3,"account":"123456789012","region":"us-east-1","name":"jobs.fifo","created_ms":5,"attributes":{},"tags":{}})"));
  ASSERT_TRUE(queue);
  EXPECT_EQ(queue->id, 3u);
  EXPECT_EQ(queue->created_ms, 5);
  EXPECT_EQ(queue->modified_ms, 0);
  EXPECT_TRUE(queue->fifo());
  EXPECT_EQ(to_text(storage::to_document(*queue)),
            R"({"version":1,"id":3,"account":"123456789012","region":"us-east-1","name":"jobs.fifo","created_ms":5,)"
            R"("modified_ms":0,"attributes":{},"tags":{}})");
}

}  // namespace
}  // namespace millrace::sqs
