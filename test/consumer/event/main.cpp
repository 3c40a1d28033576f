// SPDX-License-Identifier: MIT
#include <hark/event.hpp>
#include <hark/version.hpp>

#include <cstdio>

int main() { std::printf("hark %s\n", hark::version); }
