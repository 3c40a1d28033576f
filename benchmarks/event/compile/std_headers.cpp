// SPDX-License-Identifier: MIT

// What every source that has callbacks includes anyway: the measure for the others.

#include <functional>
#include <memory>
#include <string>
