#include "python_handler/event_parser.h"

#define RAPIDJSON_SSE2
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace millrace::worker {

namespace {

constexpr size_t kNestingMax = 200;  // json.loads has Python's own limit, with its own error

/// The object that a name came as before: a batch's records have the same few.
class Names {
 public:
  ~Names() {
    for (const Entry& entry : entries_) Py_XDECREF(entry.name);
  }

  /// A new reference, or nullptr with a Python error set.
  PyObject* get(const char* text, size_t size) {
    Entry& entry = entries_[slot(text, size)];
    if (entry.name != nullptr && entry.size == size && std::memcmp(entry.text, text, size) == 0)
      return Py_NewRef(entry.name);
    PyObject* made = PyUnicode_FromStringAndSize(text, static_cast<Py_ssize_t>(size));
    if (made == nullptr || !PyUnicode_IS_ASCII(made)) return made;
    Py_XDECREF(entry.name);
    entry = {Py_NewRef(made), static_cast<const char*>(PyUnicode_DATA(made)), size};
    return made;
  }

 private:
  struct Entry {
    PyObject* name = nullptr;
    const char* text = nullptr;  // the name's own characters
    size_t size = 0;
  };

  static size_t slot(const char* text, size_t size) {
    const auto at = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(text[i])); };
    return size == 0 ? 0 : (size * 7 + at(0) * 31 + at(size / 2) * 13 + at(size - 1)) % kEntries;
  }

  static constexpr size_t kEntries = 256;
  std::array<Entry, kEntries> entries_;
};

/// Takes what the reader finds. A callback returns false where parse_event shall give up.
class Builder {
 public:
  ~Builder() {
    Py_XDECREF(root_);
    Py_XDECREF(name_);
    for (const Open& open : open_) {
      Py_DECREF(open.container);
      Py_XDECREF(open.name);
    }
  }

  PyObject* take() { return std::exchange(root_, nullptr); }

  bool Null() { return add(Py_NewRef(Py_None)); }
  bool Bool(bool value) { return add(Py_NewRef(value ? Py_True : Py_False)); }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return add(PyUnicode_FromStringAndSize(text, static_cast<Py_ssize_t>(size)));
  }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    constexpr size_t kDigitsOfLongLong = 18;
    const std::string number(text, size);  // ends with a NUL
    if (number.find_first_of(".eE") != std::string::npos)
      return add(PyFloat_FromDouble(PyOS_string_to_double(number.c_str(), nullptr, nullptr)));
    if (size <= kDigitsOfLongLong) return add(PyLong_FromLongLong(std::strtoll(number.c_str(), nullptr, 10)));
    return add(PyLong_FromString(number.c_str(), nullptr, 10));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    name_ = names_.get(text, size);
    return name_ != nullptr;
  }
  bool StartObject() { return open(PyDict_New()); }
  bool StartArray() { return open(PyList_New(0)); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  // Numbers come raw.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  struct Open {
    PyObject* container;
    PyObject* name;  // that it gets in the container around it; nullptr in a list
  };

  /// Takes the reference.
  bool add(PyObject* value) {
    if (value == nullptr) return false;
    if (open_.empty()) {
      root_ = value;
      return true;
    }
    PyObject* into = open_.back().container;
    const int failed = PyDict_CheckExact(into) ? PyDict_SetItem(into, name_, value) : PyList_Append(into, value);
    Py_CLEAR(name_);
    Py_DECREF(value);
    return failed == 0;
  }
  bool open(PyObject* container) {
    if (container == nullptr) return false;
    open_.push_back({container, std::exchange(name_, nullptr)});
    return open_.size() <= kNestingMax;
  }
  bool close() {
    const Open closed = open_.back();
    open_.pop_back();
    name_ = closed.name;
    return add(closed.container);
  }

  Names names_;
  PyObject* root_ = nullptr;
  PyObject* name_ = nullptr;  // of the member whose value comes next
  std::vector<Open> open_;
};

}  // namespace

PyObject* parse_event(std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    return nullptr;  // the reader's end; json.loads may see another encoding
  constexpr unsigned kFlags = rapidjson::kParseNumbersAsStringsFlag;
  // None of what is made here is garbage, however much of it there is.
  const int collecting = PyGC_Disable();
  Builder builder;
  rapidjson::Reader reader;
  rapidjson::MemoryStream bytes(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> characters(bytes);
  const bool good = !reader.Parse<kFlags>(characters, builder).IsError();
  if (collecting != 0) PyGC_Enable();
  PyErr_Clear();
  return good ? builder.take() : nullptr;
}

}  // namespace millrace::worker
