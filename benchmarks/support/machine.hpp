// SPDX-License-Identifier: MIT
#pragma once

#include <iosfwd>

namespace bench {

/// Prints what the figures depend on: compiler, flags, libraries, processor.
void print_machine(std::ostream& to);

}  // namespace bench
