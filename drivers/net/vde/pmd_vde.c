/* SPDX-License-Identifier: BSD-3-Clause */
/* The public functions of net_vde. */
#include "pmd_vde.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vde_pmd.h"

int
pmd_vde_summary(uint16_t port_id, char *text, size_t len)
{
	const struct vde_port *port = vde_port_of(port_id);
	int fd;

	if (port == NULL)
		return -ENODEV;
	fd = __atomic_load_n(&port->fd, __ATOMIC_RELAXED);
	if (fd >= 0)
		snprintf(text, len, "sock=%s,fd=%d", port->args.sock, fd);
	else
		snprintf(text, len, "sock=%s,not connected", port->args.sock);
	return 0;
}

const char *
pmd_vde_stat_reason(const char *xstat)
{
	size_t i;

	for (i = 0; i < RTE_DIM(vde_stats); i++)
		if (strcmp(vde_stats[i].name, xstat) == 0)
			return vde_stats[i].reason;
	return NULL;
}
