// SPDX-License-Identifier: MIT
// Copyright (c) 2026 hark contributors
#pragma once

#include <cstddef>

namespace hark::event {

template <std::size_t N>
struct name;

template <class... Events>
struct list;
template <class... Families>
struct families;
template <class Family, class... Parents>
struct Events;

template <class T>
struct every_t;

class Subscription;
class ScopedSubscription;
struct Place;
struct ListenOptions;
struct ListenerInfo;

template <class Family>
class Dispatcher;
template <class Self, class... Families>
class Target;
template <class Self, class Base, class... Families>
class Subclass;

namespace detail {
struct Access;
struct Listener;
struct Snapshot;
struct Level;
struct LevelControl;
struct ListenerControl;
struct FamilyState;
struct ThreadRecord;
}  // namespace detail

}  // namespace hark::event
