// The tests' precompiled header.
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "reslab/pch.h"
