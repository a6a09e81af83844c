#include "emulator/services/s3/body/chunk_signatures.h"

#include <gtest/gtest.h>

#include "emulator/protocol/sigv4.h"
#include "emulator/services/s3/body/aws_chunked.h"

namespace millrace::s3 {
namespace {

// The example of https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
constexpr const char* kFirst = "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648";
constexpr const char* kSecond = "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497";
constexpr const char* kLast = "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9";

ChunkSignatures example() {
  protocol::Credential credential;
  credential.date = "20130524";
  credential.region = "us-east-1";
  credential.service = "s3";
  return ChunkSignatures(protocol::signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", credential),
                         "20130524T000000Z", "20130524/us-east-1/s3/aws4_request",
                         "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
}

std::string chunk(const std::string& size, const std::string& signature, const std::string& data) {
  return size + ";chunk-signature=" + signature + "\r\n" + data + "\r\n";
}

std::string body() {
  return chunk("10000", kFirst, std::string(65536, 'a')) + chunk("400", kSecond, std::string(1024, 'a')) +
         chunk("0", kLast, "");
}

TEST(ChunkSignatures, DocumentedExample) {
  for (size_t step : {1u, 7u, 100'000u}) {
    ChunkSignatures signatures = example();
    AwsChunkedDecoder decoder(&signatures);
    std::string out;
    const std::string encoded = body();
    for (size_t at = 0; at < encoded.size(); at += step) ASSERT_TRUE(decoder.feed(encoded.substr(at, step), out));
    EXPECT_TRUE(decoder.finished());
    EXPECT_EQ(out, std::string(66560, 'a'));
  }
}

TEST(ChunkSignatures, OneOtherByteIsRefused) {
  for (size_t at : {90ul, 65'000ul, 65'536ul + 300ul}) {
    ChunkSignatures signatures = example();
    AwsChunkedDecoder decoder(&signatures);
    std::string encoded = body(), out;
    encoded[at] = 'b';
    EXPECT_FALSE(decoder.feed(encoded, out)) << at;
    EXPECT_TRUE(decoder.wrongly_signed());
  }
}

}  // namespace
}  // namespace millrace::s3
