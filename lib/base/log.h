/* SPDX-License-Identifier: BSD-3-Clause */
/* Logging with one named, run-time adjustable log type per folder. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <rte_log.h>

/**
 * Register the log type of this file, e.g. LOG_REGISTER("nic.virtio"). Files of one folder share a
 * name, and so a level; `--log-level=nic.virtio:debug` and the console change it.
 */
#define LOG_REGISTER(name)                                                                         \
	static int log_type;                                                                       \
	RTE_INIT(log_register_type)                                                                \
	{                                                                                          \
		log_type = rte_log_register_type_and_pick_level(name, RTE_LOG_NOTICE);             \
	}

/**
 * Log a message, subject first: LOG(ERR, "%s: SET_MEM_TABLE: %s", name, strerror(e)).
 * ERR: an operator must act; WARNING: degraded; NOTICE, INFO: life-cycle; DEBUG: per event.
 * Never per packet.
 */
#define LOG(level, fmt, ...) rte_log(RTE_LOG_##level, log_type, fmt "\n", ##__VA_ARGS__)

#endif
