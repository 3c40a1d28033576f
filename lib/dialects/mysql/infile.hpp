// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <hark/dbapi/cursor.hpp>

#include <mysql.h>

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

/// The files that a server asks for with LOAD DATA LOCAL INFILE.
namespace hark::mysql {

/// It gets none, or those that it asks for.
void take_files(MYSQL* handle, bool are_given) noexcept;

/// While it lives, rows of parameters are the file, whichever the server asks for. They
/// are written as LOAD DATA reads them by default: tabs, backslashes, a line each.
class RowFile {
 public:
  RowFile(MYSQL* handle, dbapi::ParameterRows& rows, bool gives_files);
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;
  ~RowFile() { take_files(handle_, gives_files_); }

  /// Throws what the rows have thrown; without effect where they have not.
  void rethrow() const;

 private:
  static int begin(void** file, const char* name, void* self);
  static int read(void* self, char* buffer, unsigned size);
  static void end(void* self);
  static int explain(void* self, char* message, unsigned size);

  int copy_to(char* buffer, std::size_t size) noexcept;
  bool fill();

  MYSQL* const handle_;
  dbapi::ParameterRows& rows_;
  const bool gives_files_;
  std::string lines_;
  std::size_t at_ = 0;  // in lines_
  std::exception_ptr failure_;
};

/// Adds a row as a line.
///
/// Throws: DataError as require_number().
void add_line(std::string& lines, dbapi::ParameterRow row);

}  // namespace hark::mysql
