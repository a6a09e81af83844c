// What S3 reads from the wire: aws-chunked bodies, forms, XML, signatures. The first byte chooses which, and how large
// the pieces are that arrive.

#include <algorithm>

#include "emulator/protocol/sigv4.h"
#include "emulator/services/s3/body/aws_chunked.h"
#include "emulator/services/s3/wire/form_reader.h"
#include "emulator/services/s3/wire/xml.h"
#include "fuzz.h"

namespace millrace::s3 {
namespace {

class Pieces final : public protocol::BodyReader {
 public:
  Pieces(std::string_view text, size_t piece) : text_(text), piece_(piece) {}
  State read(std::string& out, size_t max) override {
    size_t n = std::min({max, piece_, text_.size()});
    out.append(text_.substr(0, n));
    text_.remove_prefix(n);
    return text_.empty() ? State::end : State::more;
  }

 private:
  std::string_view text_;
  size_t piece_;
};

void chunked(std::string_view text, size_t piece) {
  AwsChunkedDecoder decoder;
  std::string out;
  size_t all = text.size();
  while (!text.empty()) {
    size_t n = std::min(piece, text.size());
    if (!decoder.feed(text.substr(0, n), out)) break;
    text.remove_prefix(n);
  }
  fuzz::promise(out.size() <= all, "decoding adds nothing");
}

void form(std::string_view text, size_t piece) {
  protocol::HttpRequest request;
  request.stream = std::make_shared<Pieces>(text, piece);
  FormReader reader(request, "b");
  if (reader.read_fields().has_error()) return;
  size_t taken = 0;
  (void)reader.read_file([&](std::string_view bytes) -> Result<void> {
    taken += bytes.size();
    return {};
  });
  fuzz::promise(taken <= text.size(), "a file is a part of its form");
}

void xml(std::string_view text) {
  static const XmlShape shape =
      xml_shape("Delete{Object+{Key, VersionId?, Size?:int, Date?:date}, Quiet?:bool, Mode?=A|B}");
  auto document = parse_xml(text, shape);
  if (document.has_error()) return;
  fuzz::promise(!parse_xml(to_xml_text((*document)->document_element()), shape).has_error(),
                "what was read can be written and read again");
}

void signature(std::string_view text) {
  protocol::HttpRequest request;
  request.method = "GET";
  size_t end = std::min(text.find('\n'), text.size());
  request.target = std::string(text.substr(0, end));
  request.headers.add("Host", "localhost");
  if (end < text.size()) request.headers.add("Authorization", text.substr(end + 1));
  auto query = protocol::parse_query(request.raw_query());
  protocol::Credential credential;
  if (read_credential(request, query, credential) != protocol::CredentialState::present) return;
  if (credential.version_2)
    (void)signature_v2(request, query, "secret", "");
  else
    fuzz::promise(expected_signature(request, credential, "secret", "UNSIGNED-PAYLOAD").size() == 64,
                  "a signature is a digest");
}

}  // namespace
}  // namespace millrace::s3

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace::s3;
  if (size == 0) return 0;
  std::string_view text = millrace::fuzz::as_text(data + 1, size - 1);
  size_t piece = 1 + data[0] / 4;
  switch (data[0] % 4) {
    case 0: chunked(text, piece); break;
    case 1: form(text, piece); break;
    case 2: xml(text); break;
    default: signature(text);
  }
  return 0;
}
