// SPDX-License-Identifier: MIT
#include "support/rows.hpp"

#include <ostream>

namespace bench {

Row::Row(std::string group, std::string name, std::string what)
    : group_(std::move(group)), name_(std::move(name)), what_(std::move(what)) {}

void Row::print(std::ostream& to) const {
  std::string all;
  for (const std::string& who : who_) all += (all.empty() ? "" : ",") + who;
  if (who_.size() > 1) all = '{' + all + '}';
  constexpr std::size_t width = 78;
  std::string line = "  " + group_ + '/' + all + '/' + name_;
  if (line.size() < width) line.append(width - line.size(), ' ');
  to << line << "  " << what_ << '\n';
}

void Rows::print(std::ostream& to) const {
  for (const Row& row : rows_) row.print(to);
}

}  // namespace bench
