// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "core_runner.hpp"

#include <limits>
#include <utility>

namespace hark::conformance {
namespace {

std::string text(const Json& value) {
  return value.dump(-1, ' ', true);  // sorted, no spaces, ASCII
}

/// A function of the scenario as a listener: two are equal if they are the same function.
struct Function {
  CoreRunner* runner;
  std::string name;
  friend bool operator==(const Function&, const Function&) = default;
};

struct Told : Function {
  void operator()(const Json& x) const {
    runner->call(name, "event_two", Json::array({x}), x);
  }
  void operator()(const Json& x, const Json& y) const {
    runner->call(name, "event_one", Json::array({x, y}), x);
  }
};
struct Asked : Function {
  Json operator()(const Json& value) const {
    return runner->call(name, "chain", Json::array({value}), value);
  }
};
struct Halting : Function {
  bool operator()(const Json& x) const {
    return !runner->call(name, "halt", Json::array({x}), x).is_null();
  }
};

// The same function, called with the named form.
struct NamedTold : Function {
  void operator()(const WidgetEvents::event_one::arguments& e) const {
    runner->call(name, "event_one", {{"x", e.x}, {"y", e.y}}, e.x);
  }
  void operator()(const WidgetEvents::event_two::arguments& e) const {
    runner->call(name, "event_two", {{"x", e.x}}, e.x);
  }
};
struct NamedAsked : Function {
  Json operator()(const WidgetEvents::chain::arguments& e) const {
    return runner->call(name, "chain", {{"value", e.value}}, e.value);
  }
};
struct NamedHalting : Function {
  bool operator()(const WidgetEvents::halt::arguments& e) const {
    return !runner->call(name, "halt", {{"x", e.x}}, e.x).is_null();
  }
};

/// Calls `visit` with the function in the form that the event calls for.
template <class Visit>
void visit_function(const Function& function,
                    const std::string& event,
                    bool named,
                    Visit&& visit) {
  if (event == "chain") {
    named ? visit(NamedAsked{function}) : visit(Asked{function});
  } else if (event == "halt") {
    named ? visit(NamedHalting{function}) : visit(Halting{function});
  } else {
    named ? visit(NamedTold{function}) : visit(Told{function});
  }
}

std::string string_of(const Json& step, const char* field) {
  return step.at(field).get<std::string>();
}

/// Is the scenario's function registered, in either form?
template <class T>
bool is_registered(T& target, const std::string& event, const Function& function) {
  bool found = false;
  for (const bool named : {false, true}) {
    visit_function(function, event, named, [&](const auto& listener) {
      found |= event::contains(target, event::runtime_name(event), listener);
    });
  }
  return found;
}

template <class T>
void remove_function(T& target, const std::string& event, const Function& function) {
  bool named = false;
  visit_function(function, event, true, [&](const auto& listener) {
    named = event::contains(target, event::runtime_name(event), listener);
  });
  visit_function(function, event, named, [&](const auto& listener) {
    event::remove(target, event::runtime_name(event), listener);
  });
}

}  // namespace

CoreRunner::CoreRunner(Json scenario) : scenario_(std::move(scenario)) {}

CoreRunner::~CoreRunner() {
  for (event::Subscription& subscription : subscriptions_) subscription.disconnect();
}

std::vector<std::string> CoreRunner::run() {
  std::size_t number = 0;
  for (const Json& each : scenario_.at("steps")) {
    const std::string head = std::to_string(++number) + " " + string_of(each, "op");
    try {
      const std::string outcome = step(each);
      trace_.push_back(head + " -> " + (outcome.empty() ? "ok" : outcome));
    } catch (const InvalidRequestError&) {
      trace_.push_back(head + " !! InvalidRequestError");
    } catch (const ArgumentError&) {
      trace_.push_back(head + " !! ArgumentError");
    } catch (const DisconnectionError&) {
      trace_.push_back(head + " !! DisconnectionError");
    } catch (const UserError&) {
      trace_.push_back(head + " !! UserError");
    } catch (const MissingObject&) {
      trace_.push_back(head + " !! MissingObject");
    }
  }
  return trace_;
}

Json CoreRunner::call(const std::string& function,
                      const char* event,
                      const Json& details,
                      const Json& first_argument) {
  trace_.push_back(function + " " + event + " " + text(details));
  Json result;
  const auto& functions = scenario_.at("functions");
  if (!functions.contains(function)) return result;
  for (const Json& action : functions.at(function).value("do", Json::array())) {
    if (action.contains("raise")) {
      int& done = raised_[function];
      if (done >= action.value("times", std::numeric_limits<int>::max())) continue;
      ++done;
      if (action.at("raise") == "DisconnectionError") {
        throw DisconnectionError("raised by " + function);
      }
      throw UserError("raised by " + function);
    }
    if (action.contains("return")) {
      if (std::string_view(event) == "halt") result = true;
      if (std::string_view(event) == "chain") {
        result = first_argument.get<long>() + action.at("return").at("plus").get<long>();
      }
    } else if (action.contains("step")) {
      step(action.at("step"));
    }
  }
  return result;
}

std::string CoreRunner::step(const Json& step) {
  const std::string op = string_of(step, "op");
  if (op == "new") {
    make(step);
  } else if (op == "listen") {
    listen(step);
  } else if (op == "remove" || op == "contains") {
    const std::string event = string_of(step, "event");
    const Function function{this, string_of(step, "fn")};
    bool found = false;
    visit_target(string_of(step, "target"), [&](auto& target) {
      if (op == "remove") {
        remove_function(target, event, function);
      } else {
        found = is_registered(target, event, function);
      }
    });
    if (op == "contains") return found ? "true" : "false";
  } else if (op == "dispatch") {
    return dispatch(step);
  } else if (op == "exec_once" || op == "exec_once_unless_exception") {
    exec(step);
  } else if (op == "update") {
    Widget& to = widget(string_of(step, "to"));
    to.update_listeners(widget(string_of(step, "from")),
                        step.value("only_propagate", true));
  } else if (op == "count") {
    const Widget& on = widget(string_of(step, "on"));
    const std::string event = string_of(step, "event");
    if (event == "event_one")
      return std::to_string(on.listener_count<WidgetEvents::event_one>());
    if (event == "event_two")
      return std::to_string(on.listener_count<WidgetEvents::event_two>());
    if (event == "chain") return std::to_string(on.listener_count<WidgetEvents::chain>());
    return std::to_string(on.listener_count<WidgetEvents::halt>());
  } else {
    throw std::invalid_argument("unknown op " + op);
  }
  return {};
}

void CoreRunner::make(const Json& step) {
  const std::string name = string_of(step, "as");
  const std::string cls = string_of(step, "class");
  if (cls == "Holder") {
    objects_[name] = std::make_shared<Holder>(
        std::get<std::shared_ptr<Widget>>(object(string_of(step, "widget"))));
    return;
  }
  if (cls == "Unrelated") {
    objects_[name] = std::make_shared<Unrelated>();
    return;
  }
  std::shared_ptr<Widget> made;
  const Widget* parent =
      step.contains("parent") ? &widget(string_of(step, "parent")) : nullptr;
  if (cls == "Widget") made = std::make_shared<Widget>();
  if (cls == "Gadget") made = std::make_shared<Gadget>();
  if (cls == "Gizmo") made = std::make_shared<Gizmo>();
  if (cls == "Gear") made = std::make_shared<Gear>();
  if (made == nullptr) throw std::invalid_argument("unknown class " + cls);
  if (parent != nullptr) made->join(*parent);
  objects_[name] = std::move(made);
}

void CoreRunner::listen(const Json& step) {
  const std::string event = string_of(step, "event");
  const Function function{this, string_of(step, "fn")};
  const event::ListenOptions options{.retval = step.value("retval", false),
                                     .propagate = step.value("propagate", false),
                                     .once = step.value("once", false),
                                     .insert = step.value("insert", false)};
  visit_target(string_of(step, "target"), [&](auto& target) {
    // The named form is a listener of another type here, but the same function there.
    const bool named = step.value("named", false);
    const bool registered = is_registered(target, event, function);
    visit_function(function, event, named, [&](const auto& listener) {
      if (registered && !event::contains(target, event::runtime_name(event), listener))
        return;
      subscriptions_.push_back(
          event::listen(target, event::runtime_name(event), listener, options));
    });
  });
}

std::string CoreRunner::dispatch(const Json& step) {
  const Widget& on = widget(string_of(step, "on"));
  const std::string event = string_of(step, "event");
  const Json& args = step.at("args");
  if (event == "event_one") {
    on.emit<WidgetEvents::event_one>(args.at(0), args.at(1));
  } else if (event == "event_two") {
    on.emit<WidgetEvents::event_two>(args.at(0));
  } else if (event == "chain") {
    Json value = args.at(0);
    on.emit<WidgetEvents::chain>(value);
    return text(value);
  } else {
    return on.emit<WidgetEvents::halt>(args.at(0)) ? "halted" : "continued";
  }
  return {};
}

void CoreRunner::exec(const Json& step) {
  Widget& on = widget(string_of(step, "on"));
  const std::string event = string_of(step, "event");
  const Json args = step.at("args");
  const bool always = string_of(step, "op") == "exec_once";
  const auto exec_with = [&]<class E>(std::type_identity<E>, auto&&... arguments) {
    always ? on.exec_once<E>(arguments...)
           : on.exec_once_unless_exception<E>(arguments...);
  };
  if (event == "event_one") {
    exec_with(std::type_identity<WidgetEvents::event_one>{}, args.at(0), args.at(1));
  } else if (event == "event_two") {
    exec_with(std::type_identity<WidgetEvents::event_two>{}, args.at(0));
  } else if (event == "chain") {
    Json value = args.at(0);
    exec_with(std::type_identity<WidgetEvents::chain>{}, value);
  } else {
    exec_with(std::type_identity<WidgetEvents::halt>{}, args.at(0));
  }
}

template <class Visit>
void CoreRunner::visit_target(const std::string& name, Visit&& visit) {
  if (name == "Widget") return visit(event::every<Widget>);
  if (name == "Gadget") return visit(event::every<Gadget>);
  if (name == "Gizmo") return visit(event::every<Gizmo>);
  if (name == "Gear") return visit(event::every<Gear>);
  if (name == "Holder") return visit(event::every<Holder>);
  if (name == "Unrelated") return visit(event::every<Unrelated>);
  std::visit([&](const auto& pointer) { visit(*pointer); }, object(name));
}

const CoreRunner::Object& CoreRunner::object(const std::string& name) const {
  const auto found = objects_.find(name);
  if (found == objects_.end()) throw MissingObject(name);
  return found->second;
}

Widget& CoreRunner::widget(const std::string& name) const {
  return *std::get<std::shared_ptr<Widget>>(object(name));
}

}  // namespace hark::conformance
