// Renders a template's tree.

#include <optional>

#include "emulator/services/apigateway/vtl/budget.h"
#include "emulator/services/apigateway/vtl/tree.h"

namespace millrace::apigateway::vtl {

namespace {

constexpr size_t kIterationsMax = 1000;   // #foreach, API Gateway's quota
constexpr size_t kStepsMax = 1'000'000;   // nodes and expressions of one rendering
constexpr size_t kOutputMax = 10u << 20;  // a payload's quota
constexpr int64_t kRangeMax = 10'000;

class Renderer {
 public:
  Renderer(Names& names, const Budget& budget) : names_(names), budget_(budget) {}

  void block(const Block& nodes, std::string& out) {
    for (const Node& node : nodes) {
      if (stopped()) return;
      count();
      one(node, out);
      if (out.size() > kOutputMax) fail("The result is larger than 10 MB");
    }
  }
  const std::string& failure() const { return failure_; }

 private:
  bool stopped() const { return !failure_.empty() || leaving_loop_ || leaving_; }
  void count() {
    if (++steps_ > kStepsMax || budget_.exhausted()) fail("The template runs too long");
  }
  void fail(const char* reason) {
    if (failure_.empty()) failure_ = reason;
  }

  void one(const Node& node, std::string& out) {
    switch (node.kind) {
      case Node::Kind::text: out += node.text; break;
      case Node::Kind::reference: out += printed(value_of(node.reference)); break;
      case Node::Kind::set: assign(node.reference, evaluate(*node.value)); break;
      case Node::Kind::branches: branches(node, out); break;
      case Node::Kind::loop: loop(node, out); break;
      case Node::Kind::stop_loop: leaving_loop_ = true; break;
      case Node::Kind::stop: leaving_ = true; break;
    }
  }

  void branches(const Node& node, std::string& out) {
    for (const Branch& branch : node.branches) {
      if (branch.condition && !evaluate(*branch.condition).truth()) continue;
      return block(branch.body, out);
    }
  }

  static std::vector<Value> items_of(const Value& collection) {
    if (auto list = collection.list()) return list->items;
    std::vector<Value> out;
    if (auto map = collection.map()) {
      for (const auto& [key, value] : map->entries) out.push_back(value);
    }
    return out;
  }

  void loop(const Node& node, std::string& out) {
    const std::vector<Value> items = items_of(evaluate(*node.value));
    spend(items.size() * Budget::kValueSeen);
    if (items.size() > kIterationsMax) return fail("#foreach has more than 1000 iterations");
    const Value outer = names_["foreach"], former = names_[node.reference.name];
    for (size_t i = 0; i < items.size() && !stopped(); ++i) {
      Value state = new_map();
      state.map()->at("index") = of(static_cast<int64_t>(i));
      state.map()->at("count") = of(static_cast<int64_t>(i + 1));
      state.map()->at("hasNext") = of(i + 1 < items.size());
      state.map()->at("first") = of(i == 0);
      state.map()->at("last") = of(i + 1 == items.size());
      state.map()->at("parent") = outer;
      names_["foreach"] = state;
      names_["velocityCount"] = of(static_cast<int64_t>(i + 1));
      names_["velocityHasNext"] = of(i + 1 < items.size());
      names_[node.reference.name] = items[i];
      block(node.body, out);
    }
    leaving_loop_ = false;
    names_["foreach"] = outer;
    names_[node.reference.name] = former;
  }

  static Value at_index(const Value& target, const Value& index) {
    if (auto list = target.list()) {
      const int64_t* at = index.integer();
      const int64_t size = static_cast<int64_t>(list->items.size());
      const int64_t place = at ? (*at < 0 ? size + *at : *at) : -1;
      return place >= 0 && place < size ? list->items[static_cast<size_t>(place)] : Value{};
    }
    return property(target, printed(index));
  }

  static Value property(const Value& target, const std::string& name) {
    Value out;
    if (auto map = target.map()) {
      if (Value* found = map->find(name)) return *found;
      if (name == "empty") return of(map->entries.empty());
      return out;
    }
    if (auto object = target.object()) object->get(name, out);
    if (auto list = target.list(); list && name == "empty") return of(list->items.empty());
    return out;
  }

  Value step(Value target, const Step& one) {
    count();
    if (one.index) return at_index(target, evaluate(*one.index));
    if (!one.is_call) return property(target, one.name);
    std::vector<Value> arguments;
    for (const ExpressionPtr& argument : one.arguments) arguments.push_back(evaluate(*argument));
    Value out;
    call_method(target, one.name, arguments, out);
    return out;
  }

  /// A text is copied wherever it is read.
  static Value counted(Value value) {
    if (const std::string* text = value.text()) spend(text->size());
    return value;
  }

  Value value_of(const Reference& reference, size_t steps) {
    auto found = names_.find(reference.name);
    if (found == names_.end()) return {};
    Value at = counted(found->second);
    for (size_t i = 0; i < steps && failure_.empty(); ++i) at = counted(step(std::move(at), reference.steps[i]));
    return at;
  }
  Value value_of(const Reference& reference) { return value_of(reference, reference.steps.size()); }

  void assign(const Reference& reference, Value value) {
    if (reference.steps.empty()) {
      names_[reference.name] = std::move(value);
      return;
    }
    Value holder = value_of(reference, reference.steps.size() - 1);
    const Step& last = reference.steps.back();
    if (last.is_call) return;
    const Value index = last.index ? evaluate(*last.index) : of(last.name);
    if (auto map = holder.map()) {
      map->at(printed(index)) = std::move(value);
    } else if (auto list = holder.list(); list && index.integer()) {
      const int64_t at = *index.integer();
      if (at >= 0 && at < static_cast<int64_t>(list->items.size()))
        list->items[static_cast<size_t>(at)] = std::move(value);
    }
  }

  Value evaluate(const Expression& e) {
    count();
    if (!failure_.empty()) return {};
    switch (e.kind) {
      case Expression::Kind::literal: return counted(e.literal);
      case Expression::Kind::interpolated: {
        std::string text;
        block(e.text, text);
        return of(std::move(text));
      }
      case Expression::Kind::reference: return value_of(e.reference);
      case Expression::Kind::unary_not: return of(!evaluate(*e.left).truth());
      case Expression::Kind::negate: {
        const Value value = evaluate(*e.left);
        return value.integer() ? whole('-', 0, *value.integer()) : Value{-value.number()};
      }
      case Expression::Kind::list: {
        Value out = new_list();
        for (const auto& [key, value] : e.entries) out.list()->items.push_back(evaluate(*value));
        return out;
      }
      case Expression::Kind::map: {
        Value out = new_map();
        for (const auto& [key, value] : e.entries) out.map()->at(printed(evaluate(*key))) = evaluate(*value);
        return out;
      }
      case Expression::Kind::range: return range(evaluate(*e.left), evaluate(*e.right));
      case Expression::Kind::binary: return binary(e);
    }
    return {};
  }

  Value range(const Value& from, const Value& to) {
    Value out = new_list();
    if (!from.integer() || !to.integer()) return out;
    const int64_t a = *from.integer(), b = *to.integer();
    const int64_t distance = a < b ? b - a : a - b;
    if (distance < 0 || distance > kRangeMax) {
      fail("A range is too long");
      return out;
    }
    if (!spend(static_cast<size_t>(distance) * Budget::kValueMade)) return out;
    for (int64_t i = 0; i <= distance; ++i) out.list()->items.push_back(of(a < b ? a + i : a - i));
    return out;
  }

  Value binary(const Expression& e) {
    if (e.op == "||") return of(evaluate(*e.left).truth() || evaluate(*e.right).truth());
    if (e.op == "&&") return of(evaluate(*e.left).truth() && evaluate(*e.right).truth());
    const Value a = evaluate(*e.left), b = evaluate(*e.right);
    if (e.op == "==") return of(equal(a, b));
    if (e.op == "!=") return of(!equal(a, b));
    if (e.op == "+" && (a.text() || b.text())) {
      std::string text = printed(a) + printed(b);
      if (text.size() > kOutputMax) fail("A text is larger than 10 MB");
      return of(std::move(text));
    }
    const bool compares = e.op[0] == '<' || e.op[0] == '>';
    if (!a.is_number() || !b.is_number()) return compares ? of(false) : Value{};
    if (e.op == "<") return of(a.number() < b.number());
    if (e.op == ">") return of(a.number() > b.number());
    if (e.op == "<=") return of(a.number() <= b.number());
    if (e.op == ">=") return of(a.number() >= b.number());
    return a.integer() && b.integer() ? whole(e.op[0], *a.integer(), *b.integer())
                                      : real(e.op[0], a.number(), b.number());
  }

  static Value whole(char op, int64_t a, int64_t b) {
    int64_t out = 0;
    if (op == '+') return __builtin_add_overflow(a, b, &out) ? Value{} : of(out);
    if (op == '-') return __builtin_sub_overflow(a, b, &out) ? Value{} : of(out);
    if (op == '*') return __builtin_mul_overflow(a, b, &out) ? Value{} : of(out);
    if (b == 0 || b == -1) return b == 0 ? Value{} : op == '/' ? whole('-', 0, a) : of(int64_t{0});
    return of(op == '/' ? a / b : a % b);
  }
  static Value real(char op, double a, double b) {
    if (op == '+') return {a + b};
    if (op == '-') return {a - b};
    if (op == '*') return {a * b};
    return op == '/' && b != 0 ? Value{a / b} : Value{};
  }

  Names& names_;
  const Budget& budget_;
  size_t steps_ = 0;
  bool leaving_loop_ = false, leaving_ = false;
  std::string failure_;
};

}  // namespace

std::variant<std::string, Failure> render(const std::string& source, Names& names) {
  auto parsed = parse(source);
  if (auto* failure = std::get_if<Failure>(&parsed)) return std::move(*failure);
  std::optional<Budget> own;
  if (!Budget::current()) own.emplace();
  Renderer renderer(names, *Budget::current());
  std::string out;
  renderer.block(std::get<Block>(parsed), out);
  if (!renderer.failure().empty()) return Failure{renderer.failure()};
  const size_t from = out.find_first_not_of(" \t\r\n"), to = out.find_last_not_of(" \t\r\n");
  return from == std::string::npos ? std::string() : out.substr(from, to - from + 1);
}

}  // namespace millrace::apigateway::vtl
