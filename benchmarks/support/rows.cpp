// SPDX-License-Identifier: MIT
#include "support/rows.hpp"

#include <algorithm>
#include <ostream>

namespace bench {

Row::Row(std::string group, std::string name, std::string what)
    : group_(std::move(group)), name_(std::move(name)), what_(std::move(what)) {}

void Row::print(std::ostream& to) const {
  std::string name = group_ + "/*/" + name_;
  std::string what = what_;
  name.resize(std::max<std::size_t>(name.size(), 36), ' ');
  what.resize(std::max<std::size_t>(what.size(), 56), ' ');
  to << "  " << name << "  " << what;
  for (const std::string& who : who_) to << ' ' << who;
  to << '\n';
}

void Rows::print(std::ostream& to) const {
  for (const Row& row : rows_) row.print(to);
}

}  // namespace bench
