/* SPDX-License-Identifier: BSD-3-Clause */
/* The public functions of net_sock. */
#include "pmd_sock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sock_loop.h"
#include "sock_pmd.h"

int
pmd_sock_summary(uint16_t port_id, char *text, size_t len)
{
	const struct sock_port *port = sock_port_of(port_id);

	if (port == NULL)
		return -ENODEV;
	sock_loop_lock();
	snprintf(text, len, "%s", port->info);
	sock_loop_unlock();
	return 0;
}

const char *
pmd_sock_stat_reason(const char *xstat)
{
	size_t i;

	for (i = 0; i < RTE_DIM(sock_stats); i++)
		if (strcmp(sock_stats[i].name, xstat) == 0)
			return sock_stats[i].reason;
	return NULL;
}
