#include "emulator/base/result.h"

#include <stdexcept>

namespace millrace {

void throw_exception_from_error(const AwsError& error, const boost::source_location& where) {
  throw std::logic_error(std::string("an unchecked error was read as a value: ") + error.kind->code + ": " +
                         error.message + " at " + where.to_string());
}

}  // namespace millrace
