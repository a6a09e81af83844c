#include "emulator/ports/stream_reader.h"

namespace millrace::ports {

const char* event_name_text(EventName name) {
  switch (name) {
    case EventName::insert: return "INSERT";
    case EventName::modify: return "MODIFY";
    case EventName::remove: return "REMOVE";
  }
  return "";
}

}  // namespace millrace::ports
