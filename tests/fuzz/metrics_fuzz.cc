// CloudWatch's CBOR, metric math and rules of composite alarms (the first byte chooses).

#include "emulator/services/cloudwatch/alarms.h"
#include "emulator/services/cloudwatch/cbor.h"
#include "emulator/services/cloudwatch/expression.h"
#include "fuzz.h"

namespace {

void cbor(const std::string& bytes) {
  using namespace millrace::cloudwatch;
  auto read = from_cbor(bytes);
  if (!read) return;
  const std::string written = to_cbor(*read, [](const std::string&) { return false; });
  millrace::fuzz::promise(from_cbor(written).has_value(), "what was written can be read");
}

void math(const std::string& text) {
  using namespace millrace::cloudwatch;
  MathInput input;
  input.series["m1"] = {{0, 1.0}, {60, 2.5}, {180, -3}};
  input.series["m2"] = {{60, 0.0}, {120, 1e300}};
  input.metrics = {"m1", "m2"};
  input.to_s = 600;
  (void)references(text);
  (void)evaluate(text, input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: cbor(text); break;
    case 1: math(text); break;
    default:
      (void)millrace::cloudwatch::holds(text,
                                        [](const std::string& alarm) { return alarm.size() % 2 ? "OK" : "ALARM"; });
  }
  return 0;
}
