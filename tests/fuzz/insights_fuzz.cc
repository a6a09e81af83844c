// Logs Insights: a query and a message, with a line's end between them; what parses runs over records of the message.

#include "emulator/services/logs/insights/stages.h"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace millrace::logs::insights;
  std::string_view text = millrace::fuzz::as_text(data, size);
  size_t end = std::min(text.find('\n'), text.size());
  auto parsed = parse_query(text.substr(0, end));
  if (auto* error = std::get_if<CompileError>(&parsed)) {
    millrace::fuzz::promise(error->begin <= end && !error->message.empty(), "an error says what is wrong, and where");
    return 0;
  }
  EvaluationContext context{1'700'000'000'000};
  Holding holding;
  Outcome outcome;
  auto stages = make_stages(std::get<Query>(parsed), 10, context, holding, outcome);
  for (int i = 0; i < 3; ++i) {
    Source source;
    source.event.timestamp_ms = 1'600'000'000'000 + i;
    source.event.message = end < text.size() ? text.substr(end + 1) : "";
    source.stream = "stream";
    source.log = "123456789012:group";
    source.of_lambda = i == 1;
    if (!stages->push(Record(std::move(source)))) break;
  }
  stages->finish();
  millrace::fuzz::promise(outcome.rows.size() <= 10'000, "a result is bounded");
  return 0;
}
