// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/act.hpp"

/// Those who are compared on a server, under one interface.
namespace bench {

/// Makes an Act in the database of that URL, with the tables of server_tracks.hpp. An
/// empty function: does not compete.
using PrepareOnServer = std::function<Act(const std::string& url)>;

struct ServerContestant {
  std::string name{};
  PrepareOnServer find{};          ///< a track by its id, with statements that are kept
  PrepareOnServer find_natural{};  ///< the same as the manual writes it
  PrepareOnServer transaction{};   ///< begin, a track by its id, commit
  PrepareOnServer insert_many{};   ///< new_server_tracks(), in a transaction
  PrepareOnServer insert_bulk{};   ///< the same in the fastest way that there is
  PrepareOnServer fetch_all{};     ///< all tracks into a std::vector<Track>
  PrepareOnServer stream{};        ///< the same, while they are on their way
  PrepareOnServer ping{};          ///< asks the server whether it is there; 1: it is
  PrepareOnServer passive_ping{};  ///< the same, asking nobody
  PrepareOnServer threads{};       ///< find_in_threads()
};

/// The C interfaces: what everybody else is compared with.
ServerContestant libpq();
ServerContestant libmariadb();
/// The same program for all servers.
ServerContestant hark_on_server(bool has_copy);
/// Each where it is installed.
ServerContestant libpqxx();
ServerContestant soci_on_postgresql();
ServerContestant soci_on_mysql();

}  // namespace bench
