// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors

// The program of include/hark/event/README.md.

// [program]
#include <hark/event.hpp>

#include <iostream>
#include <string>

namespace event = hark::event;

struct DoorEvents : event::Events<DoorEvents> {  // a family: table and documentation at once
  /// Somebody is about to enter; listeners may give another greeting.
  struct enter : event::chain<"enter", void(const std::string& name,
                                            event::answer<std::string> greeting)> {};
  /// Somebody knocks; the first listener that answers true lets them in.
  struct knock : event::first<"knock", bool(const std::string& name)> {};
  using all = event::list<enter, knock>;
};

class Door : public event::Target<Door, DoorEvents> {  // a class that dispatches it
 public:
  void knock(const std::string& name) {
    std::string greeting = "hello";
    if (!emit<DoorEvents::knock>(name)) return;
    emit<DoorEvents::enter>(name, greeting);
    std::cout << greeting << ", " << name << '\n';
  }
};

int main() {
  Door front;
  auto open = event::listen(event::every<Door>, "knock", [] { return true; });
  event::listen(front, "enter", [](const std::string& name, std::string greeting) {
    return name == "Ada" ? greeting + " again" : greeting;
  }, event::retval, event::label("polite"));

  front.knock("Ada");  // hello again, Ada
  open.disconnect();
  front.knock("Bob");  // nobody lets Bob in

  for (const auto& info : event::listeners(front)) {
    std::cout << info.event << ": " << info.label << ", called " << info.calls << " times\n";
  }
}
// [/program]
