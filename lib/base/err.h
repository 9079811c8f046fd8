/* SPDX-License-Identifier: BSD-3-Clause */
/* One way to return errors: 0 or -errno for int, NULL and rte_errno for pointers. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

#include <rte_errno.h>

/** Set rte_errno to e (a positive errno) and return -e. */
static inline int
err_set(int e)
{
	rte_errno = e;
	return -e;
}

/** Set rte_errno to e (a positive errno) and return NULL. */
static inline void *
err_null(int e)
{
	rte_errno = e;
	return NULL;
}

#endif
