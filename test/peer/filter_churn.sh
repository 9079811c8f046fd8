#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Filters come and go under traffic, and a disk that is full.
exec python3 "$(dirname "$0")/../testpmd/filters.py" churn
