// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#include "async_steps.hpp"

#ifdef HARK_TEST_HAS_ASIO
#include <hark/asio/async_engine.hpp>

#include <boost/asio/io_context.hpp>

#include <exception>
#include <stdexcept>
#include <utility>

namespace hark::conformance {

struct AsyncSteps::Loop {
  explicit Loop(Engine& engine)
      : tested(context.get_executor(), engine), own(context.get_executor(), "sqlite://") {
    own.async_connect([this](std::exception_ptr failure, AsyncConnection made) {
      if (failure != nullptr) std::rethrow_exception(failure);
      fiber = std::move(made);
    });
    run();
  }
  void run() {
    context.restart();
    context.run();
  }

  boost::asio::io_context context;
  AsyncEngine tested;
  // Steps need no connection of the engine that is tested, but those that open one.
  AsyncEngine own;
  AsyncConnection fiber;
};

AsyncSteps::AsyncSteps(Engine& engine) : loop_(std::make_unique<Loop>(engine)) {}

AsyncSteps::~AsyncSteps() {
  loop_->fiber = AsyncConnection();
  loop_->run();
}

void AsyncSteps::run(std::function<void()> step) {
  bool is_over = false;
  std::exception_ptr failed;
  loop_->fiber.async_run([step = std::move(step)](Connection&) { step(); },
                         [&](std::exception_ptr failure) {
                           failed = std::move(failure);
                           is_over = true;
                         });
  loop_->run();
  if (!is_over) throw std::logic_error("a step was left in the middle");
  if (failed != nullptr) std::rethrow_exception(failed);
}

}  // namespace hark::conformance

#else

#include <stdexcept>

namespace hark::conformance {

struct AsyncSteps::Loop {};

AsyncSteps::AsyncSteps(Engine& /*engine*/) {
  throw std::runtime_error("hark was built without hark::asio");
}
AsyncSteps::~AsyncSteps() = default;
void AsyncSteps::run(std::function<void()> /*step*/) {}

}  // namespace hark::conformance

#endif
